/**
 * A script that waits for Ray Train waits for a call of Ray's own, of which nothing but its end is known. What Ray Train
 * started meanwhile, and what ended before the wait did, is what it waited for.
 */
import { firstNotBefore } from '../model/sorted';
import { NONE } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';

/** Rows of tasks that libraries started for the driver while it waited; `rows` are in the order of their submission. */
export function startedMeanwhile(
  { tasks, waits }: TraceStore,
  rows: readonly number[],
  wait: number,
): number[] {
  const [fromMs, toMs] = [waits.startMs[wait]!, waits.endMs[wait]!];
  const found: number[] = [];
  const first = firstNotBefore(0, rows.length, (at) => tasks.submitMs[rows[at]!]! < fromMs);
  for (let at = first; at < rows.length && tasks.submitMs[rows[at]!]! < toMs; at++) {
    const row = rows[at]!;
    const isOfDriver = tasks.parent[row] !== NONE && tasks.isDriver(tasks.parent[row]!);
    if (isOfDriver && tasks.site[row] === NONE && tasks.endMs[row]! <= toMs) found.push(row);
  }
  return found;
}
