/** What is measured of nodes over time: the charts of the nodes' list, and the bands under nodes in the timeline. */
import type { NodeSample } from '../simulator/model/cluster';
import type { NodeSeries } from '../simulator/model/trace';
import * as format from '../simulator/model/format';

export interface Metric {
  id: 'cpu' | 'memory' | 'store' | 'gpu';
  title: string;
  hint: string;
  color: string;
  /** Whether any node can say anything about it. */
  shown(nodes: readonly NodeSeries[]): boolean;
  value(sample: NodeSample, node: NodeSeries): number | null;
  max(node: NodeSeries): number;
  text(value: number | null, node: NodeSeries): string;
  claimed?(sample: NodeSample, node: NodeSeries): number | null;
  /** The engine's own, of all samples; absent takes the largest of those that were sent. */
  peak?(node: NodeSeries): number | null;
}

const share = (part: number | null, whole: number): number | null =>
  part === null || whole === 0 ? null : (100 * part) / whole;

export const METRICS: readonly Metric[] = [
  {
    id: 'cpu',
    title: 'CPU',
    hint: 'Use of the node’s CPUs; dashed: what Ray has handed out to tasks',
    color: '--chart-cpu',
    shown: () => true,
    value: (sample) => sample.cpuPct,
    max: () => 100,
    text: format.percent,
    claimed: (sample, node) => share(sample.cpusClaimed, node.cpus),
    peak: (node) => node.peakCpuPct,
  },
  {
    id: 'memory',
    title: 'Memory',
    hint: 'Memory in use',
    color: '--chart-memory',
    shown: () => true,
    value: (sample) => sample.memoryUsedBytes,
    peak: (node) => node.peakMemoryBytes,
    max: (node) => lastOf(node, (sample) => sample.memoryTotalBytes) ?? node.memoryBytes,
    text: format.bytes,
  },
  {
    id: 'store',
    title: 'Object store',
    hint: 'Objects that tasks share on this node',
    color: '--chart-store',
    shown: (nodes) => nodes.some((node) => lastOf(node, (sample) => sample.objectStoreUsedBytes) !== null),
    value: (sample) => sample.objectStoreUsedBytes,
    max: (node) => lastOf(node, (sample) => sample.objectStoreTotalBytes) ?? 1,
    text: format.bytes,
  },
  {
    id: 'gpu',
    title: 'GPU',
    hint: 'Use of the GPUs; of simulated ones, what Ray has handed out to tasks',
    color: '--chart-gpu',
    shown: (nodes) => nodes.some((node) => node.gpus > 0),
    value: (sample, node) => (node.gpusSimulated ? share(sample.gpusClaimed, node.gpus) : sample.gpuPct),
    max: () => 100,
    text: gpuText,
    claimed: (sample, node) => (node.gpusSimulated ? null : share(sample.gpusClaimed, node.gpus)),
  },
];

/** Of simulated GPUs nothing can be measured: how many of them tasks hold is told instead, in few words for a narrow cell. */
function gpuText(pct: number | null, node: NodeSeries): string {
  if (!node.gpusSimulated || pct === null) return format.percent(pct);
  return `${format.amount((pct / 100) * node.gpus)} of ${format.amount(node.gpus)}`;
}

function lastOf(node: NodeSeries, read: (sample: NodeSample) => number | null): number | null {
  for (let i = node.samples.length - 1; i >= 0; i--) {
    const value = read(node.samples[i]!);
    if (value !== null) return value;
  }
  return null;
}
