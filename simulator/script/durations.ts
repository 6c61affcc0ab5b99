/** Durations as people write them in an annotation: a number and a unit, `5s`, `300 ms`, `2min`. */
import { problem, replace } from './diagnostics';
import { wrongType, type Sink } from './tomlRead';
import type { TomlValue } from './tomlTree';

const unitMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000 };

const aliases: Readonly<Record<string, string>> = {
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  m: 'min',
  mins: 'min',
  minute: 'min',
  minutes: 'min',
  msec: 'ms',
  millis: 'ms',
  milliseconds: 'ms',
  hour: 'h',
  hours: 'h',
  hr: 'h',
};

/** Milliseconds, or undefined with a diagnostic. `example` is one that makes sense for the key. */
export function readDuration(
  label: string,
  value: TomlValue,
  sink: Sink,
  example: string,
): number | undefined {
  if (value.kind === 'integer' || value.kind === 'float') {
    const text = `"${String(value.value)}s"`;
    sink.push(
      wrongType(label, `a duration such as "${example}"`, value, [
        replace(`Write ${text}`, value.range, text),
      ]),
    );
    return undefined;
  }
  if (value.kind !== 'string') {
    sink.push(wrongType(label, `a duration such as "${example}"`, value));
    return undefined;
  }
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(String(value.value)) ?? [];
  if (number !== undefined && Object.hasOwn(unitMs, unit)) return Number(number) * (unitMs[unit] ?? 0);
  const near = unit === '' ? 's' : (aliases[unit.toLowerCase()] ?? null);
  const fixes =
    number !== undefined && near !== null
      ? [replace(`Write "${number}${near}"`, value.range, `"${number}${near}"`)]
      : [];
  const units = Object.keys(unitMs).join(', ');
  sink.push(
    problem('unit', `${label} is a number and a unit (${units}), such as "${example}".`, value.range, fixes),
  );
  return undefined;
}
