/** What others that compute on the same machine cost a task that begins (`beside.ts` measured it). */
import type { Nodes } from './nodes';
import type { Host } from './simCluster';
import type { TaskGraph } from './taskGraph';

export class Slowdown {
  private readonly cpus: Float64Array;
  /** How much of a core a task keeps busy on average, of each CPU that it holds. */
  private readonly share: number;

  constructor(
    private readonly graph: TaskGraph,
    private readonly nodes: Nodes,
    private readonly host: Host | undefined,
  ) {
    this.cpus = nodes.cpus();
    this.share = graph.beside && graph.cpuShare ? shareOf(graph, graph.cpuShare) : 0;
  }

  /** Of `ownMs`, which it takes with the fewest others that were seen, what it takes now. */
  of(task: number, node: number, ownMs: number): number {
    const { beside, cpuShare, fn, shapes, shape } = this.graph;
    const perCore = beside?.perCore[fn[task]!] ?? 0;
    if (perCore === 0) return ownMs;
    const [least, most] = [beside!.leastCores[fn[task]!]!, beside!.mostCores[fn[task]!]!];
    const otherCpus = Math.max(0, this.busyCpus(node) - shapes[shape[task]!]!.cpus);
    const cores = Math.min(otherCpus * this.share, (this.host?.cores ?? Infinity) - 1, most);
    const longer = Math.exp(perCore * Math.max(0, cores - least)) - 1;
    return ownMs * (1 + Math.min(1, cpuShare?.[task] ?? 0) * longer);
  }

  /** Of all nodes where one machine plays them. */
  private busyCpus(node: number): number {
    if (!this.host) return this.cpus[node]! - this.nodes.freeCpus(node);
    return this.cpus.reduce((sum, cpus, at) => sum + cpus - this.nodes.freeCpus(at), 0);
  }
}

function shareOf({ durationMs }: TaskGraph, cpuShare: Float64Array): number {
  let [coreMs, allMs] = [0, 0];
  durationMs.forEach((ms, task) => {
    coreMs += ms * cpuShare[task]!;
    allMs += ms;
  });
  return allMs > 0 ? coreMs / allMs : 0;
}
