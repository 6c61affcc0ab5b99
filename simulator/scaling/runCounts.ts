/** How many tasks of each function a run had, and on how many CPUs. */
import type { TraceStore } from '../trace/traceStore';
import type { SizedCounts } from './adapts';

/** Null where the run was not recorded from inside, or not as a whole. */
export function countsOf(store: TraceStore): SizedCounts | null {
  const { tasks } = store;
  if (store.source !== 'probe' || store.lost.size > 0) return null;
  const counts: Record<string, number> = {};
  for (let row = 0; row < tasks.size; row++) {
    const name = tasks.functionName(row);
    if (tasks.isDriver(row) || name === null) continue;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  const cpus = [...store.nodes.values()].reduce((sum, node) => sum + node.cpus, 0);
  return { cpus, nodes: store.nodes.size, counts };
}
