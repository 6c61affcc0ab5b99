/**
 * Where results lie and how they move. Each node has one line out and one line in; a transfer takes both for as long
 * as its bytes need and they are served in order of request, which moves the same bytes by the same time as sharing
 * them would. A copy stays where it was brought. A store that is fuller than Ray's threshold spills to its node's disk.
 */
import { NumberTable } from './numberTable';
import type { Prepared } from './prepared';
import { storeBytes, type SimCluster } from './simCluster';
import { NONE } from './taskGraph';

export interface ObjectCosts {
  transferMs: number;
  spillThreshold: number;
  storeMs: number;
  storeMsPerMb: number;
}

export class Objects {
  transferredBytes = 0;
  transferMs = 0;
  spilledBytes = 0;
  private readonly nodeOf: Int32Array;
  /** A second place that has it, so that many readers do not all wait for the first; -1 is none. */
  private readonly secondNode: Int32Array;
  private readonly isSpilled: Uint8Array;
  private readonly outFree: Float64Array;
  private readonly inFree: Float64Array;
  private readonly diskFree: Float64Array;
  private readonly used: Float64Array;
  private readonly capacity: Float64Array;
  private readonly copies = new NumberTable();
  private readonly nodes: number;
  private readonly nicBytesPerMs: number;
  private readonly diskBytesPerMs: number;

  constructor(
    cluster: SimCluster,
    private readonly costs: ObjectCosts,
    private readonly prepared: Pick<Prepared, 'graph' | 'bytesOf' | 'isLarge' | 'objectCount'>,
  ) {
    const { objectCount } = prepared;
    const capacities = cluster.groups.flatMap(({ type, count }) =>
      Array.from({ length: count }, () => storeBytes(type)),
    );
    const nodes = (this.nodes = capacities.length);
    this.capacity = Float64Array.from(capacities);
    this.nodeOf = new Int32Array(objectCount).fill(-1);
    this.secondNode = new Int32Array(objectCount).fill(-1);
    this.isSpilled = new Uint8Array(objectCount);
    this.outFree = new Float64Array(nodes);
    this.inFree = new Float64Array(nodes);
    this.diskFree = new Float64Array(nodes);
    this.used = new Float64Array(nodes);
    this.nicBytesPerMs = cluster.network.nicBytesPerMs;
    this.diskBytesPerMs = cluster.network.diskBytesPerMs;
  }

  isInline(object: number): boolean {
    return this.prepared.isLarge[object] === 0;
  }

  /** What the driver has put before its first step lies on the head. */
  createPuts(): void {
    const { size, putBytes, putBy } = this.prepared.graph;
    for (let put = 0; put < putBytes.length; put++) if (putBy[put] === NONE) this.create(size + put, 0, 0);
  }

  /** How long it takes to write a task's result. */
  writeMs(object: number): number {
    const { storeMs, storeMsPerMb } = this.costs;
    return this.isInline(object) ? 0 : storeMs + (this.prepared.bytesOf(object) / 1e6) * storeMsPerMb;
  }

  /** A result comes into being on a node. Returns how long its task has to wait for room. */
  create(object: number, node: number, nowMs: number): number {
    this.nodeOf[object] = node;
    // Of what streams there is never much at a time.
    if (this.isInline(object) || this.prepared.graph.streamed?.[object]) return 0;
    const size = this.prepared.bytesOf(object);
    const capacity = this.capacity[node]!;
    if (this.used[node]! + size <= capacity * this.costs.spillThreshold) {
      this.used[node]! += size;
      return 0;
    }
    this.isSpilled[object] = 1;
    this.spilledBytes += size;
    const writtenMs = Math.max(nowMs, this.diskFree[node]!) + size / this.diskBytesPerMs;
    this.diskFree[node] = writtenMs;
    const roomMs = (capacity * Math.max(0, 1 - this.costs.spillThreshold)) / this.diskBytesPerMs;
    return Math.max(0, writtenMs - nowMs - roomMs);
  }

  /** Each lies where the other has lain. */
  exchange(one: number, other: number): void {
    for (const row of [this.nodeOf, this.secondNode, this.isSpilled]) {
      const kept = row[one]!;
      row[one] = row[other]!;
      row[other] = kept;
    }
  }

  /** All that wanted it have had it. */
  drop(object: number): void {
    const node = this.nodeOf[object]!;
    const isRoomless = this.isInline(object) || this.prepared.graph.streamed?.[object];
    if (node === -1 || this.isSpilled[object] || isRoomless) return;
    this.used[node]! -= this.prepared.bytesOf(object);
  }

  /** The node that holds it; -1 while it is nowhere. */
  place(object: number): number {
    return this.nodeOf[object]!;
  }

  /** When the object is on the node, which is asked for now where it is not. */
  bring(object: number, node: number, nowMs: number): number {
    const home = this.nodeOf[object]!;
    // An object of a task that has not run is taken as being there: the trace said so.
    if (home === -1) return nowMs;
    if (home === node) return this.isSpilled[object] ? this.restore(object, node, nowMs) : nowMs;
    const key = object * this.nodes + node;
    const known = this.copies.get(key);
    if (known !== undefined) return known;
    const second = this.secondNode[object]!;
    const from = second !== -1 && this.outFree[second]! < this.outFree[home]! ? second : home;
    const readyMs = this.isSpilled[object] && from === home ? this.restore(object, home, nowMs) : nowMs;
    const size = this.prepared.bytesOf(object);
    const hasItMs = from === second ? (this.copies.get(object * this.nodes + second) ?? 0) : readyMs;
    const startMs = Math.max(hasItMs, readyMs, this.outFree[from]!, this.inFree[node]!);
    const lineMs = size / this.nicBytesPerMs;
    this.outFree[from] = startMs + lineMs;
    this.inFree[node] = startMs + lineMs;
    const thereMs = startMs + lineMs + this.costs.transferMs;
    this.copies.set(key, thereMs);
    this.secondNode[object] = node;
    this.transferredBytes += size;
    this.transferMs += lineMs;
    return thereMs;
  }

  /** Read back once: it stays in the store from then on. */
  private restore(object: number, node: number, nowMs: number): number {
    const key = object * this.nodes + node;
    const known = this.copies.get(key);
    if (known !== undefined) return Math.max(known, nowMs);
    const readMs =
      Math.max(nowMs, this.diskFree[node]!) + this.prepared.bytesOf(object) / this.diskBytesPerMs;
    this.diskFree[node] = readMs;
    this.copies.set(key, readMs);
    return readMs;
  }
}
