/** Large arguments of a task: where most of them are, and when all are on a node. */
import type { Objects } from './objects';
import type { Prepared } from './prepared';
import { NONE } from './taskGraph';

export class Arguments {
  constructor(
    private readonly prepared: Prepared,
    private readonly objects: Objects,
    private readonly costs: { argumentsMs: number; argumentMs: number },
  ) {}

  /** How long a worker that has a task takes until all are in its hands, where they lie on its node. */
  readMs(task: number): number {
    if (!this.prepared.hasLargeArguments[task]) return 0;
    const { depStart, deps } = this.prepared.graph;
    let readMs = this.costs.argumentsMs;
    for (let edge = depStart[task]!; edge < depStart[task + 1]!; edge++)
      if (!this.objects.isInline(deps[edge]!)) readMs += this.costs.argumentMs;
    return readMs;
  }

  /** The node that holds most bytes of them; `otherwise` where there are none. */
  homeOf(task: number, otherwise: number): number {
    const { hasLargeArguments, graph, bytesOf } = this.prepared;
    if (!hasLargeArguments[task]) return otherwise;
    const from = graph.depStart[task]!;
    const to = graph.depStart[task + 1]!;
    let best = otherwise;
    let most = 0;
    for (let edge = from; edge < to; edge++) {
      const node = this.objects.place(graph.deps[edge]!);
      if (node === NONE) continue;
      let there = 0;
      for (let other = from; other < to; other++) {
        const object = graph.deps[other]!;
        if (this.objects.place(object) === node) there += bytesOf(object);
      }
      if (there > most) {
        most = there;
        best = node;
      }
    }
    return best;
  }

  /** Asks for those that are not on the node. */
  bring(task: number, node: number): void {
    if (this.prepared.hasLargeArguments[task]) this.objects.bring(this.of(task), node, null);
  }

  /** Whether all are on the node; those that are not are asked for, and an event comes when they are, not before `fromMs`. */
  areThere(task: number, node: number, fromMs: number, kind: number, arg: number): boolean {
    if (!this.prepared.hasLargeArguments[task]) return true;
    return this.objects.bring(this.of(task), node, { fromMs, kind, arg });
  }

  private of(task: number): Int32Array {
    const { depStart, deps } = this.prepared.graph;
    return deps.subarray(depStart[task], depStart[task + 1]);
  }

  /** All of a task's arguments have been read once more. */
  drop(task: number, readers: Int32Array): void {
    if (!this.prepared.hasLargeArguments[task]) return;
    const { size, depStart, deps } = this.prepared.graph;
    for (let edge = depStart[task]!; edge < depStart[task + 1]!; edge++) {
      const object = deps[edge]!;
      if (object < size && --readers[object]! === 0) this.objects.drop(object);
    }
  }
}
