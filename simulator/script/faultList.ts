/** Reads `[[tool.heliostat.faults]]`: what shall happen to which node, and when. */
import { FAULT_KINDS, type FaultKind, type ScheduledFault } from '../model/fault';
import type { NodeGroup } from '../model/cluster';
import { problem, replace } from './diagnostics';
import { didYouMean } from './didYouMean';
import { readDuration } from './durations';
import { readCount, readString, readTable, unknownKey, wrongType, type Sink } from './tomlRead';
import type { TomlEntry, TomlTable, TomlValue } from './tomlTree';

const faultKeys = ['at', 'node', 'kind', 'deadline'];

const keyAliases: Record<string, string> = {
  when: 'at',
  time: 'at',
  after: 'at',
  index: 'node',
  type: 'kind',
  fault: 'kind',
  action: 'kind',
};

const kindAliases: Record<string, string> = {
  stop: 'kill',
  crash: 'kill',
  terminate: 'kill',
  freeze: 'pause',
  suspend: 'pause',
  thaw: 'resume',
  unpause: 'resume',
  continue: 'resume',
  preempt: 'drain',
  spot: 'drain',
  disconnect: 'partition',
  isolate: 'partition',
  connect: 'heal',
  memory: 'oom',
  'out-of-memory': 'oom',
};

/** A fault with the place of its node, which is checked once all groups are known. */
export interface WrittenFault {
  fault: ScheduledFault;
  node: TomlValue;
}

export function readFaults(entry: TomlEntry, sink: Sink): WrittenFault[] {
  const { value } = entry;
  if (value.kind !== 'array') {
    const message = 'Each fault is an item of a list: write `[[tool.heliostat.faults]]` with two brackets.';
    sink.push(
      value.kind === 'table'
        ? problem('type', message, value.range)
        : wrongType('`faults`', 'a list of tables', value),
    );
    return [];
  }
  return value.elements.flatMap((element) => {
    const table = readTable('Each item of `faults`', element, sink);
    return table ? (readFault(table, sink) ?? []) : [];
  });
}

function readFault(table: TomlTable, sink: Sink): WrittenFault | null {
  const { entries } = table;
  const before = sink.length;
  for (const entry of entries.values()) {
    if (!faultKeys.includes(entry.key))
      sink.push(unknownKey(entry, '[[tool.heliostat.faults]]', faultKeys, { aliases: keyAliases }));
  }
  const at = entries.get('at')?.value;
  const node = entries.get('node')?.value;
  const kind = entries.get('kind')?.value;
  const deadline = entries.get('deadline')?.value;
  const atMs = at && readDuration('`at`', at, sink, '5s');
  const index = node && readCount('`node`', node, sink, { least: 0 });
  const what = kind && readKind(kind, sink);
  const deadlineMs = deadline && readDuration('`deadline`', deadline, sink, '30s');
  if (deadline && what !== undefined && what !== 'drain')
    sink.push(problem('value', '`deadline` belongs to a fault of kind "drain" only.', deadline.range));
  // A mistyped key is missing for a reason that is told already.
  if (sink.length === before) reportMissing(table, sink);
  if (atMs === undefined || index === undefined || what === undefined || !node) return null;
  const fault: ScheduledFault = { atMs, node: index, kind: what };
  if (deadlineMs !== undefined) fault.deadlineMs = deadlineMs;
  return { fault, node };
}

function reportMissing(table: TomlTable, sink: Sink): void {
  const examples: Record<string, string> = { at: '"5s"', node: '1', kind: '"kill"' };
  for (const [key, example] of Object.entries(examples)) {
    if (table.entries.has(key)) continue;
    sink.push(
      problem('missing-key', `A fault needs \`${key}\`, such as \`${key} = ${example}\`.`, table.range),
    );
  }
}

function readKind(value: TomlValue, sink: Sink): FaultKind | undefined {
  const text = readString('`kind`', value, sink);
  if (text === undefined) return undefined;
  const kind = FAULT_KINDS.find((one) => one === text);
  if (kind) return kind;
  const near = didYouMean(text, FAULT_KINDS, kindAliases);
  const hint = near === null ? `It is one of ${FAULT_KINDS.join(', ')}.` : `Did you mean "${near}"?`;
  const fixes = near === null ? [] : [replace(`Change to "${near}"`, value.range, `"${near}"`)];
  sink.push(problem('value', `"${text}" is no fault. ${hint}`, value.range, fixes));
  return undefined;
}

/** Faults of nodes that the cluster cannot have are reported and left out. */
export function checkFaultNodes(
  faults: readonly WrittenFault[],
  groups: readonly NodeGroup[],
  sink: Sink,
): ScheduledFault[] {
  const total = groups.length === 0 ? 1 : groups.reduce((sum, group) => sum + group.count, 0);
  return faults.flatMap(({ fault, node }) => {
    if (fault.node < total) return [fault];
    const nodes = total === 1 ? 'one node, the head (0)' : `${total} nodes, 0 (the head) to ${total - 1}`;
    sink.push(problem('value', `There is no node ${fault.node}: this cluster has ${nodes}.`, node.range));
    return [];
  });
}
