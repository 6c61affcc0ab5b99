/**
 * The slices of a part of the timeline. Tasks too short to be seen alone are merged, so that an answer grows with the
 * width of the drawing and not with the number of tasks.
 */
import { firstNotBefore } from '../model/sorted';
import { MAX_LANES, type TimelineLanes, type TimelineQuery, type TimelineSlices } from '../model/views';
import { functionKey } from './functionStats';
import { keyId } from './summary';
import { STATES, type TaskTable } from './taskTable';
import { endedBefore, waitsOf } from './taskWaits';
import { timelineIndex, type LaneRows } from './timelineIndex';
import type { TraceStore } from './traceStore';

/** More than this and the bins are made larger. */
const MAX_SLICES = 60_000;
/** A merged slice is no longer than so many bins, so that changes within a busy lane show. */
const MERGED_BINS = 4;
const TICKS_PER_BIN = 8;
const FULL = 8;
const FAILED = STATES.indexOf('failed');

/** `untilMs`, now or the run's end, ends what has no end. */
export function timelineLanes(store: TraceStore, untilMs: number): TimelineLanes {
  const { version, lanes, fromMs, toMs, isOpen } = timelineIndex(store);
  return {
    version,
    fromMs,
    toMs: isOpen ? Math.max(toMs, untilMs) : toMs,
    lanes: lanes.slice(0, MAX_LANES).map(({ rows: _rows, ...lane }) => lane),
    omitted: Math.max(0, lanes.length - MAX_LANES),
  };
}

/** As `timelineLanes`. */
export function timelineSlices(store: TraceStore, query: TimelineQuery, untilMs: number): TimelineSlices {
  const index = timelineIndex(store);
  const lanes = index.lanes.slice(query.firstLane, query.lastLane);
  let binMs = Math.max(query.binMs, 1e-3);
  for (;;) {
    const writer = new SliceWriter(store.tasks, { ...query, binMs }, untilMs);
    for (const lane of lanes) writer.lane(lane);
    for (const lane of lanes) if (lane.kind === 'driver') writer.driverWaits(store, lane);
    if (writer.size <= MAX_SLICES) return writer.result(index.version);
    binMs *= 2;
  }
}

/** What is being merged: its span, how much of it is busy, and whose it is. */
interface Block {
  start: number;
  end: number;
  busy: number;
  count: number;
  row: number;
  failed: boolean;
  running: boolean;
}

class SliceWriter {
  private readonly out = {
    offsets: [] as number[],
    start: [] as number[],
    length: [] as number[],
    fn: [] as number[],
    count: [] as number[],
    row: [] as number[],
    fill: [] as number[],
    state: [] as number[],
  };
  private readonly waits: TimelineSlices['waits'] = { start: [], length: [], kind: [], count: [] };
  private readonly functions: string[] = [];
  private readonly placeOfKey = new Map<number, number>();
  private readonly busyByKey: Float64Array;
  private readonly touched: number[] = [];
  private readonly tickMs: number;
  private block: Block | null = null;

  constructor(
    private readonly t: TaskTable,
    private readonly query: TimelineQuery,
    private readonly untilMs: number,
  ) {
    this.tickMs = query.binMs / TICKS_PER_BIN;
    this.busyByKey = new Float64Array(t.functions.values.length * 2 + 3);
  }

  get size(): number {
    return this.out.start.length;
  }

  result(version: number): TimelineSlices {
    this.out.offsets.push(this.size);
    return {
      ...this.query,
      version,
      tickMs: this.tickMs,
      ...this.out,
      functions: this.functions,
      waits: this.waits,
    };
  }

  lane(lane: LaneRows): void {
    const { t, query } = this;
    this.out.offsets.push(this.size);
    const least = query.binMs;
    for (let i = this.firstInSight(lane); i < lane.rows.length; i++) {
      const row = lane.rows[i]!;
      const start = t.startMs[row]!;
      if (start > query.toMs) break;
      const end = Number.isNaN(t.endMs[row]!) ? Math.max(start, this.untilMs) : t.endMs[row]!;
      if (end < query.fromMs) continue;
      if (end - start >= least) {
        this.flush();
        this.write({ start, end, busy: end - start, count: 1, row, ...this.stateOf(row) }, this.key(row));
      } else this.merge(row, start, end);
    }
    this.flush();
  }

