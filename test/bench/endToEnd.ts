/**
 * Scripts that compute, wait and pass data on: from one run in which tasks had to share this machine's cores, the time on
 * clusters of other sizes is predicted, and then measured. Sizes are such that what they need of CPUs is there.
 *
 * What was measured is kept in HELIOSTAT_ACCURACY_DIR (dist/bench/accuracy)/endToEnd, a folder a cluster; remove a trace
 * to measure it anew. HELIOSTAT_ACCURACY_CLUSTERS=1x2,2x2 leaves only those clusters. Runs in which other processes used the
 * machine count only where there are no others.
 */
import { cpus } from 'node:os';
import path from 'node:path';
import { readTrace } from '../../simulator/trace/traceFile';
import { capture, type Captured } from '../../simulator/scaling/capture';
import { overheadsNamed } from '../../simulator/scaling/overheads';
import { Forecast } from '../../simulator/scaling/forecast';
import { predictGraph, type PredictOptions } from '../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../simulator/scaling/prices';
import { optionsOf } from '../../simulator/scaling/request';
import { startFactor } from '../../simulator/scaling/seenStarts';
import type { Prediction } from '../../simulator/model/scaling';
import { quantile } from './accuracy/judge';
import { MOST_BY_OTHERS } from './endToEnd/others';
import { recorded, recordRuns, type Recorded, type Size } from './endToEnd/record';
import { errorRow, median, type Bench, type Row } from './harness';

/** The crowded runs that everything is predicted from. */
const FROM: Size = { name: '1x8', nodes: 1, cpus: 8 };
const SCRIPTS_AT: { size: Size; scripts: string[] }[] = [
  { size: FROM, scripts: ['cpu', 'io', 'data', 'loop'] },
  { size: { name: '1x1', nodes: 1, cpus: 1 }, scripts: ['cpu'] },
  { size: { name: '1x2', nodes: 1, cpus: 2 }, scripts: ['cpu', 'io', 'data', 'loop'] },
  { size: { name: '1x4', nodes: 1, cpus: 4 }, scripts: ['io', 'data', 'loop'] },
  { size: { name: '2x2', nodes: 2, cpus: 2 }, scripts: ['io', 'data', 'loop'] },
];
export const bench: Bench = {
  about: 'from one crowded run to another size: predicted against measured',
  async run(say) {
    const dir = path.join(process.env['HELIOSTAT_ACCURACY_DIR'] ?? 'dist/bench/accuracy', 'endToEnd');
    const chosen = process.env['HELIOSTAT_ACCURACY_CLUSTERS']?.split(',');
    for (const { size, scripts } of SCRIPTS_AT)
      if (chosen?.includes(size.name) ?? true) await recordRuns(dir, size, scripts, say);
    const rows: Row[] = [];
    const errors: number[] = [];
    let within = 0;
    for (const { size, scripts } of SCRIPTS_AT.filter((one) => one.size !== FROM)) {
      for (const script of scripts) {
        const crowded = await Promise.all(calmOf(recorded(dir, FROM, script)).map(captured));
        const runs = calmOf(recorded(dir, size, script));
        if (crowded.length === 0 || runs.length === 0) continue;
        const measured = await Promise.all(runs.map(captured));
        const measuredMs = median(measured.map((one) => one.measuredMs));
        // A user predicts from one run, whichever it was.
        const predicted = crowded.map((from) => {
          const { replay, points } = predictedAt(from, size);
          const { timeMs, lowMs, highMs } = points[0]!;
          if (measuredMs >= lowMs && measuredMs <= highMs) within++;
          const startedMs = median(measured.map((one) => withStarts(from, size, one.place.startsMs)));
          return { timeMs, startedMs, replayPct: replay!.errorPct };
        });
        const off = (ms: number) => (ms / measuredMs - 1) * 100;
        errors.push(...predicted.map(({ timeMs }) => Math.abs(off(timeMs))));
        const crowds = measured.map((one) => Math.round((one.crowding ?? 0) * 100)).join('/');
        const shares = runs.map(({ others }) => Math.round(others * 100)).join('/');
        rows.push({
          what: `${script} on ${size.name}`,
          ours: `${each(predicted, ({ timeMs }) => timeMs / 1000, 2)} s  ${each(predicted, ({ timeMs }) => off(timeMs), 1)} %  (${each(predicted, ({ startedMs }) => off(startedMs), 1)} % with the starts of workers there, replays of 1x8 ${each(predicted, ({ replayPct }) => replayPct, 1)} %)`,
          peer: `Ray ${measured.map((one) => (one.measuredMs / 1000).toFixed(2)).join('/')} s (waited for a CPU ${crowds} %, others had ${shares} % of the cores)`,
          value: NaN,
        });
      }
    }
    if (errors.length === 0) return [];
    return [
      ...rows,
      errorRow('median error', quantile(errors, 0.5), 5),
      errorRow('95 % of the errors', quantile(errors, 0.95), 12),
      errorRow('largest error', Math.max(...errors), 20),
      { what: 'within the 90 % band', ours: `${within} of ${errors.length}`, peer: '', value: NaN },
    ];
  },
};

function calmOf(runs: Recorded[]): Recorded[] {
  const calm = runs.filter(({ others }) => others <= MOST_BY_OTHERS);
  return calm.length > 0 ? calm : runs;
}

async function captured({ trace }: Recorded): Promise<Captured> {
  const store = await readTrace(trace);
  const found = capture(store, { gpuRatio: null, costs: overheadsNamed('measured') });
  if (found.graph === null) throw new Error(`${trace}: ${found.refused.join(' ')}`);
  return found;
}

/** As the product predicts, but on nodes that share this machine's cores, with workers that start with the run. */
function predictedAt(from: Captured, size: Size): Prediction {
  return predictGraph(from.graph!, optionsAt(from, size));
}

/** The same with workers that start as late as they did: how long eight of them take at once is this machine's matter. */
function withStarts(from: Captured, size: Size, startsMs: number[][]): number {
  const forecast = new Forecast(from.graph!, optionsAt(from, size));
  return forecast.middle({ ...forecast.cluster(size.nodes), startsMs }).timeMs;
}

function optionsAt(from: Captured, { nodes, cpus: perNode }: Size): PredictOptions {
  const type = {
    name: 'node',
    cpus: perNode,
    gpus: 0,
    memoryBytes: 0,
    resources: {},
    pricePerHour: null,
    count: null,
  };
  const host = { cores: cpus().length };
  const slower = startFactor(from.place, [FROM.cpus], host, overheadsNamed('measured'));
  const here = { host: { ...host, startFactor: slower } };
  const context = { prices: USUAL_PRICES, captured: from, backChecks: [], ...here };
  return optionsOf(from.graph!, { types: [type], nodes: [nodes] }, context);
}

function each<T>(all: readonly T[], value: (one: T) => number, digits: number): string {
  return all.map((one) => value(one).toFixed(digits)).join('/');
}
