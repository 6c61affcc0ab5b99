/** How many nodes that prepare data a GPU node needs, and what to do where the GPUs are what holds a run back. */
import { countOf, seconds } from '../model/format';
import type { Advice, NodeType } from '../model/scaling';
import type { Middle } from './forecast';
import { gpuReaders, ingestTasks, withReadersAt } from './readers';
import { nodeCount, totalOf, type SimCluster } from './simCluster';
import { simulate } from './simulation';
import { heaviest } from './where';

const LEAST_GAIN_PCT = 5;
/** A reader that takes less of the time for itself is not worth more readers. */
const LEAST_READING = 0.3;
const MORE_PER_GPU_NODE = [1, 2, 3, 4, 6, 8];

/** For one cluster, from its replay. */
export function adviseOnIngest({ input, result }: Middle): Advice[] {
  const { prepared, cluster } = input;
  const ingest = ingestTasks(prepared);
  if (!(result.timeMs > 0) || !ingest.includes(1)) return [];
  const withMore = moreNodes(cluster).map((more) => ({
    ...more,
    timeMs: simulate({ ...input, cluster: more.cluster }).timeMs,
  }));
  const bestMs = Math.min(...withMore.map(({ timeMs }) => timeMs));
  // The fewest that come within 5 % of the best.
  const enough = withMore.find(({ timeMs }) => timeMs <= bestMs * 1.05);
  const nodes = nodeCount(cluster);
  const gainPct = enough ? gain(result.timeMs, enough.timeMs) : 0;
  if (enough && gainPct >= LEAST_GAIN_PCT) {
    const text = `${feederOf(input.prepared.graph, ingest)} holds the GPUs back on ${clusterWords(cluster)}: there ${seconds(result.timeMs)}. ${enough.words} would make it ${seconds(enough.timeMs)}${also(withMore[0]!, enough)}.`;
    return [{ text, where: null, gainPct, nodes }];
  }
  const readers = gpuReaders(prepared.graph).tasks;
  const own = readers.reduce((sum, task) => sum + prepared.graph.durationMs[task]!, 0) / readers.length;
  if (readers.length === 0 || own < LEAST_READING * result.timeMs) return [];
  const { timeMs } = simulate({ ...input, prepared: withReadersAt(0.5, prepared, readers) });
  const name = prepared.graph.functions[prepared.graph.fn[readers[0]!]!]!.name;
  const text = `${name} itself takes ${seconds(own)} of ${seconds(result.timeMs)} on ${clusterWords(cluster)}, and more nodes that prepare data do not help. GPUs of twice the speed would make it ${seconds(timeMs)}; twice as many workers, with half of the data each, about as much.`;
  const advice = { text, where: null, gainPct: gain(result.timeMs, timeMs), nodes };
  return advice.gainPct >= LEAST_GAIN_PCT ? [advice] : [];
}

/** With so many more nodes without GPUs, like those that are there, for each node with some. */
function moreNodes(cluster: SimCluster): { cluster: SimCluster; words: string; perGpuNode: number }[] {
  const ofGpus = cluster.groups.filter(({ type }) => type.gpus > 0);
  const gpuNodes = ofGpus.reduce((sum, { count }) => sum + count, 0);
  const like = cluster.groups.find(({ type }) => type.gpus === 0)?.type ?? ofGpus[0]?.type;
  if (!like || gpuNodes === 0) return [];
  const type: NodeType = { ...like, gpus: 0 };
  return MORE_PER_GPU_NODE.map((perGpuNode) => {
    const count = perGpuNode * gpuNodes;
    const nodes = perGpuNode === 1 ? '1 more node' : `${perGpuNode} more nodes`;
    return {
      perGpuNode,
      cluster: { ...cluster, groups: [...cluster.groups, { type, count }] },
      words: `${nodes} of ${countOf(type.cpus, 'CPU')} for each GPU node`,
    };
  });
}

function also(first: { timeMs: number; perGpuNode: number }, enough: { perGpuNode: number }): string {
  return enough.perGpuNode === 1 ? '' : ` (1 more for each: ${seconds(first.timeMs)})`;
}

/** The function that most of the time for preparing data goes into. */
function feederOf(graph: Middle['input']['prepared']['graph'], ingest: Uint8Array): string {
  const { fn } = heaviest(graph, (task) => ingest[task]! * graph.durationMs[task]!);
  return graph.functions[fn]!.name;
}

function clusterWords(cluster: SimCluster): string {
  const gpus = totalOf(cluster, 'gpus');
  return `${countOf(nodeCount(cluster), 'node')} with ${countOf(totalOf(cluster, 'cpus'), 'CPU')} and ${countOf(gpus, 'GPU')}`;
}

function gain(fromMs: number, toMs: number): number {
  return ((fromMs - toMs) / fromMs) * 100;
}
