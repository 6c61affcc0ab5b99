/** The bands under a node's name in the timeline. */
import type { NodeSample } from '../../simulator/model/cluster';
import { firstNotBefore } from '../../simulator/model/sorted';
import type { NodeSeries } from '../../simulator/model/trace';
import { METRICS, type Metric } from '../nodeMetrics';

/** Those that say something about a node. */
export function bandsOf(node: NodeSeries): Metric[] {
  return node.samples.length === 0 ? [] : METRICS.filter((metric) => metric.shown([node]));
}

/** The reading that holds at a moment: the last one before it, unless it is much older than readings are apart. */
export function sampleAt(node: NodeSeries, timeMs: number): NodeSample | null {
  const { samples } = node;
  const after = firstNotBefore(0, samples.length, (at) => samples[at]!.timeMs <= timeMs);
  return samples[after - 1] ?? null;
}
