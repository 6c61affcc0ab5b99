/** A node's readings over a run of any length. */
import type { NodeSample } from '../model/cluster';

/** They are halved (every other one goes) when there are more. */
const MAX_SAMPLES = 2400;

/** Adds a reading that is newer than the last; those of a node that is not known (undefined) go nowhere. */
export function addSample(samples: NodeSample[] | undefined, sample: NodeSample): void {
  if (!samples || (samples.at(-1)?.timeMs ?? 0) >= sample.timeMs) return;
  samples.push(sample);
  if (samples.length <= MAX_SAMPLES) return;
  const kept = samples.filter((_, index) => index % 2 === 0);
  samples.splice(0, samples.length, ...kept);
}
