/** Takes values of the wanted type out of a TOML tree; what does not fit becomes a diagnostic on exactly that value. */
import type { QuickFix, ScriptDiagnostic } from '../model/script';
import { problem, replace } from './diagnostics';
import { didYouMean } from './didYouMean';
import type { TomlEntry, TomlScalar, TomlTable, TomlValue } from './tomlTree';

/** Readers add to it; order is the order of reading. */
export type Sink = ScriptDiagnostic[];

export function readString(label: string, value: TomlValue, sink: Sink): string | undefined {
  if (value.kind === 'string') return String(value.value);
  sink.push(wrongType(label, 'a string', value, quoteFix(value)));
  return undefined;
}

export function readStrings(label: string, value: TomlValue, sink: Sink): string[] | undefined {
  if (value.kind !== 'array' || value.headers) {
    const fixes =
      value.kind === 'string' ? [replace(`Write [${value.text}]`, value.range, `[${value.text}]`)] : [];
    sink.push(wrongType(label, 'a list of strings', value, fixes));
    return undefined;
  }
  return value.elements.flatMap((element) => readString(`Each item of ${label}`, element, sink) ?? []);
}

export function readStringTable(
  label: string,
  value: TomlValue,
  sink: Sink,
): Record<string, string> | undefined {
  const table = readTable(label, value, sink);
  if (!table) return undefined;
  const strings: [string, string][] = [];
  for (const entry of table.entries.values()) {
    const text = readString(`\`${entry.key}\``, entry.value, sink);
    if (text !== undefined) strings.push([entry.key, text]);
  }
  return Object.fromEntries(strings);
}

export function readTable(label: string, value: TomlValue, sink: Sink): TomlTable | undefined {
  if (value.kind === 'table') return value;
  sink.push(wrongType(label, 'a table', value));
  return undefined;
}

/** A whole number of at least `least`; `zero` replaces the words (and the code) for a zero. */
export function readCount(
  label: string,
  value: TomlValue,
  sink: Sink,
  options: { least: 0 | 1; zero?: { code: string; message: string } },
): number | undefined {
  const number = readWhole(label, value, sink);
  if (number === undefined || number >= options.least) return number;
  const fixes = [replace(`Write ${options.least}`, value.range, String(options.least))];
  if (number === 0 && options.zero)
    sink.push(problem(options.zero.code, options.zero.message, value.range, fixes));
  else sink.push(problem('value', `${label} must be ${options.least} or more.`, value.range, fixes));
  return undefined;
}

function readWhole(label: string, value: TomlValue, sink: Sink): number | undefined {
  if ((value.kind === 'integer' || value.kind === 'float') && Number.isSafeInteger(value.value))
    return Number(value.value);
  if (value.kind === 'integer') {
    sink.push(problem('value', `${label} is too large.`, value.range));
    return undefined;
  }
  const fixes: QuickFix[] = [];
  const near =
    value.kind === 'string' || value.kind === 'float' ? Math.ceil(Number(value.value || NaN)) : NaN;
  if (Number.isSafeInteger(near)) fixes.push(replace(`Write ${near}`, value.range, String(near)));
  sink.push(wrongType(label, 'a whole number', value, fixes));
  return undefined;
}

export function wrongType(
  label: string,
  wanted: string,
  value: TomlValue,
  fixes: QuickFix[] = [],
): ScriptDiagnostic {
  return problem('type', `${label} must be ${wanted}, not ${kindWords[value.kind]}.`, value.range, fixes);
}

const kindWords: Record<TomlValue['kind'], string> = {
  table: 'a table',
  array: 'a list',
  string: 'a string',
  integer: 'a number',
  float: 'a number with a fraction',
  boolean: 'true or false',
  date: 'a date',
};

/** Quoting is the repair for every single value that should have been a string. */
function quoteFix(value: TomlValue): QuickFix[] {
  if (!isScalar(value)) return [];
  const quoted = JSON.stringify(value.text);
  return [replace(`Write ${quoted}`, value.range, quoted)];
}

function isScalar(value: TomlValue): value is TomlScalar {
  return value.kind !== 'table' && value.kind !== 'array';
}

/** `hint` may know more about a wrong key than its nearest neighbour. */
export function unknownKey(
  entry: TomlEntry,
  place: string,
  known: readonly string[],
  options: { aliases?: Record<string, string>; hint?: string | null } = {},
): ScriptDiagnostic {
  const start = `${place} has no key \`${entry.key}\``;
  if (options.hint) return problem('unknown-key', `${start}: ${options.hint}`, entry.keyRange);
  const near = didYouMean(entry.key, known, options.aliases);
  if (near === null) return problem('unknown-key', `${start}. It knows ${known.join(', ')}.`, entry.keyRange);
  return problem('unknown-key', `${start}. Did you mean \`${near}\`?`, entry.keyRange, [
    renameKey(entry, near),
  ]);
}

/** Renames a key wherever it stands. */
export function renameKey(entry: TomlEntry, newKey: string): QuickFix {
  return {
    title: `Change to \`${newKey}\``,
    edits: entry.places.map((range) => ({ range, newText: newKey })),
  };
}
