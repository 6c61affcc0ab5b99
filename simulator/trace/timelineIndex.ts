/**
 * Which task stands in which lane of the timeline: one lane per worker, more where a worker runs several at a time.
 * Built from the whole table in one pass and kept until the table has grown, since views ask many times a second.
 */
import type { Lane } from '../model/views';
import { KeptByVersion } from './keptByVersion';
import { Lanes } from './lanes';
import { KINDS, NONE, type TaskTable } from './taskTable';
import type { TraceStore } from './traceStore';

/** Beyond it, tasks of one worker share its last lane. */
const MAX_DEPTH = 16;
export interface LaneRows extends Lane {
  /** Rows of the table, by start. */
  rows: Int32Array;
}

export interface TimelineIndex {
  version: number;
  lanes: LaneRows[];
  /** By row of the table; -1 for what has not begun. */
  laneOf: Int32Array;
  fromMs: number;
  /** The last moment of which anything is known. */
  toMs: number;
  /** Whether something began and has not ended. */
  isOpen: boolean;
}

const kept = new KeptByVersion<TimelineIndex>(1);

/** Of the store as it is now, or a little older while it grows quickly. */
export function timelineIndex(store: TraceStore): TimelineIndex {
  return kept.of(store, '', () => build(store));
}

function build(store: TraceStore): TimelineIndex {
  const t = store.tasks;
  const groups = byWorker(t);
  const lanes: LaneRows[] = [];
  for (const group of groups) lanes.push(...lanesOf(t, group));
  const drivers = driverLanes(t);
  lanes.sort((a, b) => (a.node ?? Infinity) - (b.node ?? Infinity));
  const all = [...drivers, ...lanes];
  const laneOf = new Int32Array(t.size).fill(NONE);
  all.forEach(({ rows }, lane) => rows.forEach((row) => (laneOf[row] = lane)));
  return { version: store.version, lanes: all, laneOf, ...spanOf(t) };
}

/** Rows that began, by worker in order of first sight; those of no known worker by node. */
function byWorker(t: TaskTable): Int32Array[] {
  const places = new Map<number, number>();
  const placeOf = new Int32Array(t.size).fill(NONE);
  const sizes: number[] = [];
  for (let row = 0; row < t.size; row++) {
    if (t.isDriver(row) || Number.isNaN(t.startMs[row]!)) continue;
    const worker = t.worker[row]!;
    const key = worker === NONE || t.workers.values[worker] === '' ? -2 - t.node[row]! : worker;
    let place = places.get(key);
    if (place === undefined) {
      place = sizes.length;
      places.set(key, place);
      sizes.push(0);
    }
    placeOf[row] = place;
    sizes[place]!++;
  }
  const groups = sizes.map((size) => new Int32Array(size));
  const filled = new Int32Array(sizes.length);
  for (let row = 0; row < t.size; row++) {
    const place = placeOf[row]!;
    if (place !== NONE) groups[place]![filled[place]!++] = row;
  }
  for (const rows of groups) sortByStart(t, rows);
  return groups;
}

function sortByStart(t: TaskTable, rows: Int32Array): void {
  const start = t.startMs;
  for (let i = 1; i < rows.length; i++) {
    if (start[rows[i]!]! < start[rows[i - 1]!]!) {
      rows.sort((a, b) => start[a]! - start[b]!);
      return;
    }
  }
}

/** Puts each task into the first lane that is free when it begins. */
function lanesOf(t: TaskTable, rows: Int32Array): LaneRows[] {
  const lanes = new Lanes(MAX_DEPTH);
  const depthOf = new Uint8Array(rows.length);
  const sizes: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const endMs = t.endMs[row]!;
    const depth = lanes.take(t.startMs[row]!, Number.isNaN(endMs) ? Infinity : endMs);
    depthOf[i] = depth;
    sizes[depth] = (sizes[depth] ?? 0) + 1;
  }
  const byDepth = sizes.map((size) => new Int32Array(size));
  const filled = new Int32Array(sizes.length);
  for (let i = 0; i < rows.length; i++) byDepth[depthOf[i]!]![filled[depthOf[i]!]!++] = rows[i]!;
  return byDepth.map((own, depth) => laneOf(t, own, depth));
}

function laneOf(t: TaskTable, rows: Int32Array, depth: number): LaneRows {
  const row = rows[0]!;
  const worker = t.worker[row] === NONE ? '' : t.workers.values[t.worker[row]!]!;
  return {
    node: t.node[row] === NONE ? null : t.node[row]!,
    worker: worker === '' ? null : worker,
    pid: t.pid[row]! > 0 ? t.pid[row]! : null,
    depth,
    kind: 'worker',
    tasks: rows.length,
    rows,
  };
}

function driverLanes(t: TaskTable): LaneRows[] {
  const lanes: LaneRows[] = [];
  for (let row = 0; row < t.size; row++) {
    if (KINDS[t.kind[row]!] !== 'driver' || Number.isNaN(t.startMs[row]!)) continue;
    lanes.push({ ...laneOf(t, Int32Array.of(row), 0), kind: 'driver' });
  }
  return lanes;
}

function spanOf(t: TaskTable): { fromMs: number; toMs: number; isOpen: boolean } {
  let fromMs = Infinity;
  let toMs = -Infinity;
  let isOpen = false;
  for (let row = 0; row < t.size; row++) {
    const submit = t.submitMs[row]!;
    const start = t.startMs[row]!;
    const end = t.endMs[row]!;
    if (submit < fromMs) fromMs = submit;
    if (start < fromMs) fromMs = start;
    if (end > toMs) toMs = end;
    else if (start > toMs) toMs = start;
    if (Number.isNaN(end) && start <= start) isOpen = true;
  }
  if (!Number.isFinite(fromMs)) return { fromMs: 0, toMs: 0, isOpen };
  return { fromMs, toMs: Math.max(toMs, fromMs + 1), isOpen };
}
