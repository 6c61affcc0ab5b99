/** What the edges between tasks say when read one by one: sizes, and when a task's inputs were there. */
import type { Dependency } from '../model/trace';
import { DEPENDENCY_KINDS } from './edgeTable';
import { KINDS } from './taskTable';
import type { TraceStore } from './traceStore';

const NESTED = DEPENDENCY_KINDS.indexOf('nested');
const PUT = DEPENDENCY_KINDS.indexOf('put');
const ACTOR = DEPENDENCY_KINDS.indexOf('actor');
const ACTOR_TASK = KINDS.indexOf('actor-task');

/** Serialized size of what an edge carries; NaN where it is not known. */
export function edgeBytes(store: TraceStore, edge: number): number {
  const { edges, tasks } = store;
  const known = edges.bytes[edge]!;
  if (!Number.isNaN(known)) return known;
  const kind = edges.kind[edge]!;
  if (kind === PUT || kind === ACTOR) return NaN;
  const producer = edges.task[edge]!;
  const each = store.bytesOutEach.size > 0 ? store.bytesOutEach.get(producer) : undefined;
  if (each) return each[edges.index[edge]! - 1] ?? NaN;
  return edges.index[edge]! <= 1 ? tasks.bytesOut[producer]! : NaN;
}

/**
 * When the last input of a task was there: the latest of its submission and the ends of what Ray waits for. NaN while
 * that is not known. Never after its start: a generator's items are there before its end, and clocks differ.
 */
export function argsReadyMs(store: TraceStore, row: number): number {
  const { edges, tasks } = store;
  let ready = tasks.submitMs[row]!;
  const first = edges.first(row);
  for (let edge = first; edge < first + edges.count(row); edge++) {
    const kind = edges.kind[edge]!;
    const producer = edges.task[edge]!;
    if (isHandle(store, row, edge) || kind === NESTED || kind === PUT || tasks.isDriver(producer)) continue;
    ready = Math.max(ready, tasks.endMs[producer]!);
  }
  const started = tasks.startMs[row]!;
  return started < ready ? started : ready;
}

/**
 * Whether an edge is a handle that a task is given: its actor may still be on its way. A call does wait for its own actor,
 * which is its first edge.
 */
export function isHandle({ edges, tasks }: TraceStore, row: number, edge: number): boolean {
  return edges.kind[edge] === ACTOR && (edge > edges.first(row) || tasks.kind[row] !== ACTOR_TASK);
}

/** How long a task's inputs were there before it started; NaN while that is not known. */
export function waitedMs(store: TraceStore, row: number): number {
  return store.tasks.startMs[row]! - argsReadyMs(store, row);
}

/** Bytes that went into a task: as its worker saw them, else the sum of its edges where each is known. NaN is unknown. */
export function bytesInto(store: TraceStore, row: number): number {
  const seen = store.tasks.bytesIn[row]!;
  if (!Number.isNaN(seen)) return seen;
  const first = store.edges.first(row);
  let sum = NaN;
  for (let edge = first; edge < first + store.edges.count(row); edge++) {
    const kind = store.edges.kind[edge]!;
    if (kind === NESTED || kind === ACTOR) continue;
    const bytes = edgeBytes(store, edge);
    if (Number.isNaN(bytes)) return NaN;
    sum = (Number.isNaN(sum) ? 0 : sum) + bytes;
  }
  return sum;
}

export function dependencies(store: TraceStore, row: number): Dependency[] {
  const { edges, tasks } = store;
  const first = edges.first(row);
  return Array.from({ length: edges.count(row) }, (_, at) => {
    const edge = first + at;
    const bytes = edgeBytes(store, edge);
    return {
      task: tasks.id(edges.task[edge]!),
      bytes: Number.isNaN(bytes) ? null : bytes,
      kind: DEPENDENCY_KINDS[edges.kind[edge]!]!,
    };
  });
}
