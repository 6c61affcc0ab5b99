/**
 * The nodes' resources: what is free (`free`), and what other raylets believe is free (`seen`), which is as old as the
 * last report. Per shape there are sets of the nodes that seem to have room for it, so that a choice costs the same
 * with one node as with ten thousand.
 */
import { canHold, nodeCount, type SimCluster } from './simCluster';
import type { ResourceShape } from './taskGraph';

/** Ray counts resources in ten-thousandths, so that sums of fractions are exact. */
const UNIT = 10_000;
const CPU = 0;
const GPU = 1;
const MEMORY = 2;
const ABSENT = 0;
/** Below the spread threshold: as good as empty. */
export const IDLE = 1;
export const BUSY = 2;

export class Nodes {
  readonly count: number;
  readonly type: Int32Array;
  readonly isGpuNode: Uint8Array;
  readonly free: Float64Array;
  readonly seen: Float64Array;
  private readonly total: Float64Array;
  private readonly amounts: Float64Array;
  private readonly dims: number;
  /** Whether a shape fits an empty node of a type: `shape * types + type`. */
  private readonly feasible: Uint8Array;
  private readonly able: Int32Array[] = [];
  private readonly allOrNothing: Uint8Array;
  private readonly state: Uint8Array;
  private readonly position: Int32Array;
  /** Nodes that seem to have room, by `setOf`, and how many there are. */
  readonly members: Int32Array[];
  readonly sizes: Int32Array;
  private readonly types: number;

  constructor(
    cluster: SimCluster,
    private readonly shapes: readonly ResourceShape[],
    private readonly spreadThreshold: number,
  ) {
    const count = (this.count = nodeCount(cluster));
    const custom = customNames(cluster, shapes);
    const dims = (this.dims = 3 + custom.length);
    this.types = cluster.groups.length;
    this.type = new Int32Array(count);
    this.isGpuNode = new Uint8Array(count);
    this.total = new Float64Array(count * dims);
    this.free = new Float64Array(count * dims);
    this.seen = new Float64Array(count * dims);
    let node = 0;
    cluster.groups.forEach(({ type, count: ofType }, index) => {
      const row = [
        Math.round(type.cpus * UNIT),
        Math.round(type.gpus * UNIT),
        type.memoryBytes > 0 ? type.memoryBytes : Infinity,
        ...custom.map((name) => Math.round((type.resources[name] ?? 0) * UNIT)),
      ];
      for (let n = 0; n < ofType; n++, node++) {
        this.type[node] = index;
        this.isGpuNode[node] = type.gpus > 0 ? 1 : 0;
        this.total.set(row, node * dims);
      }
    });
    this.amounts = Float64Array.from(
      shapes.flatMap((shape) => [
        Math.round(shape.cpus * UNIT),
        Math.round(shape.gpus * UNIT),
        shape.memoryBytes,
        ...custom.map((name) => Math.round((shape.custom[name] ?? 0) * UNIT)),
      ]),
    );
    this.feasible = Uint8Array.from(
      shapes.flatMap((shape) => cluster.groups.map(({ type }) => (canHold(type, shape) ? 1 : 0))),
    );
    this.allOrNothing = Uint8Array.from(shapes, (shape) => (isAllOrNothing(shape, shapes, cluster) ? 1 : 0));
    this.state = new Uint8Array(shapes.length * count);
    this.position = new Int32Array(shapes.length * count);
    this.members = Array.from({ length: shapes.length * 4 }, () => new Int32Array(Math.min(count, 16)));
    this.sizes = new Int32Array(shapes.length * 4);
  }

  /** Of each node, all of them. */
  cpus(): Float64Array {
    return Float64Array.from(this.type, (_, node) => this.total[node * this.dims + CPU]! / UNIT);
  }

  freeCpus(node: number): number {
    return this.free[node * this.dims + CPU]! / UNIT;
  }

  /** A node is there from now on. */
  up(node: number): void {
    const from = node * this.dims;
    this.free.set(this.total.subarray(from, from + this.dims), from);
    this.report(node);
  }

  fits(node: number, shape: number): boolean {
    return this.hasRoom(this.free, node, shape);
  }

  take(node: number, shape: number): void {
    this.change(this.free, node, shape, -1);
  }

  /** Others believe that a shape is taken, whether it will be or not. */
  promise(node: number, shape: number): void {
    this.change(this.seen, node, shape, -1);
    this.sort(node);
  }

  give(node: number, shape: number): void {
    this.change(this.free, node, shape, 1);
  }

  /** A task that waits in `ray.get` lends its CPUs; what comes back may find them taken, and takes them all the same. */
  lendCpus(node: number, shape: number, sign: 1 | -1): void {
    this.free[node * this.dims + CPU]! += sign * this.amounts[shape * this.dims + CPU]!;
  }

