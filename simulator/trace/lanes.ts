/** Spans of time in lanes, so that none overlaps another in its own. Spans are given by their begin. */
export class Lanes {
  private readonly freeAtMs: number[] = [];

  /** With `most` lanes, what finds none of them free is put into the last one. */
  constructor(private readonly most = Infinity) {}

  /** The number of the first lane that is free, from 0. */
  take(startMs: number, endMs: number): number {
    const { freeAtMs } = this;
    let lane = freeAtMs.findIndex((free) => free <= startMs);
    if (lane === -1) lane = Math.min(freeAtMs.length, this.most - 1);
    freeAtMs[lane] = Math.max(freeAtMs[lane] ?? -Infinity, endMs);
    return lane;
  }
}
