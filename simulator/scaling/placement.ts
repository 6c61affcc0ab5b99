/**
 * Which node a raylet chooses for a request: Ray's hybrid policy (hybrid_scheduling_policy.cc, and
 * `GetBestSchedulableNode` of cluster_resource_scheduler.cc).
 */
import { BUSY, IDLE, type Nodes } from './nodes';
import type { Random } from './random';

const SCAN_LIMIT = 16;
const PROBES = 6;

export interface PlacementRules {
  spreadThreshold: number;
  topKFraction: number;
  avoidGpuNodes: boolean;
  /** Any node that has room, at random: for clusters that are made endless to see what that would give. */
  isSpread?: boolean;
}

export class Placement {
  /** Nodes that `least` looks at, the best first, and their scores. */
  private readonly ranked = new Int32Array(SCAN_LIMIT);
  private readonly scores = new Float64Array(SCAN_LIMIT);

  constructor(
    private readonly nodes: Nodes,
    private readonly rules: PlacementRules,
    private readonly random: Random,
  ) {}

  /**
   * The raylet's own node while it is below the threshold or no fuller than the best other; else at random among the
   * best few. Requests without GPUs keep off nodes with GPUs where another has room. -1 where none has room.
   */
  choose(shape: number, home: number): number {
    if (this.rules.isSpread) return this.anyOf(shape);
    const { nodes } = this;
    const isLocalFit = nodes.fits(home, shape);
    const avoids = this.avoidsGpuNodes(shape);
    if (isLocalFit && !(avoids && nodes.isGpuNode[home])) {
      const score = nodes.ownScore(home);
      if (score === 0 || nodes.count === 1) return home;
      const other = this.bestOther(shape, home, avoids);
      if (other === -1 || score <= nodes.seenScore(other)) return home;
      return avoids && nodes.isGpuNode[other] ? home : other;
    }
    const other = nodes.count === 1 ? -1 : this.bestOther(shape, home, avoids);
    if (!isLocalFit) return other;
    return other === -1 || nodes.isGpuNode[other] ? home : other;
  }

  /** Another node than `home`, which has no room itself, that seems to have some; -1 where none has. */
  another(shape: number, home: number): number {
    if (this.nodes.count === 1) return -1;
    if (!this.rules.isSpread) return this.bestOther(shape, home, this.avoidsGpuNodes(shape));
    const any = this.anyOf(shape);
    return any === home ? -1 : any;
  }

  /**
   * Where a request waits while no node seems to have room: at the least full of those that could hold it, which is
   * `home` where none is less full. One that came for its arguments stays, as long as `home` could hold it.
   */
  waitsAt(shape: number, home: number, isThereForArguments: boolean): number {
    const { nodes } = this;
    const isLocal = nodes.isFeasible(home, shape);
    if (nodes.count === 1 || (isLocal && (isThereForArguments || nodes.isAllOrNothing(shape)))) return home;
    let best = isLocal ? home : -1;
    let least = isLocal ? nodes.ownScore(home) : Infinity;
    const isSmall = nodes.count <= SCAN_LIMIT;
    const looks = isSmall ? nodes.count : PROBES;
    const able = nodes.feasibleNodes(shape);
    for (let look = 0; look < Math.min(looks, able.length); look++) {
      const node = able[isSmall ? look : this.random.below(able.length)]!;
      const score = nodes.seenScore(node);
      if (node === home || score >= least) continue;
      least = score;
      best = node;
    }
    return best === -1 ? home : best;
  }

  private avoidsGpuNodes(shape: number): boolean {
    return this.rules.avoidGpuNodes && !this.nodes.wantsGpu(shape);
  }

  private anyOf(shape: number): number {
    const sizes = this.nodes.sizes.subarray(shape * 4, shape * 4 + 4);
    let at = this.random.below(sizes[0]! + sizes[1]! + sizes[2]! + sizes[3]!);
    for (let set = 0; set < 4; set++) {
      if (at < sizes[set]!) return this.nodes.members[shape * 4 + set]![at]!;
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
        return gpuNode !== -1 && this.nodes.seenScore(gpuNode) < this.nodes.seenScore(found)
          ? gpuNode
          : found;
      }
    }
    return -1;
  }

  private pick(shape: number, tier: number, level: number, home: number): number {
    const set = shape * 4 + tier * 2 + level - 1;
    const size = this.nodes.sizes[set]!;
    if (size === 0) return -1;
    const members = this.nodes.members[set]!;
    if (size <= SCAN_LIMIT) return this.least(members, size, home);
    if (level === IDLE) {
      const at = this.random.below(size);
      return members[at] === home ? members[(at + 1) % size]! : members[at]!;
    }
    let best = -1;
    for (let probe = 0; probe < PROBES; probe++) {
      const node = members[this.random.below(size)]!;
      if (node !== home && (best === -1 || this.nodes.seenScore(node) < this.nodes.seenScore(best)))
        best = node;
    }
    return best;
  }

  /** The lowest score, then the lowest number; among the best `topKFraction` at random where that is more than one. */
  private least(members: Int32Array, size: number, home: number): number {
    const { ranked, scores } = this;
    let count = 0;
    for (let at = 0; at < size; at++) {
      const node = members[at]!;
      if (node === home) continue;
      const score = this.nodes.seenScore(node);
      let hole = count++;
      for (; hole > 0; hole--) {
        const before = scores[hole - 1]!;
        if (before < score || (before === score && ranked[hole - 1]! < node)) break;
        ranked[hole] = ranked[hole - 1]!;
        scores[hole] = before;
      }
      ranked[hole] = node;
      scores[hole] = score;
    }
    if (count === 0) return -1;
    const k = Math.floor(this.rules.topKFraction * this.nodes.count);
    return ranked[k < 2 ? 0 : this.random.below(Math.min(k, count))]!;
  }
}
