/** Lease requests and leases as rows of flat arrays that are used again, and the order in which requests wait. */
import { NONE } from './taskGraph';

export class LeasePool {
  key = new Int32Array(256);
  /** The task that it was asked for; another of its key may get it. */
  task = new Int32Array(256);
  /** Where it waits. */
  home = new Int32Array(256);
  node = new Int32Array(256);
  startMs = new Float64Array(256);
  private readonly unused: number[] = [];
  private size = 0;

  take(key: number, task: number, home: number): number {
    const lease = this.unused.pop() ?? this.size++;
    if (lease === this.key.length) this.grow();
    this.key[lease] = key;
    this.task[lease] = task;
    this.home[lease] = home;
    this.node[lease] = NONE;
    return lease;
  }

  release(lease: number): void {
    this.unused.push(lease);
  }

  private grow(): void {
    this.key = doubled(this.key);
    this.task = doubled(this.task);
    this.home = doubled(this.home);
    this.node = doubled(this.node);
    const startMs = new Float64Array(this.startMs.length * 2);
    startMs.set(this.startMs);
    this.startMs = startMs;
  }
}

/** Waiting requests in two orders at once: all of a shape, and those of a shape at one node. */
export class ListOfLeases {
  private readonly heads: Int32Array;
  private readonly tails: Int32Array;
  private readonly localHeads: Int32Array;
  private readonly localTails: Int32Array;
  private next = new Int32Array(256);
  private previous = new Int32Array(256);
  private localNext = new Int32Array(256);
  private localPrevious = new Int32Array(256);
  private shapeOf = new Int32Array(256);
  private order = new Float64Array(256);
  private sequence = 0;

  constructor(
    private readonly pool: LeasePool,
    nodes: number,
    private readonly shapes: number,
  ) {
    this.heads = new Int32Array(shapes).fill(NONE);
    this.tails = new Int32Array(shapes).fill(NONE);
    this.localHeads = new Int32Array(nodes * shapes).fill(NONE);
    this.localTails = new Int32Array(nodes * shapes).fill(NONE);
  }

  hasAny(node: number, shape: number): boolean {
    return this.localHeads[node * this.shapes + shape] !== NONE;
  }

  first(shape: number): number {
    return this.heads[shape]!;
  }

  add(lease: number, node: number, shape: number): void {
    while (lease >= this.next.length) this.grow();
    const local = node * this.shapes + shape;
    this.shapeOf[lease] = shape;
    this.order[lease] = this.sequence++;
    this.next[lease] = this.localNext[lease] = NONE;
    const before = (this.previous[lease] = this.tails[shape]!);
    if (before === NONE) this.heads[shape] = lease;
    else this.next[before] = lease;
    this.tails[shape] = lease;
    const localBefore = (this.localPrevious[lease] = this.localTails[local]!);
    if (localBefore === NONE) this.localHeads[local] = lease;
    else this.localNext[localBefore] = lease;
    this.localTails[local] = lease;
  }

  remove(lease: number): void {
    const shape = this.shapeOf[lease]!;
    const local = this.pool.home[lease]! * this.shapes + shape;
    const after = this.next[lease]!;
    const before = this.previous[lease]!;
    if (before === NONE) this.heads[shape] = after;
    else this.next[before] = after;
    if (after === NONE) this.tails[shape] = before;
    else this.previous[after] = before;
    const localAfter = this.localNext[lease]!;
    const localBefore = this.localPrevious[lease]!;
    if (localBefore === NONE) this.localHeads[local] = localAfter;
    else this.localNext[localBefore] = localAfter;
    if (localAfter === NONE) this.localTails[local] = localBefore;
    else this.localPrevious[localAfter] = localBefore;
  }

  /** The request that has waited longest at a node among the shapes that fit. */
  firstFitting(node: number, fits: (shape: number) => boolean): number {
    let best = NONE;
    for (let shape = 0; shape < this.shapes; shape++) {
      const lease = this.localHeads[node * this.shapes + shape]!;
      if (lease === NONE || (best !== NONE && this.order[lease]! > this.order[best]!)) continue;
      if (fits(shape)) best = lease;
    }
    return best;
  }

  /** The request that has waited longest anywhere, of a shape that is not `blocked`. */
  earliest(blocked: ReadonlySet<number>): number {
    let best = NONE;
    for (let shape = 0; shape < this.shapes; shape++) {
      const lease = this.heads[shape]!;
      if (lease === NONE || (blocked.size > 0 && blocked.has(shape))) continue;
      if (best === NONE || this.order[lease]! < this.order[best]!) best = lease;
    }
    return best;
  }

  private grow(): void {
    this.next = doubled(this.next);
    this.previous = doubled(this.previous);
    this.localNext = doubled(this.localNext);
    this.localPrevious = doubled(this.localPrevious);
    this.shapeOf = doubled(this.shapeOf);
    const order = new Float64Array(this.order.length * 2);
    order.set(this.order);
    this.order = order;
  }
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2);
  larger.set(column);
  return larger;
}
