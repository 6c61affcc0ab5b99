/**
 * How many nodes it takes to feed a GPU: from runs with one feeder, the time with each number of them is predicted, and then
 * measured. Both have to become bound by the GPU at the same number. Kept like the runs of `endToEnd`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Bottleneck } from '../../simulator/model/scaling';
import { predictGraph } from '../../simulator/scaling/predict';
import { calmRuns, capturedAll, optionsHere } from './endToEnd/fromRun';
import { recordRuns, type Job, type Place } from './endToEnd/record';
import { quantile } from './accuracy/judge';
import { errorRow, median, type Bench, type Row } from './harness';

/** One more node that makes a run so much shorter still helps. */
const HELPS_PCT = 3;
const FEEDERS = [1, 2, 3, 4, 5];
const CPUS_OF_EACH = 2;
/** Of a batch and a step; one feeder reads two batches at a time. */
const TRAININGS: Job[] = [
  { name: 'slow steps', script: 'feed', args: ['300', '110', '80'] },
  { name: 'steps', script: 'feed', args: ['300', '65', '110'] },
  { name: 'slow reads', script: 'feed', args: ['500', '75', '90'] },
];

export const bench: Bench = {
  about:
    'nodes that feed a GPU: at how many the GPU becomes the limit, predicted from one feeder and measured',
  async run(say) {
    const dir = path.join(process.env['HELIOSTAT_ACCURACY_DIR'] ?? 'dist/bench/accuracy', 'flip');
    for (const feeders of FEEDERS) await recordRuns(dir, placeOf(dir, feeders), TRAININGS, say);
    const errors: number[] = [];
    let within = 0;
    const rows: Row[] = [];
    for (const { name } of TRAININGS) {
      const runs = await Promise.all(
        FEEDERS.map((feeders) => capturedAll(calmRuns(dir, nameOf(feeders), name))),
      );
      const real = runs.map((all) => median(all.map(({ measuredMs }) => measuredMs)));
      // A user predicts from one run with one feeder, whichever it was.
      runs[0]!.forEach((run, at) => {
        const points = FEEDERS.map((feeders) => {
          const types = [
            { count: 1, cpus: 1, gpus: 1 },
            { count: feeders, cpus: CPUS_OF_EACH },
          ];
          return predictGraph(run.graph!, optionsHere(run, types, 1)).points[0]!;
        });
        const times = points.map(({ timeMs }) => timeMs);
        const named = points.findIndex(({ bottlenecks }) => !isFeeding(bottlenecks[0])) + 1;
        const off = times.map((ms, index) => (ms / real[index]! - 1) * 100);
        errors.push(...off.map(Math.abs));
        within += points.filter(
          ({ lowMs, highMs }, index) => real[index]! >= lowMs && real[index]! <= highMs,
        ).length;
        rows.push({
          what: `${name}, run ${at + 1}: bound by the GPU from so many feeders`,
          ours: `${flipOf(times)} (named so from ${named})  ${times.map((ms) => (ms / 1000).toFixed(2)).join(' ')} s  ${off.map((pct) => pct.toFixed(1)).join(' ')} %`,
          peer: `Ray ${flipOf(real)}  ${real.map((ms) => (ms / 1000).toFixed(2)).join(' ')} s`,
          value: Math.abs(flipOf(times) - flipOf(real)),
          target: { atMost: 0 },
        });
      });
    }
    return [
      ...rows,
      errorRow('median error', quantile(errors, 0.5), 5),
      errorRow('largest error', Math.max(...errors), 20),
      { what: 'within the 90 % band', ours: `${within} of ${errors.length}`, peer: '', value: NaN },
    ];
  },
};

/** Only what feeds the GPU needs CPUs. */
function isFeeding(first: Bottleneck | undefined): boolean {
  return first?.name === 'ingest' || first?.name === 'CPU';
}

function nameOf(feeders: number): string {
  return `gpu+${feeders}x${CPUS_OF_EACH}`;
}

/** One node with a GPU, and feeders. */
function placeOf(dir: string, feeders: number): Place {
  const script = path.resolve(dir, `${nameOf(feeders)}.py`);
  const groups = [
    ['cpus = 1', 'gpus = 1'],
    [`count = ${feeders}`, `cpus = ${CPUS_OF_EACH}`],
  ];
  const lines = groups.flatMap((group) => ['# [[tool.heliostat.nodes]]', ...group.map((one) => `# ${one}`)]);
  mkdirSync(dir, { recursive: true });
  writeFileSync(script, ['# /// script', ...lines, '# ///', ''].join('\n'));
  return { name: nameOf(feeders), up: ['--script', script] };
}

/** The first number of feeders after which one more no longer helps. */
function flipOf(times: readonly number[]): number {
  const at = times.findIndex((ms, index) => {
    const next = times[index + 1];
    return next === undefined || next > ms * (1 - HELPS_PCT / 100);
  });
  return at + 1;
}
