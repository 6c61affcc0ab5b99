/** Graphs and clusters for the tests of this folder. */
import type { GraphTask, NodeType, OverheadsName } from '../../../simulator/model/scaling';
import { fromGraphFile } from '../../../simulator/scaling/fromGraphFile';
import { checkGraph } from '../../../simulator/scaling/graphFile';
import { overheadsNamed, type Overheads } from '../../../simulator/scaling/overheads';
import { prepare } from '../../../simulator/scaling/prepared';
import { GIGABIT_BYTES_PER_MS, type SimCluster } from '../../../simulator/scaling/simCluster';
import type { SimResult } from '../../../simulator/scaling/simInput';
import { simulate } from '../../../simulator/scaling/simulation';
import type { TaskGraph } from '../../../simulator/scaling/taskGraph';

export type LooseTask = Partial<GraphTask> & { id: string };

/** A graph from tasks whose omitted fields are: 100 ms, 1 CPU, no GPU, no output, no producers. */
export function graphOf(tasks: LooseTask[], actors?: object[]): TaskGraph {
  const rows = tasks.map((task) => ({ durationMs: 100, ...task }));
  return fromGraphFile(checkGraph(actors ? { tasks: rows, actors } : { tasks: rows }, 'test'), 'test');
}

export function nodeOf(cpus: number, gpus = 0, more: Partial<NodeType> = {}): NodeType {
  return {
    name: 'node',
    cpus,
    gpus,
    memoryBytes: 0,
    resources: {},
    pricePerHour: null,
    count: null,
    ...more,
  };
}

export function clusterOf(
  groups: { type: NodeType; count: number }[],
  more: Partial<SimCluster> = {},
): SimCluster {
  return {
    groups,
    network: { nicBytesPerMs: 10 * GIGABIT_BYTES_PER_MS, diskBytesPerMs: 500_000 },
    isWarm: true,
    bootMs: 0,
    ...more,
  };
}

export interface RunOptions {
  overheads?: OverheadsName;
  costs?: Partial<Overheads>;
  seed?: number;
}

/** One replay; `none` also makes transfers free. */
export function run(graph: TaskGraph, cluster: SimCluster, options: RunOptions = {}): SimResult {
  const { overheads = 'none', seed = 1 } = options;
  const costs = { ...overheadsNamed(overheads), ...options.costs };
  const network =
    overheads === 'none' ? { nicBytesPerMs: Infinity, diskBytesPerMs: Infinity } : cluster.network;
  return simulate({
    prepared: prepare(graph, costs.inlineBytes),
    cluster: { ...cluster, network },
    costs,
    seed,
  });
}

export function fanOut(count: number, more: Partial<GraphTask> = {}): LooseTask[] {
  return Array.from({ length: count }, (_, at) => ({ id: `f${at}`, name: 'f', ...more }));
}
