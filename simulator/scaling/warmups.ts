/** The first call of a function in a worker pays for its imports; so many workers of a node have called it. */
import type { TaskGraph } from './taskGraph';

export class Warmups {
  private readonly warm: Int32Array;
  private readonly active: Int32Array;

  constructor(
    private readonly graph: TaskGraph,
    nodes: number,
  ) {
    const hasAny = graph.warmupMs.some((ms) => ms > 0);
    this.warm = new Int32Array(hasAny ? nodes * graph.functions.length : 0);
    this.active = new Int32Array(this.warm.length);
  }

  /** Extra time of a call that begins. */
  begin(fn: number, node: number): number {
    if (this.warm.length === 0) return 0;
    const at = node * this.graph.functions.length + fn;
    if (++this.active[at]! <= this.warm[at]!) return 0;
    this.warm[at] = this.active[at]!;
    return this.graph.warmupMs[fn]!;
  }

  end(fn: number, node: number): void {
    if (this.active.length > 0) this.active[node * this.graph.functions.length + fn]!--;
  }
}
