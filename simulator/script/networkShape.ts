/** Reads `network = { bandwidth = "1Gbit", latency = "5ms" }`. */
import type { NetworkShape } from '../model/cluster';
import { problem, replace } from './diagnostics';
import { didYouMean } from './didYouMean';
import { readDuration } from './durations';
import { readString, readTable, unknownKey, type Sink } from './tomlRead';
import type { TomlValue } from './tomlTree';

/** Bytes per second; the names are those of Linux' `tc`. */
const unitRates: Readonly<Record<string, number>> = {
  kbit: 1e3 / 8,
  Mbit: 1e6 / 8,
  Gbit: 1e9 / 8,
  'kB/s': 1e3,
  'MB/s': 1e6,
  'GB/s': 1e9,
  'MiB/s': 2 ** 20,
  'GiB/s': 2 ** 30,
};

const unitAliases: Readonly<Record<string, string>> = {
  kbps: 'kbit',
  mbps: 'Mbit',
  gbps: 'Gbit',
  'kbit/s': 'kbit',
  'mbit/s': 'Mbit',
  'gbit/s': 'Gbit',
  'gb/s': 'GB/s',
  'mb/s': 'MB/s',
};

const keys = ['bandwidth', 'latency'];
/** A slower network leaves no room for Ray's own messages. */
const LEAST_RATE = 1e6 / 8;

export function readNetwork(value: TomlValue, sink: Sink): NetworkShape | undefined {
  const table = readTable('`network`', value, sink);
  if (!table) return undefined;
  const shape: NetworkShape = {};
  for (const entry of table.entries.values()) {
    if (entry.key === 'bandwidth') {
      const rate = readRate(entry.value, sink);
      if (rate !== undefined) shape.bytesPerSecond = rate;
    } else if (entry.key === 'latency') {
      const ms = readDuration('`latency`', entry.value, sink, '5ms');
      if (ms !== undefined) shape.latencyUs = Math.round(ms * 1000);
    } else {
      const aliases = { rate: 'bandwidth', speed: 'bandwidth', delay: 'latency', rtt: 'latency' };
      sink.push(unknownKey(entry, '`network`', keys, { aliases }));
    }
  }
  return Object.keys(shape).length === 0 ? undefined : shape;
}

function readRate(value: TomlValue, sink: Sink): number | undefined {
  const text = readString('`bandwidth`', value, sink);
  if (text === undefined) return undefined;
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z/]*)\s*$/.exec(text) ?? [];
  if (number !== undefined && Object.hasOwn(unitRates, unit)) {
    const rate = Math.round(Number(number) * (unitRates[unit] ?? 0));
    if (rate >= LEAST_RATE) return rate;
    const message = `${text} is too little: Ray's own messages need about 1Mbit.`;
    sink.push(problem('value', message, value.range, [replace('Write "1Mbit"', value.range, '"1Mbit"')]));
    return undefined;
  }
  const near = unit === '' ? 'Mbit' : didYouMean(unit, Object.keys(unitRates), unitAliases);
  const fixes =
    number === undefined || near === null
      ? []
      : [replace(`Write "${number}${near}"`, value.range, `"${number}${near}"`)];
  const units = Object.keys(unitRates).join(', ');
  const message = `\`bandwidth\` is a number and a unit (${units}), such as "1Gbit".`;
  sink.push(problem('unit', message, value.range, fixes));
  return undefined;
}
