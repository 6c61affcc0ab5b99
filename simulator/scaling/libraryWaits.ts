/**
 * A script that waits for Ray Train waits for a call of Ray's own, of which nothing but its end is known. What Ray Train
 * started meanwhile, and what ended before the wait did, is what it waited for.
 */
import { NONE } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';

/** Rows of tasks that libraries started for the driver while it waited; `rows` are in the order of their submission. */
export function startedMeanwhile(
  { tasks, waits }: TraceStore,
  rows: readonly number[],
  wait: number,
): number[] {
  const [fromMs, toMs] = [waits.startMs[wait]!, waits.endMs[wait]!];
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tasks.submitMs[rows[middle]!]! < fromMs) low = middle + 1;
    else high = middle;
  }
  const found: number[] = [];
  for (let at = low; at < rows.length && tasks.submitMs[rows[at]!]! < toMs; at++) {
    const row = rows[at]!;
    const isOfDriver = tasks.parent[row] !== NONE && tasks.isDriver(tasks.parent[row]!);
    if (isOfDriver && tasks.site[row] === NONE && tasks.endMs[row]! <= toMs) found.push(row);
  }
  return found;
}
