/**
 * A block of a trace file: so many tasks with their edges, or so many waits, as streams of small differences: times
 * from the task before, rows from the owner's. A stream for each column packs far better than rows would.
 */
import { DEPENDENCY_KINDS } from './edgeTable';
import { KINDS, NONE, STATES } from './taskTable';
import type { TraceStore } from './traceStore';
import { VarintReader, VarintWriter } from './varints';
import { WAIT_KINDS } from './waitTable';

const MICRO = 1000;

/** Plain columns, with what a value is multiplied by to be whole. */
const SCALED = {
  kind: 1,
  state: 1,
  attempts: 1,
  fn: 1,
  node: 1,
  worker: 1,
  pid: 1,
  error: 1,
  site: 1,
  resources: 1,
  gpus: 10_000,
  cpus: 10_000,
  cpuMs: MICRO,
  processCpuMs: MICRO,
  runDelayMs: MICRO,
  fetchMs: MICRO,
  valueBytes: 1,
  bytesIn: 1,
  bytesOut: 1,
  peakMemoryBytes: 1,
} as const;
const PLAIN = Object.keys(SCALED) as (keyof typeof SCALED)[];
const TIMES = ['submitMs', 'startMs', 'endMs'];
const EDGES = ['count', 'task', 'edgeKind', 'index', 'bytes'];
const WAITS = ['task', 'kind', 'site', 'start', 'took', 'count', 'on'];
export const TASK_STREAMS = ['parent', ...PLAIN, ...TIMES, ...EDGES];
export const WAIT_STREAMS = WAITS;

type Streams<T> = (name: string) => T;

/** One buffer for each of `TASK_STREAMS`. Ids are not in it. */
export function encodeTasks(store: TraceStore, from: number, to: number): Buffer[] {
  const { tasks: t, edges } = store;
  const { buffers, stream } = writers(TASK_STREAMS);
  const [parent, submit, start, end] = ['parent', ...TIMES].map(stream) as [V, V, V, V];
  const [count, task, kind, index, bytes] = EDGES.map(stream) as [V, V, V, V, V];
  let before = 0;
  for (let row = from; row < to; row++) {
    parent.add(t.parent[row] === NONE ? NaN : row - t.parent[row]!);
    const submitUs = Math.round(t.submitMs[row]! * MICRO);
    const startUs = Math.round(t.startMs[row]! * MICRO);
    submit.add(submitUs - before);
    start.add(startUs - (Number.isNaN(submitUs) ? before : submitUs));
    end.add(Math.round(t.endMs[row]! * MICRO) - (Number.isNaN(startUs) ? before : startUs));
    before = Number.isNaN(submitUs) ? before : submitUs;
    const first = edges.first(row);
    count.add(edges.count(row));
    for (let edge = first; edge < first + edges.count(row); edge++) {
      task.add(row - edges.task[edge]!);
      kind.add(edges.kind[edge]!);
      index.add(edges.index[edge]!);
      bytes.add(edges.bytes[edge]!);
    }
  }
  // By way of one kind of array: code that meets columns of five kinds runs at a fifth of the speed.
  const values = new Float64Array(to - from);
  for (const name of PLAIN) {
    values.set(t[name].subarray(from, to));
    writeAll(stream(name), values, SCALED[name]);
  }
  return buffers();
}

type V = VarintWriter;
type R = VarintReader;

function writeAll(writer: V, values: Float64Array, scale: number): void {
  for (const value of values) writer.add(value * scale);
}

function readAll(reader: R, values: Float64Array, scale: number): void {
  for (let at = 0; at < values.length; at++) values[at] = reader.next() / scale;
}

/**
 * Fills the rows `from` to `to`, whose ids are there already. They may refer to any of `size` rows, also to those of
 * later blocks.
 */
