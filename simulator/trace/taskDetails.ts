/** All that is known of one task, with what it has to do with. */
import { MAX_LINKS, type TaskDetails, type TaskLink } from '../model/views';
import { known, taskBrief } from './taskBrief';
import { childrenOf, inputsOf, outputsOf, type Link } from './taskLinks';
import { NONE } from './taskTable';
import { longestWaits } from './taskWaits';
import { timelineIndex } from './timelineIndex';
import type { TraceStore } from './traceStore';

export function taskDetails(store: TraceStore, row: number): TaskDetails {
  const t = store.tasks;
  const inputs = inputsOf(store, row);
  const outputs = outputsOf(store, row);
  const parent = t.parent[row]!;
  return {
    task: taskBrief(store, row),
    parent: parent === NONE ? null : taskBrief(store, parent),
    inputs: links(store, inputs),
    inputCount: inputs.length,
    outputs: links(store, outputs),
    outputCount: outputs.length,
    submitted: childrenOf(store, row).length,
    runDelayMs: known(t.runDelayMs[row]!),
    peakMemoryBytes: known(t.peakMemoryBytes[row]!),
    site: t.sites.site(t.site[row]!),
    waits: longestWaits(store, row, MAX_LINKS),
    lastInput: lastInput(store, inputs),
    lanes: lanes(store, [
      row,
      ...inputs.slice(0, MAX_LINKS).map(rowOf),
      ...outputs.slice(0, MAX_LINKS).map(rowOf),
    ]),
  };
}

function links(store: TraceStore, found: readonly Link[]): TaskLink[] {
  return found
    .slice(0, MAX_LINKS)
    .map(({ row, kind, bytes }) => ({ task: taskBrief(store, row), kind, bytes }));
}

function rowOf(link: Link): number {
  return link.row;
}

function lanes(store: TraceStore, rows: readonly number[]): Record<string, number> {
  const { laneOf } = timelineIndex(store);
  const result: Record<string, number> = {};
  for (const row of rows) {
    const lane = laneOf[row] ?? NONE;
    if (lane !== NONE) result[store.tasks.id(row)] = lane;
  }
  return result;
}

/** The input that was ready last: what the task waited for. */
function lastInput(store: TraceStore, inputs: readonly Link[]): TaskDetails['lastInput'] {
  let best: { row: number; readyMs: number } | null = null;
  for (const { row, kind } of inputs) {
    if (kind !== 'argument' && kind !== 'actor') continue;
    const readyMs = known(store.tasks.endMs[row]!);
    if (readyMs !== null && (best === null || readyMs > best.readyMs)) best = { row, readyMs };
  }
  return best && { task: taskBrief(store, best.row), readyMs: best.readyMs };
}
