/**
 * What a run's own machine did to it, for replaying the run itself: how long its worker processes took to start, and how
 * fast objects went between its nodes. A prediction for another cluster takes over how long actors usually took to
 * start, and nothing else.
 */
import { argsReadyMs } from '../trace/dataEdges';
import type { TraceStore } from '../trace/traceStore';
import { KINDS, NONE } from '../trace/taskTable';
import { waitingSinceMs } from './backlog';
import { isTimed, median } from './capturedTasks';
import { roomSinceMs } from './nodeRoom';

const CREATION = KINDS.indexOf('actor-creation');

export interface MeasuredPlace {
  /** By node, in the order of a replay's: how late each worker's first task was, in the order in which they came. */
  startsMs: number[][];
  /** Of those tasks the ones that made an actor, by row; how late is counted from when the node was there. */
  creations: { row: number; lateMs: number }[];
  /** Null where too little went between nodes to tell. */
  bytesPerMs: number | null;
}

const LEAST_BYTES = 1_000_000;
const LEAST_TRANSFERS = 5;
/** What a start costs where the worker is there: a part of the gap that every task has. */
export const USUAL_GAP_MS = 5;

/** `ran` are the rows of tasks that ran; `nodes` the numbers of the run's nodes in the order of a replay's. */
export function measuredPlace(
  store: TraceStore,
  ran: readonly number[],
  nodes: readonly number[],
): MeasuredPlace {
  const { tasks } = store;
  const rows = ran.filter((row) => isTimed(store, row));
  const position = new Map(nodes.map((node, at) => [node, at]));
  const startsMs: number[][] = nodes.map(() => []);
  const creations: MeasuredPlace['creations'] = [];
  const joined = joinedLater(store);
  const bytesPerMs: number[] = [];
  const seen = new Set<number>();
  const roomMs = roomSinceMs(store, rows);
  const waitingMs = waitingSinceMs(store, rows);
  for (const row of rows.sort((a, b) => tasks.startMs[a]! - tasks.startMs[b]!)) {
    const node = tasks.node[row]!;
    const at = position.get(node);
    const worker = tasks.worker[row]!;
    if (at === undefined || worker === NONE) continue;
    const startMs = tasks.startMs[row]!;
    const lateBy = (sinceMs: number): number =>
      Math.max(0, startMs - Math.max(sinceMs, roomMs[row]!) - USUAL_GAP_MS);
    if (!seen.has(worker)) {
      seen.add(worker);
      const lateMs = lateBy(waitingMs[row]!);
      startsMs[at]!.push(lateMs);
      const sinceJoinedMs = startMs - (joined.get(node) ?? -Infinity);
      if (tasks.kind[row] === CREATION)
        creations.push({ row, lateMs: Math.max(0, Math.min(lateMs, sinceJoinedMs)) });
    } else {
      const bytes = bytesFromElsewhere(store, row);
      if (bytes < LEAST_BYTES) continue;
      const gapMs = lateBy(argsReadyMs(store, row));
      if (gapMs > 0) bytesPerMs.push(bytes / gapMs);
    }
  }
  return { startsMs, creations, bytesPerMs: bytesPerMs.length < LEAST_TRANSFERS ? null : median(bytesPerMs) };
}

/** Nodes are looked at about once a second. */
const LATE_NODE_MS = 3000;

/** When nodes were first seen that came while the run was under way. */
function joinedLater({ nodes }: TraceStore): Map<number, number> {
  const seen = [...nodes].flatMap(([node, { samples }]) =>
    samples[0] ? [[node, samples[0].timeMs] as const] : [],
  );
  const firstMs = seen.reduce((least, [, ms]) => Math.min(least, ms), Infinity);
  return new Map(seen.filter(([, ms]) => ms > firstMs + LATE_NODE_MS));
}

/** A shorter wait is that of any task. */
const NOTABLE_START_MS = 200;

/**
 * By function of a graph, how long an actor of it usually took until its worker had begun to make it: imports too, which a
 * worker that runs already has to do as well. 0 for functions that are no actor's; null where none took long.
 */
export function usualStartsMs(
  { creations }: MeasuredPlace,
  functionOf: (row: number) => number,
  functions: number,
): Float64Array | null {
  if (!creations.some(({ lateMs }) => lateMs >= NOTABLE_START_MS)) return null;
  const byFunction = Array.from({ length: functions }, (): number[] => []);
  for (const { row, lateMs } of creations) byFunction[functionOf(row)]!.push(lateMs);
  return Float64Array.from(byFunction, (late) => (late.length > 0 ? median(late) : 0));
}

/** Results of tasks on other nodes that went into a task. */
function bytesFromElsewhere({ tasks, edges }: TraceStore, row: number): number {
  let sum = 0;
  const first = edges.first(row);
  for (let edge = first; edge < first + edges.count(row); edge++) {
    const producer = edges.task[edge]!;
    const isElsewhere = tasks.node[producer] !== NONE && tasks.node[producer] !== tasks.node[row];
    if (isElsewhere && edges.index[edge]! <= 1) sum += tasks.bytesOut[producer]! || 0;
  }
  return sum;
}