export function decodeTasks(
  store: TraceStore,
  from: number,
  to: number,
  size: number,
  buffers: Buffer[],
): void {
  const { tasks: t } = store;
  const stream = readers(TASK_STREAMS, buffers);
  const [parent, submit, start, end] = ['parent', ...TIMES].map(stream) as [R, R, R, R];
  let before = 0;
  for (let row = from; row < to; row++) {
    t.parent[row] = rowOr(row - parent.next(), size);
    const submitUs = before + submit.next();
    const startUs = (Number.isNaN(submitUs) ? before : submitUs) + start.next();
    t.submitMs[row] = submitUs / MICRO;
    t.startMs[row] = startUs / MICRO;
    t.endMs[row] = ((Number.isNaN(startUs) ? before : startUs) + end.next()) / MICRO;
    before = Number.isNaN(submitUs) ? before : submitUs;
  }
  const values = new Float64Array(to - from);
  for (const name of PLAIN) {
    readAll(stream(name), values, SCALED[name]);
    t[name].set(values, from);
  }
  for (let row = from; row < to; row++) {
    t.kind[row] = Math.min(t.kind[row]!, KINDS.length - 1);
    t.state[row] = Math.min(t.state[row]!, STATES.length - 1);
    t.fn[row] = rowOr(t.fn[row]!, t.functions.values.length);
    t.worker[row] = rowOr(t.worker[row]!, t.workers.values.length);
    t.error[row] = rowOr(t.error[row]!, t.errors.values.length);
    t.site[row] = rowOr(t.site[row]!, t.sites.values.length);
    t.resources[row] = rowOr(t.resources[row]!, t.resourceSets.values.length);
  }
  decodeEdges(store, from, to, size, stream);
}

function decodeEdges(store: TraceStore, from: number, to: number, size: number, stream: Streams<R>): void {
  const [count, task, kind, index, bytes] = EDGES.map(stream) as [R, R, R, R, R];
  for (let row = from; row < to; row++) {
    const first = store.edges.size;
    const wanted = count.next();
    for (let edge = 0; edge < wanted; edge++) {
      const producer = rowOr(row - task.next(), size);
      const of = Math.min(kind.next(), DEPENDENCY_KINDS.length - 1);
      const which = index.next();
      const sizeBytes = bytes.next();
      if (producer !== NONE) store.edges.add(producer, of, which, sizeBytes);
    }
    if (store.edges.size > first) store.edges.own(row, first);
  }
}

/** One buffer for each of `WAIT_STREAMS`. */
export function encodeWaits(store: TraceStore, from: number, to: number): Buffer[] {
  const { waits: w, waitEdges } = store;
  const { buffers, stream } = writers(WAIT_STREAMS);
  const [task, kind, site, start, took, count, on] = WAITS.map(stream) as [V, V, V, V, V, V, V];
  let before = 0;
  for (let row = from; row < to; row++) {
    task.add(w.task[row]!);
    kind.add(w.kind[row]!);
    site.add(w.site[row]!);
    const startUs = Math.round(w.startMs[row]! * MICRO);
    start.add(startUs - before);
    took.add((w.endMs[row]! - w.startMs[row]!) * MICRO);
    before = Number.isNaN(startUs) ? before : startUs;
    const first = waitEdges.first(row);
    count.add(waitEdges.count(row));
    let last = 0;
    for (let edge = first; edge < first + waitEdges.count(row); edge++) {
      on.add(waitEdges.task[edge]! - last);
      last = waitEdges.task[edge]!;
    }
  }
  return buffers();
}

export function decodeWaits(store: TraceStore, many: number, buffers: Buffer[]): void {
  const { tasks } = store;
  const stream = readers(WAIT_STREAMS, buffers);
  const [task, kind, site, start, took, count, on] = WAITS.map(stream) as [R, R, R, R, R, R, R];
  let before = 0;
  for (let at = 0; at < many; at++) {
    const owner = rowOr(task.next(), tasks.size);
    const of = WAIT_KINDS[kind.next()] ?? 'get';
    const where = rowOr(site.next(), tasks.sites.values.length);
    const startUs = before + start.next();
    const endUs = startUs + took.next();
    before = Number.isNaN(startUs) ? before : startUs;
    const wanted = count.next();
    const from = store.waitEdges.size;
    for (let edge = 0, last = 0; edge < wanted; edge++) {
      last += on.next();
      const producer = rowOr(last, tasks.size);
      if (owner !== NONE && producer !== NONE) store.waitEdges.link(producer);
    }
    if (owner === NONE) continue;
    const wait = store.waits.add(owner, of, where === NONE ? null : where, startUs / MICRO, endUs / MICRO);
    store.waitEdges.own(wait, from);
  }
}

function rowOr(row: number, size: number): number {
  return row >= 0 && row < size ? row : NONE;
}

function writers(names: readonly string[]): { buffers: () => Buffer[]; stream: Streams<V> } {
  const byName = new Map(names.map((name) => [name, new VarintWriter()]));
  return {
    buffers: () => [...byName.values()].map((writer) => writer.take()),
    stream: (name) => byName.get(name)!,
  };
}

function readers(names: readonly string[], buffers: Buffer[]): Streams<R> {
  const byName = new Map(names.map((name, at) => [name, new VarintReader(buffers[at] ?? Buffer.alloc(0))]));
  return (name) => byName.get(name)!;
}
