/**
 * The chain of tasks that decided when a run ended, by last arrival: from the task that ended last, back to whichever
 * let it begin no earlier (the input that was ready last, else who submitted it), and so on to the beginning.
 */
import { MAX_PATH_STEPS, type CriticalPath } from '../model/views';
import { known, taskBrief } from './taskBrief';
import { groupId, groupsOf } from './groups';
import { inputsOf } from './taskLinks';
import { endedBefore, waitsOf } from './taskWaits';
import { NONE, type TaskTable } from './taskTable';
import type { TraceStore } from './traceStore';

export function criticalPath(store: TraceStore): CriticalPath {
  const t = store.tasks;
  const rows = chain(store, lastEnded(t, t.kind.subarray(0, t.size).keys()));
  const path: CriticalPath = {
    steps: [],
    length: rows.length,
    groups: [],
    edges: [],
    totalMs: 0,
    waitedMs: 0,
    queuedMs: 0,
    ranMs: 0,
  };
  const groups = groupsOf(store);
  const onPath = new Set<string>();
  const edges = new Map<string, { from: string; to: string }>();
  let before: string | null = null;
  rows.forEach((row, at) => {
    const phases = phasesOf(t, row, at === 0 ? null : rows[at - 1]!);
    path.waitedMs += phases.waitedMs;
    path.queuedMs += phases.queuedMs;
    path.ranMs += phases.ranMs;
    const id = groupId(groups, row);
    if (id !== null) onPath.add(id);
    if (id !== null && before !== null) edges.set(`${before}\n${id}`, { from: before, to: id });
    before = id;
    if (rows.length - at <= MAX_PATH_STEPS) path.steps.push({ task: taskBrief(store, row), ...phases });
  });
  const first = rows[0];
  const last = rows.at(-1);
  if (first !== undefined && last !== undefined) {
    path.totalMs = t.endMs[last]! - (known(t.submitMs[first]!) ?? t.startMs[first]!);
  }
  return { ...path, groups: [...onPath], edges: [...edges.values()] };
}

/** First to last. A trace with a cycle (clocks that jumped) ends where it would begin again. */
function chain(store: TraceStore, last: number): number[] {
  const seen = new Set<number>();
  const rows: number[] = [];
  for (let row = last; row !== NONE && !seen.has(row); row = cause(store, row)) {
    seen.add(row);
    rows.push(row);
  }
  return rows.reverse();
}

function cause(store: TraceStore, row: number): number {
  const t = store.tasks;
  const best = lastEnded(
    t,
    inputsOf(store, row)
      .filter(({ kind }) => kind === 'argument' || kind === 'actor')
      .map((link) => link.row),
  );
  const submitMs = t.submitMs[row]!;
  if (best !== NONE && !(t.endMs[best]! < submitMs)) return best;
  const parent = t.parent[row]!;
  // Its inputs were there before it was submitted: what decided is when its parent came to submitting it, and that
  // what it had waited for last.
  if (parent === NONE) return best;
  const waitedFor = lastEnded(t, waitedForBefore(store, parent, submitMs));
  if (waitedFor !== NONE) return waitedFor;
  return t.isDriver(parent) ? best : parent;
}

/** The first of those that ended last; no driver. */
function lastEnded(t: TaskTable, rows: Iterable<number>): number {
  let best = NONE;
  for (const row of rows) {
    if (t.isDriver(row) || Number.isNaN(t.endMs[row]!)) continue;
    if (best === NONE || t.endMs[row]! > t.endMs[best]!) best = row;
  }
  return best;
}

/** Producers of what a task waited for last before a moment. */
function waitedForBefore(store: TraceStore, task: number, timeMs: number): number[] {
  const { waitEdges } = store;
  const own = waitsOf(store, task);
  const last = own[endedBefore(store, own, timeMs) - 1];
  if (last === undefined) return [];
  const first = waitEdges.first(last);
  return Array.from({ length: waitEdges.count(last) }, (_, at) => waitEdges.task[first + at]!);
}

/** What passed between the end of the step before and its own, by what it was spent on: the parts add up. */
function phasesOf(
  t: TaskTable,
  row: number,
  before: number | null,
): { waitedMs: number; queuedMs: number; ranMs: number } {
  const startMs = t.startMs[row]!;
  const submitMs = Math.min(known(t.submitMs[row]!) ?? startMs, startMs);
  const beforeMs = before === null ? submitMs : Math.min(known(t.endMs[before]!) ?? submitMs, startMs);
  return {
    waitedMs: Math.max(0, submitMs - beforeMs),
    queuedMs: Math.max(0, startMs - Math.max(submitMs, beforeMs)),
    ranMs: Math.max(0, t.endMs[row]! - startMs),
  };
}
