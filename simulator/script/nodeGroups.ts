/** Reads `[[tool.heliostat.nodes]]`: the groups of nodes that a script wants. */
import { LEAST_NODE_BYTES, type NodeGroup } from '../model/cluster';
import { problem, replace } from './diagnostics';
import { isLabelKey, isLabelValue, isReservedLabel } from './labelSyntax';
import { checkElastic, readGroupName } from './elasticGroups';
import { readDuration } from './durations';
import { formatMemorySize, parseMemorySize, unitBytes } from './memorySize';
import {
  readCount,
  readString,
  readStringTable,
  readTable,
  unknownKey,
  wrongType,
  type Sink,
} from './tomlRead';
import type { MetadataBlock } from './metadata';
import type { TomlEntry, TomlTable, TomlValue } from './tomlTree';

/** Ray refuses a smaller object store. */
const leastStoreBytes = 78 * 2 ** 20;

/** The largest cluster that one machine carries. */
export const maxNodes = 64;

/** Ray's node has these by other keys, or makes them itself. */
export const ownResources: Readonly<Record<string, string>> = {
  CPU: 'CPUs stand under `cpus`.',
  GPU: 'GPUs stand under `gpus`.',
  memory: 'Memory stands under `memory`.',
  object_store_memory: 'Ray takes the object store out of `memory`.',
};

export const groupKeys = [
  'count',
  'name',
  'min',
  'max',
  'idle-timeout',
  'cpus',
  'memory',
  'object-store',
  'shm',
  'gpus',
  'resources',
  'labels',
];

const aliases: Record<string, string> = {
  nodes: 'count',
  replicas: 'count',
  cpu: 'cpus',
  'num-cpus': 'cpus',
  cores: 'cpus',
  gpu: 'gpus',
  'num-gpus': 'gpus',
  mem: 'memory',
  'memory-bytes': 'memory',
  ram: 'memory',
  'min-nodes': 'min',
  'min-workers': 'min',
  'min-replicas': 'min',
  'max-nodes': 'max',
  'max-workers': 'max',
  'max-replicas': 'max',
  'idle-timeout-s': 'idle-timeout',
  'idle-minutes': 'idle-timeout',
  'object-store-memory': 'object-store',
  'shm-size': 'shm',
  group: 'name',
};

/** A group together with the place where it is written. */
export interface WrittenGroup {
  group: NodeGroup;
  table: TomlTable;
}

export function readNodeGroups(entry: TomlEntry, block: MetadataBlock, sink: Sink): WrittenGroup[] {
  const { value } = entry;
  if (value.kind !== 'array') {
    sink.push(notAList(value, block));
    return value.kind === 'table' ? [readGroup(value, sink)] : [];
  }
  const groups = value.elements.flatMap((element) => {
    const table = readTable('Each item of `nodes`', element, sink);
    return table ? [readGroup(table, sink)] : [];
  });
  checkTotal(groups, sink);
  checkElastic(groups, sink);
  return groups;
}

/** Complains at the group that makes the cluster too large. */
function checkTotal(groups: WrittenGroup[], sink: Sink): void {
  let total = 0;
  for (const { group, table } of groups) {
    total += Math.max(group.count, group.max ?? 0);
    if (total <= maxNodes) continue;
    const entry = table.entries.get('max') ?? table.entries.get('count');
    const range = entry?.value.range ?? table.range;
    sink.push(problem('value', `A cluster has at most ${maxNodes} nodes here; this makes ${total}.`, range));
    return;
  }
}

/** `[tool.heliostat.nodes]` with single brackets is the usual slip. */
function notAList(value: TomlValue, block: MetadataBlock) {
  const { startLine } = value.range;
  const line = block.lines.line(startLine);
  const header = /^# ?\s*(\[)[^[\]]*(\])/.exec(line);
  if (value.kind !== 'table' || !header) return wrongType('`nodes`', 'a list of tables', value);
  const open = line.indexOf('[');
  const close = line.indexOf(']');
  const title = 'Write [[tool.heliostat.nodes]]';
  const edits = [
    { range: block.lines.at(startLine, open), newText: '[' },
    { range: block.lines.at(startLine, close), newText: ']' },
  ];
  const message =
    'Each group of nodes is an item of a list: write `[[tool.heliostat.nodes]]` with two brackets.';
  return problem('type', message, value.range, [{ title, edits }]);
}

function readGroup(table: TomlTable, sink: Sink): WrittenGroup {
  const group: NodeGroup = { count: 1 };
  for (const entry of table.entries.values()) readGroupKey(group, entry, sink);
  // An elastic group begins with its least.
  if (!table.entries.has('count') && group.min !== undefined) group.count = group.min;
  return { group, table };
}