  /** Others learn what the node has free. */
  report(node: number): void {
    const from = node * this.dims;
    for (let dim = 0; dim < this.dims; dim++) this.seen[from + dim] = this.free[from + dim]!;
    this.sort(node);
  }

  /** Whether an empty node could hold a shape. */
  isFeasible(node: number, shape: number): boolean {
    return this.feasible[shape * this.types + this.type[node]!] === 1;
  }

  /** Whether other raylets believe that there is room. */
  seemsToFit(node: number, shape: number): boolean {
    return this.hasRoom(this.seen, node, shape);
  }

  /** Those that could hold a shape if they were empty. */
  feasibleNodes(shape: number): Int32Array {
    return (this.able[shape] ??= Int32Array.from(this.type.keys()).filter((node) =>
      this.isFeasible(node, shape),
    ));
  }

  /**
   * Whether a node without room for a shape is always full: where all that is asked for is the same number of CPUs, and
   * nodes have multiples of it.
   */
  isAllOrNothing(shape: number): boolean {
    return this.allOrNothing[shape] === 1;
  }

  wantsGpu(shape: number): boolean {
    return this.amounts[shape * this.dims + GPU]! > 0;
  }

  /** How full a node is, 0–1, as other raylets believe; 0 below the spread threshold. */
  seenScore(node: number): number {
    return this.score(this.seen, node);
  }

  /** How full it is. */
  ownScore(node: number): number {
    return this.score(this.free, node);
  }

  private score(from: Float64Array, node: number): number {
    const used = this.utilisation(from, node);
    return used < this.spreadThreshold ? 0 : used;
  }

  private utilisation(from: Float64Array, node: number): number {
    const total = this.total[node * this.dims + CPU]!;
    return total === 0 ? 0 : 1 - from[node * this.dims + CPU]! / total;
  }

  private hasRoom(from: Float64Array, node: number, shape: number): boolean {
    if (!this.isFeasible(node, shape)) return false;
    const at = node * this.dims;
    const want = shape * this.dims;
    for (let dim = 0; dim < this.dims; dim++) {
      const amount = this.amounts[want + dim]!;
      if (amount > 0 && amount > from[at + dim]!) return false;
    }
    // A node that is not up yet has nothing at all, not even room for what needs nothing.
    return from[at + MEMORY]! > 0;
  }

  private change(row: Float64Array, node: number, shape: number, sign: 1 | -1): void {
    const at = node * this.dims;
    const want = shape * this.dims;
    for (let dim = 0; dim < this.dims; dim++) row[at + dim]! += sign * this.amounts[want + dim]!;
  }

  /** Puts the node into the sets that it now belongs to. */
  private sort(node: number): void {
    const level = this.utilisation(this.seen, node) < this.spreadThreshold ? IDLE : BUSY;
    for (let shape = 0; shape < this.shapes.length; shape++) {
      const now = this.hasRoom(this.seen, node, shape) ? level : ABSENT;
      const at = shape * this.count + node;
      const before = this.state[at]!;
      if (now === before) continue;
      if (before !== ABSENT) this.leave(shape, node, before);
      if (now !== ABSENT) this.join(shape, node, now);
      this.state[at] = now;
    }
  }

  private join(shape: number, node: number, level: number): void {
    const set = shape * 4 + this.isGpuNode[node]! * 2 + level - 1;
    let members = this.members[set]!;
    const size = this.sizes[set]!++;
    if (size === members.length) {
      const larger = new Int32Array(Math.min(this.count, size * 4));
      larger.set(members);
      this.members[set] = members = larger;
    }
    members[size] = node;
    this.position[shape * this.count + node] = size;
  }

  private leave(shape: number, node: number, level: number): void {
    const set = shape * 4 + this.isGpuNode[node]! * 2 + level - 1;
    const members = this.members[set]!;
    const last = members[--this.sizes[set]!]!;
    const at = this.position[shape * this.count + node]!;
    members[at] = last;
    this.position[shape * this.count + last] = at;
  }
}

function isAllOrNothing(shape: ResourceShape, all: readonly ResourceShape[], cluster: SimCluster): boolean {
  const isOfCpusAlone = shape.gpus === 0 && shape.memoryBytes === 0 && Object.keys(shape.custom).length === 0;
  return (
    isOfCpusAlone &&
    all.every(({ cpus }) => cpus === 0 || cpus === shape.cpus) &&
    cluster.groups.every(({ type }) => type.cpus % shape.cpus === 0)
  );
}

function customNames(cluster: SimCluster, shapes: readonly ResourceShape[]): string[] {
  const names = new Set(shapes.flatMap((shape) => Object.keys(shape.custom)));
  for (const { type } of cluster.groups) for (const name of Object.keys(type.resources)) names.add(name);
  return [...names].sort();
}
