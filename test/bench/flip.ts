/**
 * How many nodes it takes to feed a GPU: real Ray and the prediction, with one node more each time, have to become bound
 * by the GPU at the same number. Kept like the measurements of the accuracy bench, in a file a cluster.
 */
import path from 'node:path';
import { flipCases, ofChosenClusters } from './accuracy/cases';
import { predict } from './accuracy/judge';
import { isCalm, measureAll, type Measured } from './accuracy/measure';
import { median, type Bench, type Row } from './harness';

/** One more node that makes a run so much shorter still helps. */
const HELPS_PCT = 3;

export const bench: Bench = {
  about:
    'nodes that feed a GPU: at how many the GPU becomes the limit, predicted against rehearsed on real Ray',
  async run(say) {
    const dir = process.env['HELIOSTAT_ACCURACY_DIR'] ?? path.join('dist', 'bench', 'accuracy');
    const trainings = flipCases();
    const wanted = ofChosenClusters(trainings.flatMap(({ steps }) => steps));
    const measured = await measureAll(wanted, dir, say);
    const isWhole = ({ steps }: (typeof trainings)[number]) => steps.every(({ name }) => measured[name]);
    return trainings.filter(isWhole).flatMap(({ name, steps }): Row[] => {
      const real = steps.map((one) => wallMs(measured[one.name]!));
      const predicted = steps.map((one) => predict(one, measured[one.name]![0]!.timesLonger));
      const times = predicted.map(({ timeMs }) => timeMs);
      const label = predicted.findIndex(({ bottlenecks }) => bottlenecks[0]?.name !== 'ingest') + 1;
      const off = Math.max(...times.map((ms, at) => Math.abs(ms / real[at]! - 1) * 100));
      return [
        {
          what: `${name}: bound by the GPU from so many feeders`,
          ours: `${flipOf(times)} (named so from ${label})`,
          peer: `Ray ${flipOf(real)}`,
          value: Math.abs(flipOf(times) - flipOf(real)) + Math.abs(label - flipOf(real)),
          target: { atMost: 0 },
        },
        {
          what: `  time with 1, 2, … feeders`,
          ours: seconds(times),
          peer: `Ray ${seconds(real)}`,
          value: NaN,
        },
        { what: `  largest error`, ours: `${off.toFixed(1)} %`, peer: '', value: off },
      ];
    });
  },
};

function wallMs(repeats: readonly Measured[]): number {
  const calm = repeats.filter(isCalm);
  return median((calm.length > 0 ? calm : repeats).map((one) => one.wallMs));
}

/** The first number of feeders after which one more no longer helps. */
function flipOf(times: readonly number[]): number {
  const at = times.findIndex((ms, index) => {
    const next = times[index + 1];
    return next === undefined || next > ms * (1 - HELPS_PCT / 100);
  });
  return at + 1;
}

function seconds(times: readonly number[]): string {
  return times.map((ms) => (ms / 1000).toFixed(2)).join(' ');
}