function readGroupKey(group: NodeGroup, entry: TomlEntry, sink: Sink): void {
  const { value } = entry;
  switch (entry.key) {
    case 'count':
      group.count = readCount('`count`', value, sink, { least: 1 }) ?? 1;
      return;
    case 'cpus':
      return assign(group, 'cpus', readCount('`cpus`', value, sink, { least: 1, zero: zeroCpus }));
    case 'gpus':
      return assign(group, 'gpus', readCount('`gpus`', value, sink, { least: 0 }));
    case 'memory':
      return assign(group, 'memoryBytes', readMemory('memory', value, sink, LEAST_NODE_BYTES));
    case 'object-store':
      return assign(group, 'objectStoreBytes', readMemory('object-store', value, sink, leastStoreBytes));
    case 'shm':
      return assign(group, 'shmBytes', readMemory('shm', value, sink, leastStoreBytes));
    case 'name':
      return assign(group, 'name', readGroupName(value, sink));
    case 'min':
      return assign(group, 'min', readCount('`min`', value, sink, { least: 0 }));
    case 'max':
      return assign(group, 'max', readCount('`max`', value, sink, { least: 1 }));
    case 'idle-timeout':
      return assign(group, 'idleTimeoutMs', readDuration('`idle-timeout`', value, sink, '60s'));
    case 'resources':
      return assign(group, 'resources', readResources(value, sink));
    case 'labels':
      return assign(group, 'labels', readLabels(value, sink));
    default:
      sink.push(unknownKey(entry, '[[tool.heliostat.nodes]]', groupKeys, { aliases }));
  }
}

const zeroCpus = {
  code: 'zero-cpus',
  message: 'A node with zero CPUs runs no task: `cpus` must be 1 or more.',
};

function assign<K extends keyof NodeGroup>(group: NodeGroup, key: K, value: NodeGroup[K] | undefined): void {
  if (value !== undefined) group[key] = value;
}

function readMemory(key: string, value: TomlValue, sink: Sink, leastBytes: number): number | undefined {
  const text = value.kind === 'integer' ? String(value.value) : readString(`\`${key}\``, value, sink);
  if (text === undefined) return undefined;
  const size = parseMemorySize(text);
  if ('suggestions' in size) {
    const bytes = Number(text);
    const sizes = bytes >= leastBytes ? [formatMemorySize(bytes)] : size.suggestions;
    const message = `\`${key}\` is a number and a unit (${Object.keys(unitBytes).join(', ')}), such as "2GiB".`;
    sink.push(problem('unit', message, value.range, memoryFixes(value, sizes, leastBytes)));
    return undefined;
  }
  if (size.sizeBytes >= leastBytes) return size.sizeBytes;
  const least = formatMemorySize(leastBytes);
  const message =
    key === 'memory'
      ? `${text.trim()} is too little for a node: Ray's own processes need ${least}.`
      : `${text.trim()} is too little: Ray's object store needs at least ${least}.`;
  sink.push(problem('value', message, value.range, memoryFixes(value, [least], leastBytes)));
  return undefined;
}

function memoryFixes(value: TomlValue, sizes: string[], leastBytes: number) {
  const enough = sizes.filter((size) => {
    const parsed = parseMemorySize(size);
    return 'sizeBytes' in parsed && parsed.sizeBytes >= leastBytes;
  });
  return enough.map((size) => replace(`Write "${size}"`, value.range, `"${size}"`));
}

function readResources(value: TomlValue, sink: Sink): Record<string, number> | undefined {
  const table = readTable('`resources`', value, sink);
  if (!table) return undefined;
  const resources: [string, number][] = [];
  for (const entry of table.entries.values()) {
    const own = Object.hasOwn(ownResources, entry.key) ? ownResources[entry.key] : undefined;
    if (own)
      sink.push(
        problem('reserved-resource', `\`${entry.key}\` is Ray's own resource: ${own}`, entry.keyRange),
      );
    else if (entry.key === '' || entry.key.startsWith('node:')) {
      sink.push(
        problem(
          'reserved-resource',
          `"${entry.key}" cannot be the name of a resource in Ray.`,
          entry.keyRange,
        ),
      );
    } else {
      // Ray takes only whole amounts for a node, though tasks may ask for fractions.
      const amount = readCount(`\`${entry.key}\``, entry.value, sink, { least: 1 });
      if (amount !== undefined) resources.push([entry.key, amount]);
    }
  }
  return Object.fromEntries(resources);
}

function readLabels(value: TomlValue, sink: Sink): Record<string, string> | undefined {
  const labels = readStringTable('`labels`', value, sink);
  if (!labels || value.kind !== 'table') return labels;
  for (const entry of value.entries.values()) {
    const rules = 'letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both ends';
    if (isReservedLabel(entry.key)) {
      sink.push(problem('label', `Ray or Heliostat sets the label "${entry.key}" itself.`, entry.keyRange));
      delete labels[entry.key];
    } else if (!isLabelKey(entry.key)) {
      sink.push(problem('label', `"${entry.key}" is no name of a label in Ray: ${rules}.`, entry.keyRange));
      delete labels[entry.key];
    } else if (Object.hasOwn(labels, entry.key) && !isLabelValue(labels[entry.key] ?? '')) {
      sink.push(
        problem(
          'label',
          `${String(labels[entry.key])} is no value of a label in Ray: ${rules}.`,
          entry.value.range,
        ),
      );
      delete labels[entry.key];
    }
  }
  return labels;
}
