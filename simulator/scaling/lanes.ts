/** Places on nodes for spans of time, so that no two that overlap share one. Spans are asked about by their begin. */
export class Lanes {
  /** By node, when each of its lanes is free again. */
  private readonly freeMs = new Map<number, number[]>();

  /** The number of the lane, from 1: the first that is free. */
  take(node: number, fromMs: number, toMs: number): number {
    let lanes = this.freeMs.get(node);
    if (!lanes) this.freeMs.set(node, (lanes = []));
    const free = lanes.findIndex((endMs) => endMs <= fromMs);
    const lane = free === -1 ? lanes.length : free;
    lanes[lane] = toMs;
    return lane + 1;
  }
}
