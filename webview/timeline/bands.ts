/** What is measured of a node over time: the bands under its name in the timeline. */
import type { NodeSample } from '../../simulator/model/cluster';
import type { NodeSeries } from '../../simulator/model/trace';
import * as format from '../format';

export interface Band {
  id: 'cpu' | 'memory' | 'store' | 'gpu';
  title: string;
  color: string;
  shown(node: NodeSeries): boolean;
  value(sample: NodeSample, node: NodeSeries): number | null;
  max(node: NodeSeries): number;
  text(value: number, node: NodeSeries): string;
}

export const BANDS: readonly Band[] = [
  {
    id: 'cpu',
    title: 'CPU',
    color: '--chart-cpu',
    shown: (node) => node.samples.length > 0,
    value: (sample) => sample.cpuPct,
    max: () => 100,
    text: (value) => format.percent(value),
  },
  {
    id: 'memory',
    title: 'Memory',
    color: '--chart-memory',
    shown: (node) => has(node, (sample) => sample.memoryUsedBytes),
    value: (sample) => sample.memoryUsedBytes,
    max: (node) => most(node, (sample) => sample.memoryTotalBytes) ?? node.memoryBytes,
    text: (value) => format.bytes(value),
  },
  {
    id: 'store',
    title: 'Object store',
    color: '--chart-store',
    shown: (node) => has(node, (sample) => sample.objectStoreUsedBytes),
    value: (sample) => sample.objectStoreUsedBytes,
    max: (node) => most(node, (sample) => sample.objectStoreTotalBytes) ?? 1,
    text: (value) => format.bytes(value),
  },
  {
    id: 'gpu',
    title: 'GPU',
    color: '--chart-gpu',
    shown: (node) => node.gpus > 0,
    value: (sample, node) =>
      node.gpusSimulated && sample.gpusClaimed !== null
        ? (100 * sample.gpusClaimed) / node.gpus
        : sample.gpuPct,
    max: () => 100,
    text: (value, node) =>
      node.gpusSimulated
        ? `${format.amount((value / 100) * node.gpus)} of ${format.amount(node.gpus)} claimed`
        : format.percent(value),
  },
];

/** The reading that holds at a moment: the last one before it, unless it is much older than readings are apart. */
export function sampleAt(node: NodeSeries, timeMs: number): NodeSample | null {
  const { samples } = node;
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle]!.timeMs <= timeMs) low = middle + 1;
    else high = middle;
  }
  return samples[low - 1] ?? null;
}

function has(node: NodeSeries, read: (sample: NodeSample) => number | null): boolean {
  return node.samples.some((sample) => read(sample) !== null);
}

function most(node: NodeSeries, read: (sample: NodeSample) => number | null): number | null {
  let result: number | null = null;
  for (const sample of node.samples) {
    const value = read(sample);
    if (value !== null && (result === null || value > result)) result = value;
  }
  return result;
}
