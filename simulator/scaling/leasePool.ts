/** Lease requests and leases as rows of flat arrays that are used again, and the order in which requests wait. */
import type { FairShare } from './fairShare';
import { NONE } from './taskGraph';

export class LeasePool {
  key = new Int32Array(256);
  /** The task that it was asked for; another of its key may get it. */
  task = new Int32Array(256);
  /** The raylet that was asked first. */
  first = new Int32Array(256);
  /** Where it waits. */
  home = new Int32Array(256);
  /** Whether another raylet has sent it where it waits: from there it can only be refused (`grant_or_reject`). */
  isSent = new Uint8Array(256);
  node = new Int32Array(256);
  startMs = new Float64Array(256);
  private readonly unused: number[] = [];
  private size = 0;

  take(key: number, task: number, home: number): number {
    const lease = this.unused.pop() ?? this.size++;
    if (lease === this.key.length) this.grow();
    this.key[lease] = key;
    this.task[lease] = task;
    this.first[lease] = home;
    this.home[lease] = home;
    this.isSent[lease] = 0;
    this.node[lease] = NONE;
    return lease;
  }

  release(lease: number): void {
    this.unused.push(lease);
  }

  private grow(): void {
    this.key = doubled(this.key);
    this.task = doubled(this.task);
    this.first = doubled(this.first);
    this.home = doubled(this.home);
    const isSent = new Uint8Array(this.isSent.length * 2);
    isSent.set(this.isSent);
    this.isSent = isSent;
    this.node = doubled(this.node);
    const startMs = new Float64Array(this.startMs.length * 2);
    startMs.set(this.startMs);
    this.startMs = startMs;
  }
}

/** Waiting requests, first come first served within a class: all of a class, and those of a class at one node. */
export class ListOfLeases {
  private readonly heads: Int32Array;
  private readonly tails: Int32Array;
  private readonly localHeads: Int32Array;
  private readonly localTails: Int32Array;
  private after = new Int32Array(256);
  private previous = new Int32Array(256);
  private localNext = new Int32Array(256);
  private localPrevious = new Int32Array(256);
  private classOf = new Int32Array(256);
  private order = new Float64Array(256);
  private sequence = 0;

  constructor(
    private readonly pool: LeasePool,
    nodes: number,
    private readonly classes: number,
    private readonly share: FairShare | null,
  ) {
    this.heads = new Int32Array(classes).fill(NONE);
    this.tails = new Int32Array(classes).fill(NONE);
    this.localHeads = new Int32Array(nodes * classes).fill(NONE);
    this.localTails = new Int32Array(nodes * classes).fill(NONE);
  }

  first(cls: number): number {
    return this.heads[cls]!;
  }

  firstAt(node: number, cls: number): number {
    return this.localHeads[node * this.classes + cls]!;
  }

  add(lease: number, node: number, cls: number): void {
    while (lease >= this.after.length) this.grow();
    const local = node * this.classes + cls;
    this.classOf[lease] = cls;
    this.order[lease] = this.sequence++;
    this.after[lease] = this.localNext[lease] = NONE;
    const before = (this.previous[lease] = this.tails[cls]!);
    if (before === NONE) this.heads[cls] = lease;
    else this.after[before] = lease;
    this.tails[cls] = lease;
    const localBefore = (this.localPrevious[lease] = this.localTails[local]!);
    if (localBefore === NONE) this.localHeads[local] = lease;
    else this.localNext[localBefore] = lease;
    this.localTails[local] = lease;
    this.share?.wait(node, cls, 1);
  }

  remove(lease: number): void {
    const cls = this.classOf[lease]!;
    const local = this.pool.home[lease]! * this.classes + cls;
    const after = this.after[lease]!;
    const before = this.previous[lease]!;
    if (before === NONE) this.heads[cls] = after;
    else this.after[before] = after;
    if (after === NONE) this.tails[cls] = before;
    else this.previous[after] = before;
    const localAfter = this.localNext[lease]!;
    const localBefore = this.localPrevious[lease]!;
    if (localBefore === NONE) this.localHeads[local] = localAfter;
    else this.localNext[localBefore] = localAfter;
    if (localAfter === NONE) this.localTails[local] = localBefore;
    else this.localPrevious[localAfter] = localBefore;
    this.share?.wait(this.pool.home[lease]!, cls, -1);
  }

  /** The request that has waited longest anywhere, of a class that is fine. */
  oldest(isFine: (cls: number) => boolean): number {
    let best = NONE;
    for (let cls = 0; cls < this.classes; cls++) {
      const lease = this.heads[cls]!;
      if (lease === NONE || (best !== NONE && this.order[lease]! > this.order[best]!)) continue;
      if (isFine(cls)) best = lease;
    }
    return best;
  }

  private grow(): void {
    this.after = doubled(this.after);
    this.previous = doubled(this.previous);
    this.localNext = doubled(this.localNext);
    this.localPrevious = doubled(this.localPrevious);
    this.classOf = doubled(this.classOf);
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
