/**
 * Where results lie and how they move. A copy stays where it was brought. A store that is fuller than Ray's threshold
 * spills to its node's disk.
 */
import { Copies, type Awaited } from './copies';
import { EVENT, type Events } from './events';
import { Lines } from './lines';
import type { Prepared } from './prepared';
import type { Random } from './random';
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
  private readonly isSpilled: Uint8Array;
  private readonly diskFree: Float64Array;
  private readonly used: Float64Array;
  private readonly capacity: Float64Array;
  private readonly copies: Copies;
  private readonly lines: Lines;
  private readonly nicBytesPerMs: number;
  private readonly diskBytesPerMs: number;

  constructor(
    cluster: SimCluster,
    private readonly costs: ObjectCosts,
    private readonly prepared: Pick<Prepared, 'graph' | 'bytesOf' | 'isLarge' | 'objectCount'>,
    private readonly events: Events,
    random: Random,
  ) {
    const { objectCount } = prepared;
    const capacities = cluster.groups.flatMap(({ type, count }) =>
      Array.from({ length: count }, () => storeBytes(type)),
    );
    const nodes = capacities.length;
    this.capacity = Float64Array.from(capacities);
    this.nodeOf = new Int32Array(objectCount).fill(-1);
    this.isSpilled = new Uint8Array(objectCount);
    this.diskFree = new Float64Array(nodes);
    this.used = new Float64Array(nodes);
    this.nicBytesPerMs = cluster.network.nicBytesPerMs;
    this.diskBytesPerMs = cluster.network.diskBytesPerMs;
    this.copies = new Copies(nodes, events, random);
    this.lines = new Lines(events, costs.transferMs);
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
    for (const row of [this.nodeOf, this.isSpilled]) {
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

  /** Whether all are on the node; those that are not are asked for, and `then` comes when they are. */
  bring(objects: Iterable<number>, node: number, then: Omit<Awaited, 'missing'> | null): boolean {
    const awaited = then && { ...then, missing: 0 };
    let areThere = true;
    for (const object of objects)
      if (!this.isInline(object) && !this.bringOne(object, node, awaited)) areThere = false;
    return areThere;
  }

  handle(kind: number, arg: number): void {
    if (kind === EVENT.lineDue) this.lines.due(arg);
    else if (kind === EVENT.copyThere) this.arrived(arg);
    else if (kind === EVENT.copySent) this.send(arg, this.nodeOf[this.copies.objectOf(arg)]!);
  }

  private bringOne(object: number, node: number, awaited: Awaited | null): boolean {
    const home = this.nodeOf[object]!;
    // An object of a task that has not run is taken as being there: the trace said so.
    if (home === -1 || (home === node && !this.isSpilled[object])) return true;
    let copy = this.copies.find(object, node);
    if (copy === NONE) {
      copy = this.copies.add(object, node);
      if (home === node) this.restore(copy);
      else this.request(copy, home);
    }
    return this.copies.has(copy, awaited);
  }

  private request(copy: number, home: number): void {
    const object = this.copies.objectOf(copy);
    const from = this.copies.holder(object, home);
    const isReady =
      from !== home ||
      this.bringOne(object, home, { missing: 0, fromMs: 0, kind: EVENT.copySent, arg: copy });
    if (isReady) this.send(copy, from);
  }

  private send(copy: number, from: number): void {
    const sizeBytes = this.prepared.bytesOf(this.copies.objectOf(copy));
    const lineMs = sizeBytes / this.nicBytesPerMs;
    this.transferredBytes += sizeBytes;
    this.transferMs += lineMs;
    if (lineMs + this.costs.transferMs === 0) this.arrived(copy);
    else this.lines.begin(copy, from, this.copies.nodeOf(copy), lineMs);
  }

  private arrived(copy: number): void {
    this.copies.there(copy, this.nodeOf[this.copies.objectOf(copy)]!);
  }

  /** Read back once: it stays in the store from then on. */
  private restore(copy: number): void {
    const node = this.copies.nodeOf(copy);
    const sizeBytes = this.prepared.bytesOf(this.copies.objectOf(copy));
    const readMs = Math.max(this.events.now, this.diskFree[node]!) + sizeBytes / this.diskBytesPerMs;
    this.diskFree[node] = readMs;
    this.events.at(readMs, EVENT.copyThere, copy);
  }
}
