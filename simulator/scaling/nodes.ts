/**
 * The nodes' resources: what is free (`free`), and what other raylets believe is free (`seen`), which is as old as the
 * last report. Per shape there are sets of the nodes that seem to have room for it, so that a choice costs the same
 * with one node as with ten thousand.
 */
import type { Random } from './random';
import { canHold, nodeCount, type SimCluster } from './simCluster';
import type { ResourceShape } from './taskGraph';

/** Ray counts resources in ten-thousandths, so that sums of fractions are exact. */
const UNIT = 10_000;
const CPU = 0;
const GPU = 1;
const MEMORY = 2;
const ABSENT = 0;
/** Below the spread threshold: as good as empty. */
const IDLE = 1;
const BUSY = 2;
const SCAN_LIMIT = 16;
const PROBES = 6;

export interface PlacementRules {
  spreadThreshold: number;
  topKFraction: number;
  avoidGpuNodes: boolean;
  /** Any node that has room, at random: for clusters that are made endless to see what that would give. */
  isSpread?: boolean;
}

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
  private readonly state: Uint8Array;
  private readonly position: Int32Array;
  private readonly members: Int32Array[];
  private readonly sizes: Int32Array;
  private readonly types: number;

  constructor(
    cluster: SimCluster,
    private readonly shapes: readonly ResourceShape[],
    private readonly rules: PlacementRules,
    private readonly random: Random,
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

  /**
   * Ray's hybrid policy as a raylet follows it (src/ray/raylet/scheduling/policy/hybrid_scheduling_policy.cc): the
   * raylet's own node while it is below the threshold or no fuller than the best other; else at random among the
   * best few. Requests without GPUs keep off nodes with GPUs where another has room. -1 where none has room.
   */
  choose(shape: number, home: number): number {
    if (this.rules.isSpread) return this.anyOf(shape);
    const isLocalFit = this.hasRoom(this.free, home, shape);
    const avoids = this.rules.avoidGpuNodes && this.amounts[shape * this.dims + GPU] === 0;
    if (isLocalFit && !(avoids && this.isGpuNode[home])) {
      const score = this.utilisation(this.free, home);
      if (score < this.rules.spreadThreshold || this.count === 1) return home;
      const other = this.bestOther(shape, home, avoids);
      if (other === -1 || score <= this.scoreOf(other)) return home;
      return avoids && this.isGpuNode[other] ? home : other;
    }
    const other = this.count === 1 ? -1 : this.bestOther(shape, home, avoids);
    if (!isLocalFit) return other;
    return other === -1 || this.isGpuNode[other] ? home : other;
  }

  /** Another node than `home`, which has no room itself, that seems to have some; -1 where none has. */
  another(shape: number, home: number): number {
    if (this.count === 1) return -1;
    const avoids = this.rules.avoidGpuNodes && this.amounts[shape * this.dims + GPU] === 0;
    if (!this.rules.isSpread) return this.bestOther(shape, home, avoids);
    const any = this.anyOf(shape);
    return any === home ? -1 : any;
  }

  private anyOf(shape: number): number {
    const sizes = this.sizes.subarray(shape * 4, shape * 4 + 4);
    let at = this.random.below(sizes[0]! + sizes[1]! + sizes[2]! + sizes[3]!);
    for (let set = 0; set < 4; set++) {
      if (at < sizes[set]!) return this.members[shape * 4 + set]![at]!;
      at -= sizes[set]!;
    }
    return -1;
  }

  private bestOther(shape: number, home: number, avoidsGpuNodes: boolean): number {
    for (let tier = 0; tier < 2; tier++) {
      for (const level of [IDLE, BUSY]) {
        const found = this.pick(shape, tier, level, home);
        if (found === -1) continue;
        if (avoidsGpuNodes || tier === 1) return found;
        // Both kinds of nodes count alike: the better of the two.
        const gpuNode = this.pick(shape, 1, IDLE, home);
        return gpuNode !== -1 && this.scoreOf(gpuNode) < this.scoreOf(found) ? gpuNode : found;
      }
    }
    return -1;
  }

  private pick(shape: number, tier: number, level: number, home: number): number {
    const set = shape * 4 + tier * 2 + level - 1;
    const size = this.sizes[set]!;
    if (size === 0) return -1;
    const members = this.members[set]!;
    if (size <= SCAN_LIMIT) return this.least(members, size, home);
    if (level === IDLE) {
      const at = this.random.below(size);
      return members[at] === home ? members[(at + 1) % size]! : members[at]!;
    }
    let best = -1;
    for (let probe = 0; probe < PROBES; probe++) {
      const node = members[this.random.below(size)]!;
      if (node !== home && (best === -1 || this.scoreOf(node) < this.scoreOf(best))) best = node;
    }
    return best;
  }

  /** The lowest score, then the lowest number; among the best `topKFraction` at random where that is more than one. */
  private least(members: Int32Array, size: number, home: number): number {
    let best = -1;
    for (let at = 0; at < size; at++) {
      const node = members[at]!;
      if (node === home) continue;
      if (best === -1 || this.ranksBefore(node, best)) best = node;
    }
    const k = Math.floor(this.rules.topKFraction * this.count);
    if (k < 2 || best === -1) return best;
    const ranked = Array.from(members.subarray(0, size)).filter((node) => node !== home);
    ranked.sort((a, b) => this.scoreOf(a) - this.scoreOf(b) || a - b);
    return ranked[this.random.below(Math.min(k, ranked.length))]!;
  }

  private ranksBefore(a: number, b: number): boolean {
    const difference = this.scoreOf(a) - this.scoreOf(b);
    return difference < 0 || (difference === 0 && a < b);
  }

  private scoreOf(node: number): number {
    const used = this.utilisation(this.seen, node);
    return used < this.rules.spreadThreshold ? 0 : used;
  }

  private utilisation(from: Float64Array, node: number): number {
    const total = this.total[node * this.dims + CPU]!;
    return total === 0 ? 0 : 1 - from[node * this.dims + CPU]! / total;
  }

  private hasRoom(from: Float64Array, node: number, shape: number): boolean {
    if (!this.feasible[shape * this.types + this.type[node]!]) return false;
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
    const level = this.utilisation(this.seen, node) < this.rules.spreadThreshold ? IDLE : BUSY;
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

function customNames(cluster: SimCluster, shapes: readonly ResourceShape[]): string[] {
  const names = new Set(shapes.flatMap((shape) => Object.keys(shape.custom)));
  for (const { type } of cluster.groups) for (const name of Object.keys(type.resources)) names.add(name);
  return [...names].sort();
}
