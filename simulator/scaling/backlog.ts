/** Since when there had always been tasks of a function that could have run, when one of them started. */
import { argsReadyMs } from '../trace/dataEdges';
import { KINDS } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';
import { pushTo } from './pushTo';

const TASK = KINDS.indexOf('task');

/**
 * By row, for those in `rows` (tasks with a start). An owner asks for a worker as soon as there is a task for it, and the worker that
 * comes runs whichever is first by then: the one it was asked for may have been run by another long ago. Actors wait for
 * workers of their own.
 */
export function waitingSinceMs(store: TraceStore, rows: readonly number[]): Float64Array {
  const { tasks } = store;
  const sinceMs = new Float64Array(tasks.size).fill(NaN);
  const byFunction = new Map<number, { row: number; readyMs: number }[]>();
  for (const row of rows) {
    const readyMs = argsReadyMs(store, row);
    sinceMs[row] = readyMs;
    if (tasks.kind[row] === TASK) pushTo(byFunction, tasks.fn[row]!, { row, readyMs });
  }
  for (const alike of byFunction.values()) {
    const ready = alike.map(({ readyMs }) => readyMs).sort((a, b) => a - b);
    alike.sort((a, b) => tasks.startMs[a.row]! - tasks.startMs[b.row]!);
    let firstMs = NaN;
    let came = 0;
    alike.forEach(({ row }, started) => {
      // Nothing waits once as many have started as were ready.
      for (; came < ready.length && ready[came]! <= tasks.startMs[row]!; came++)
        if (came <= started) firstMs = ready[came]!;
      sinceMs[row] = firstMs;
    });
  }
  return sinceMs;
}