  driverWaits(store: TraceStore, lane: LaneRows): void {
    const { query, tickMs, waits: out } = this;
    const { startMs, endMs, kind } = store.waits;
    const own = waitsOf(store, lane.rows[0]!);
    for (const wait of own.subarray(endedBefore(store, own, query.fromMs))) {
      if (startMs[wait]! > query.toMs) continue;
      const start = Math.round((startMs[wait]! - query.fromMs) / tickMs);
      const length = Math.max(1, Math.round((endMs[wait]! - query.fromMs) / tickMs) - start);
      const last = out.start.length - 1;
      const isNear = last >= 0 && start - out.start[last]! - out.length[last]! < TICKS_PER_BIN;
      if (isNear && length < TICKS_PER_BIN && out.kind[last] === kind[wait]) {
        out.length[last] = Math.max(out.length[last]!, start + length - out.start[last]!);
        out.count[last]!++;
      } else {
        out.start.push(start);
        out.length.push(length);
        out.kind.push(kind[wait]!);
        out.count.push(1);
      }
    }
  }

  /** Tasks of one lane follow on each other, so that their ends ascend as well. */
  private firstInSight({ rows }: LaneRows): number {
    const isBefore = (at: number) => this.t.startMs[rows[at]!]! < this.query.fromMs;
    return Math.max(0, firstNotBefore(0, rows.length, isBefore) - 1);
  }

  private merge(row: number, start: number, end: number): void {
    const { binMs } = this.query;
    const key = this.key(row);
    const { failed, running } = this.stateOf(row);
    let { block } = this;
    if (block && (start - block.end > binMs || end - block.start > binMs * MERGED_BINS)) {
      this.flush();
      block = null;
    }
    if (!block) this.block = block = { start, end, busy: 0, count: 0, row, failed: false, running: false };
    block.end = Math.max(block.end, end);
    block.busy += end - start;
    block.count++;
    block.failed ||= failed;
    block.running ||= running;
    if (this.busyByKey[key] === 0) this.touched.push(key);
    this.busyByKey[key]! += end - start + 1e-6;
  }

  private flush(): void {
    const { block, touched, busyByKey } = this;
    if (!block) return;
    let best = touched[0]!;
    for (const key of touched) if (busyByKey[key]! > busyByKey[best]!) best = key;
    for (const key of touched) busyByKey[key] = 0;
    touched.length = 0;
    this.block = null;
    this.write(block, best);
  }

  private write(block: Block, key: number): void {
    const { out, tickMs, query } = this;
    const start = Math.round((block.start - query.fromMs) / tickMs);
    const length = Math.max(1, Math.round((block.end - query.fromMs) / tickMs) - start);
    const share = block.busy / Math.max(block.end - block.start, this.query.binMs / 2);
    const fill = block.count === 1 ? FULL : Math.max(1, Math.min(FULL, Math.round(share * FULL)));
    const fn = this.place(key);
    const state = block.failed ? 2 : block.running ? 1 : 0;
    if (block.count > 1 && this.extend(start, length, fn, fill, state, block.count)) return;
    out.start.push(start);
    out.length.push(length);
    out.fn.push(fn);
    out.count.push(block.count);
    out.row.push(block.count === 1 ? block.row : -1);
    out.fill.push(fill);
    out.state.push(state);
  }

  /** Joins a merged slice to the one before it where both look the same. */
  private extend(
    start: number,
    length: number,
    fn: number,
    fill: number,
    state: number,
    count: number,
  ): boolean {
    const { out } = this;
    const last = this.size - 1;
    if (last < out.offsets.at(-1)! || out.count[last] === 1) return false;
    const gap = start - out.start[last]! - out.length[last]!;
    if (gap > TICKS_PER_BIN || out.fn[last] !== fn || out.fill[last] !== fill || out.state[last] !== state)
      return false;
    out.length[last] = start + length - out.start[last]!;
    out.count[last]! += count;
    return true;
  }

  private stateOf(row: number): { failed: boolean; running: boolean } {
    return { failed: this.t.state[row] === FAILED, running: Number.isNaN(this.t.endMs[row]!) };
  }

  private key(row: number): number {
    return Math.max(0, functionKey(this.t, row));
  }

  private place(key: number): number {
    let at = this.placeOfKey.get(key);
    if (at === undefined) {
      at = this.functions.length;
      this.placeOfKey.set(key, at);
      this.functions.push(keyId(this.t, key));
    }
    return at;
  }
}
