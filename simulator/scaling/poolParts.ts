/**
 * How many parts the waits on a pool count where tasks are split. A pool's members are taken in the order of their
 * submission: a wait for so many of them waits for all parts of as many.
 */
import { pushTo } from './pushTo';
import { NONE, STEP, type TaskGraph } from './taskGraph';

export class PoolParts {
  /** By pool: how many parts its first 0, 1, 2, … members have. */
  private readonly sums: number[][];
  /** By step that takes results: of how many parts. */
  private readonly taken = new Map<number, number>();

  /** `parts`: by task, into how many it is split. */
  constructor(graph: TaskGraph, parts: Int32Array) {
    this.sums = Array.from({ length: graph.poolCount }, () => [0]);
    graph.pool?.forEach((pool, task) => {
      if (pool !== NONE) this.sums[pool]!.push(this.sums[pool]!.at(-1)! + parts[task]!);
    });
    const takes = new Map<number, number[]>();
    graph.stepKind.forEach((kind, step) => {
      if (kind === STEP.take) pushTo(takes, graph.stepPool[step]!, step);
    });
    for (const [pool, steps] of takes) this.shareOut(pool, steps, graph.stepArg);
  }

  /** How many have to have ended where `members` of the pool had. */
  partsOfFirst(members: number, pool: number): number {
    const sums = this.sums[pool]!;
    return sums[Math.min(members, sums.length - 1)]!;
  }

  /** How many steps one of a pool becomes: as many as it takes results. */
  stepsFor(step: number): number {
    return this.taken.get(step) ?? 1;
  }

  /** The take that waits for the fewest gets the first member's parts, and so on: no more are taken than have ended. */
  private shareOut(pool: number, steps: number[], counts: Int32Array): void {
    steps.sort((a, b) => counts[a]! - counts[b]!);
    steps.forEach((step, at) =>
      this.taken.set(step, this.partsOfFirst(at + 1, pool) - this.partsOfFirst(at, pool)),
    );
  }
}
