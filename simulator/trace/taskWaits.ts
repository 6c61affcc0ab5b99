/** Blocking calls by the task that made them. */
import { firstNotBefore } from '../model/sorted';
import type { WaitSpan } from '../model/views';
import { KeptByVersion } from './keptByVersion';
import type { TraceStore } from './traceStore';
import { WAIT_KINDS } from './waitTable';

const byTask = new KeptByVersion<Map<number, Int32Array>>(1);
const NO_WAITS = new Int32Array(0);

/** Rows of the wait table, by their ends. */
export function waitsOf(store: TraceStore, task: number): Int32Array {
  return byTask.of(store, '', () => group(store)).get(task) ?? NO_WAITS;
}

/** How many of a task's waits (as `waitsOf` gives them) had ended at a moment. */
export function endedBefore({ waits }: TraceStore, own: Int32Array, timeMs: number): number {
  return firstNotBefore(0, own.length, (at) => waits.endMs[own[at]!]! <= timeMs);
}

export function longestWaits(store: TraceStore, task: number, most: number): WaitSpan[] {
  const { waits, waitEdges, tasks } = store;
  return Array.from(waitsOf(store, task), (row) => ({
    kind: WAIT_KINDS[waits.kind[row]!]!,
    startMs: waits.startMs[row]!,
    endMs: waits.endMs[row]!,
    on: waitEdges.count(row),
    site: tasks.sites.site(waits.site[row]!),
  }))
    .sort((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))
    .slice(0, most);
}

function group({ waits }: TraceStore): Map<number, Int32Array> {
  const rows = new Map<number, number[]>();
  for (let row = 0; row < waits.size; row++) {
    const task = waits.task[row]!;
    const own = rows.get(task);
    if (own) own.push(row);
    else rows.set(task, [row]);
  }
  const sorted = (own: number[]): Int32Array =>
    Int32Array.from(own).sort((a, b) => waits.endMs[a]! - waits.endMs[b]!);
  return new Map([...rows].map(([task, own]) => [task, sorted(own)]));
}
