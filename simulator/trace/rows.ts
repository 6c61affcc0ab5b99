/** Tasks one by one, as `heliostat trace --json` prints them and the page lists them. */
import type { TaskRow } from '../model/trace';
import { argsReadyMs, bytesInto, dependencies } from './dataEdges';
import { KINDS, NONE, STATES } from './taskTable';
import type { TraceStore } from './traceStore';

/** Tasks in order of first sight, from a row on. */
export function taskRows(store: TraceStore, from: number, limit: number): TaskRow[] {
  const rows: TaskRow[] = [];
  for (let row = from; row < Math.min(from + limit, store.tasks.size); row++) rows.push(taskRow(store, row));
  return rows;
}

export function taskRow(store: TraceStore, row: number): TaskRow {
  const t = store.tasks;
  return {
    id: t.id(row),
    name: t.functionName(row) ?? '?',
    kind: KINDS[t.kind[row]!]!,
    parent: t.parent[row] === NONE ? '' : t.id(t.parent[row]!),
    attempt: Math.max(0, t.attempts[row]! - 1),
    state: STATES[t.state[row]!]!,
    node: t.node[row] === NONE ? null : t.node[row]!,
    worker: t.worker[row] === NONE ? null : t.workers.values[t.worker[row]!]!,
    pid: t.pid[row] === NONE ? null : t.pid[row]!,
    submitMs: known(t.submitMs[row]!),
    argsReadyMs: known(argsReadyMs(store, row)),
    startMs: known(t.startMs[row]!),
    endMs: known(t.endMs[row]!),
    cpuMs: known(t.cpuMs[row]!),
    runDelayMs: known(t.runDelayMs[row]!),
    fetchMs: known(t.fetchMs[row]!),
    bytesIn: known(bytesInto(store, row)),
    bytesOut: known(t.bytesOut[row]!),
    peakMemoryBytes: known(t.peakMemoryBytes[row]!),
    cpus: known(t.cpus[row]!),
    gpus: t.gpus[row]!,
    resources:
      t.resources[row] === NONE
        ? {}
        : (JSON.parse(t.resourceSets.values[t.resources[row]!]!) as Record<string, number>),
    deps: dependencies(store, row),
    site: t.sites.site(t.site[row]!),
    error: t.errorOf(row),
  };
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 1000) / 1000;
}
