/**
 * Brings the slices of what is looked at, and a little around it, from the engine. Two layers: the whole run in few
 * bins, so that there is always something to draw, and the present window in full.
 */
import type { TimelineLanes, TimelineQuery, TimelineSlices } from '../../simulator/model/views';
import type { Ask } from '../ask';
import { spanOf, whole, type TimeWindow } from './timeScale';

export interface Sight {
  window: TimeWindow;
  widthPx: number;
  /** Lanes on the screen: first, and the one after the last. */
  firstLane: number;
  lastLane: number;
}

/** Tasks below so many pixels are drawn together. */
const BIN_PX = 2;
/** Loaded on each side of the window, in its own width; and lanes above and below it. */
const AROUND = 0.6;
const LANES_AROUND = 16;
const OVERVIEW_BINS = 1200;
const MOST_OVERVIEW_SLICES = 60_000;
/** Of a run that goes on: how old slices may be. */
const FRESH_MS = 300;
const OVERVIEW_FRESH_MS = 1500;
/** Who has pressed a key so long ago has given up. */
const PATIENCE_MS = 2000;

export class SliceLoader {
  lanes: TimelineLanes | null = null;
  near: TimelineSlices | null = null;
  far: TimelineSlices | null = null;
  private runId: string | null = null;
  private version = 0;
  private busy = false;
  private nearAtMs = 0;
  private farAtMs = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wishes: { action: () => Promise<void>; atMs: number }[] = [];
  private isServing = false;

  constructor(
    private readonly ask: Ask,
    private readonly sight: () => Sight | null,
    private readonly onLoaded: () => void,
  ) {}

  /** The run, and the version of its trace. */
  show(runId: string, version: number): void {
    if (runId !== this.runId) {
      this.runId = runId;
      this.lanes = this.near = this.far = null;
      this.wishes = [];
    }
    this.version = version;
    this.poke();
  }

  /** Does something with the slices of what is looked at: now, or once they are there, one after the other. */
  whenThere(action: () => Promise<void>): void {
    this.wishes.push({ action, atMs: performance.now() });
    this.serve();
    if (this.wishes.length > 0) this.poke();
  }

  private serve(): void {
    const sight = this.sight();
    const { near } = this;
    if (this.isServing || sight === null || near === null || !covers(near, sight)) return;
    const next = this.wishes.shift();
    if (next === undefined) return;
    if (performance.now() - next.atMs > PATIENCE_MS) return this.serve();
    this.isServing = true;
    void next.action().finally(() => {
      this.isServing = false;
      this.serve();
    });
  }

  /** Something else is looked at, or something has changed: loads what is missing, one question at a time. */
  poke(): void {
    if (this.busy || this.runId === null) return;
    const next = this.next();
    if (next === null) return;
    if (typeof next === 'number') {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.poke(), next);
      return;
    }
    this.busy = true;
    const { runId } = this;
    next(runId).then(
      () => {
        this.busy = false;
        this.onLoaded();
        this.serve();
        this.poke();
      },
      () => {
        // Asked again at the next draw: while there is no connection, an answer at once is always no.
        this.busy = false;
        if (runId !== this.runId) this.poke();
      },
    );
  }

  /** What to load now; a number is how long to wait before there is something. */
  private next(): ((runId: string) => Promise<void>) | number | null {
    const now = performance.now();
    if (this.lanes === null) return (runId) => this.loadLanes(runId);
    const sight = this.sight();
    if (sight === null) return null;
    if (this.near === null || !covers(this.near, sight)) return (runId) => this.loadNear(runId, sight);
    if (this.far === null) return (runId) => this.loadFar(runId);
    if (this.near.version < this.version) {
      const wait = this.nearAtMs + FRESH_MS - now;
      return wait > 0 ? wait : (runId) => this.renew(runId, sight);
    }
    if (this.far.version < this.version) {
      const wait = this.farAtMs + OVERVIEW_FRESH_MS - now;
      return wait > 0 ? wait : (runId) => this.loadFar(runId);
    }
    return null;
  }

  private async renew(runId: string, sight: Sight): Promise<void> {
    await this.loadLanes(runId);
    await this.loadNear(runId, this.sight() ?? sight);
  }

  private async loadLanes(runId: string): Promise<void> {
    const asked = this.version;
    const lanes = await this.ask('runs.lanes', { id: runId });
    if (runId === this.runId) this.lanes = { ...lanes, version: asked };
  }

  private async loadNear(runId: string, sight: Sight): Promise<void> {
    const { window, widthPx } = sight;
    const room = spanOf(window) * AROUND;
    const query: TimelineQuery = {
      fromMs: window.fromMs - room,
      toMs: window.toMs + room,
      binMs: (spanOf(window) * BIN_PX) / Math.max(1, widthPx),
      firstLane: Math.max(0, sight.firstLane - LANES_AROUND),
      lastLane: sight.lastLane + LANES_AROUND,
    };
    const asked = this.version;
    const slices = await this.ask('runs.timeline', { id: runId, query });
    if (runId !== this.runId) return;
    // The engine may have made its bins larger; what was asked for is what it covers.
    this.near = { ...slices, version: asked, binMs: query.binMs };
    this.nearAtMs = performance.now();
  }

  private async loadFar(runId: string): Promise<void> {
    const bounds = whole(this.lanes!);
    const count = Math.max(1, this.lanes!.lanes.length);
    const bins = Math.max(16, Math.min(OVERVIEW_BINS, MOST_OVERVIEW_SLICES / count));
    const query = { ...bounds, binMs: spanOf(bounds) / bins, firstLane: 0, lastLane: count };
    const asked = this.version;
    const slices = await this.ask('runs.timeline', { id: runId, query });
    if (runId !== this.runId) return;
    this.far = { ...slices, version: asked };
    this.farAtMs = performance.now();
  }
}

/** Whether slices are enough for what is looked at: all of it, and neither much coarser nor much finer. */
export function covers(slices: TimelineSlices, { window, widthPx, firstLane, lastLane }: Sight): boolean {
  const wanted = (spanOf(window) * BIN_PX) / Math.max(1, widthPx);
  return (
    slices.fromMs <= window.fromMs &&
    slices.toMs >= window.toMs &&
    slices.firstLane <= firstLane &&
    slices.lastLane >= lastLane &&
    slices.binMs <= wanted * 1.6 &&
    slices.binMs >= wanted / 5
  );
}
