/** How long an actor that has its next call already does nothing of the user's before it begins it. */
import { argsReadyMs, edgeBytes } from '../trace/dataEdges';
import type { TraceStore } from '../trace/traceStore';
import { isTimed, median } from './capturedTasks';
import { USUAL_GAP_MS } from './measuredPlace';
import { overheadsNamed } from './overheads';
import { NONE, type Actor, type TaskGraph } from './taskGraph';

/** A call that was there so long before the other's end was waiting for nothing else. */
const READY_BEFORE_MS = 1;
const LEAST_SEEN = 5;
/** A larger argument has to be brought first. */
const INLINE_BYTES = overheadsNamed('measured').inlineBytes;

/**
 * `actor` is that of each of `rows`, an index into `actors`. Gaps are medians, of those that were seen often enough; first
 * calls what they took at least, since actors that start at once crowd each other.
 */
export function callGaps(
  store: TraceStore,
  rows: readonly number[],
  actor: Int32Array,
  actors: readonly Actor[],
): Pick<TaskGraph, 'callGapMs' | 'firstCallMs'> {
  const { tasks } = store;
  const gaps: number[][] = tasks.functions.values.map(() => []);
  const firsts: number[][] = tasks.functions.values.map(() => []);
  callsInOrder(store, rows, actor, actors.length).forEach((calls, index) => {
    const { creation, concurrency } = actors[index]!;
    if (calls.length === 0) return;
    const made = rows[creation]!;
    const sinceMs = Math.max(tasks.endMs[made]!, argsReadyMs(store, calls[0]!)) + USUAL_GAP_MS;
    if (sinceMs > 0 && !hasLargeArguments(store, calls[0]!))
      firsts[tasks.fn[made]!]!.push(Math.max(0, tasks.startMs[calls[0]!]! - sinceMs));
    // Where several run at once nobody can tell.
    if (concurrency > 1) return;
    for (let at = 1; at < calls.length; at++) {
      const endMs = tasks.endMs[calls[at - 1]!]!;
      const row = calls[at]!;
      if (argsReadyMs(store, row) <= endMs - READY_BEFORE_MS && !hasLargeArguments(store, row))
        gaps[tasks.fn[row]!]!.push(Math.max(0, tasks.startMs[row]! - endMs));
    }
  });
  return {
    callGapMs: Float64Array.from(gaps, (seen) => (seen.length < LEAST_SEEN ? NaN : median(seen))),
    firstCallMs: Float64Array.from(firsts, (seen) =>
      seen.length === 0 ? 0 : seen.reduce((least, ms) => Math.min(least, ms)),
    ),
  };
}

function hasLargeArguments(store: TraceStore, row: number): boolean {
  const first = store.edges.first(row);
  for (let edge = first; edge < first + store.edges.count(row); edge++)
    if (edgeBytes(store, edge) > INLINE_BYTES) return true;
  return false;
}

function callsInOrder(
  store: TraceStore,
  rows: readonly number[],
  actor: Int32Array,
  actors: number,
): number[][] {
  const calls: number[][] = Array.from({ length: actors }, () => []);
  rows.forEach((row, at) => {
    if (actor[at] !== NONE && isTimed(store, row)) calls[actor[at]!]!.push(row);
  });
  const { startMs } = store.tasks;
  for (const all of calls) all.sort((a, b) => startMs[a]! - startMs[b]!);
  return calls;
}
