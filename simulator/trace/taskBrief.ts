/** A row of the table as views show it. */
import type { TaskBrief } from '../model/views';
import { argsReadyMs, bytesInto } from './dataEdges';
import { functionId, shortName } from './summary';
import { KINDS, NONE, STATES, type TaskTable } from './taskTable';
import type { TraceStore } from './traceStore';

export function taskBrief(store: TraceStore, row: number): TaskBrief {
  const t = store.tasks;
  const worker = t.worker[row] === NONE ? '' : t.workers.values[t.worker[row]!]!;
  return {
    row,
    id: t.id(row),
    functionId: functionId(t, row),
    name: nameOf(t, row),
    kind: KINDS[t.kind[row]!]!,
    state: STATES[t.state[row]!]!,
    retries: Math.max(0, t.attempts[row]! - 1),
    node: t.node[row] === NONE ? null : t.node[row]!,
    worker: worker === '' ? null : worker,
    pid: t.pid[row]! > 0 ? t.pid[row]! : null,
    submitMs: known(t.submitMs[row]!),
    argsReadyMs: known(argsReadyMs(store, row)),
    fetchMs: known(t.fetchMs[row]!),
    startMs: known(t.startMs[row]!),
    endMs: known(t.endMs[row]!),
    cpuMs: known(t.cpuMs[row]!),
    bytesIn: known(bytesInto(store, row)),
    bytesOut: known(t.bytesOut[row]!),
    error: t.errorOf(row),
  };
}

function nameOf(t: TaskTable, row: number): string {
  if (t.isDriver(row)) return 'driver';
  if (t.fn[row] === NONE) return '?';
  return shortName(t.functions.values[t.fn[row]!]!).replace(/\.__init__$/, '');
}

export function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
