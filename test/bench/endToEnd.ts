/**
 * Scripts that compute, wait and pass data on: from one run in which tasks had to share this machine's cores, the time on
 * clusters of other sizes is predicted, and then measured. Sizes are such that what they need of CPUs is there.
 *
 * What was measured is kept in HELIOSTAT_ACCURACY_DIR (dist/bench/accuracy)/endToEnd, a folder a cluster; remove a trace
 * to measure it anew. HELIOSTAT_ACCURACY_CLUSTERS=1x2,2x2 leaves only those clusters. Runs in which other processes used the
 * machine count only where there are no others.
 */
import path from 'node:path';
import type { Captured } from '../../simulator/scaling/capture';
import { Forecast } from '../../simulator/scaling/forecast';
import { predictGraph, type PredictOptions } from '../../simulator/scaling/predict';
import { quantile } from './accuracy/judge';
import { calmRuns, capturedAll, optionsHere } from './endToEnd/fromRun';
import { recordRuns } from './endToEnd/record';
import { errorRow, median, type Bench, type Row } from './harness';

interface Size {
  name: string;
  nodes: number;
  cpus: number;
}

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
      if (chosen?.includes(size.name) ?? true) {
        const place = { name: size.name, up: ['--nodes', `${size.nodes}`, '--cpus', `${size.cpus}`] };
        const jobs = scripts.map((script) => ({ name: script, script, args: [] }));
        await recordRuns(dir, place, jobs, say);
      }
    const rows: Row[] = [];
    const errors: number[] = [];
    let within = 0;
    for (const { size, scripts } of SCRIPTS_AT.filter((one) => one.size !== FROM)) {
      for (const script of scripts) {
        const crowded = await capturedAll(calmRuns(dir, FROM.name, script));
        const runs = calmRuns(dir, size.name, script);
        if (crowded.length === 0 || runs.length === 0) continue;
        const measured = await capturedAll(runs);
        const measuredMs = median(measured.map((one) => one.measuredMs));
        // A user predicts from one run, whichever it was.
        const predicted = crowded.map((from) => {
          const { replay, points } = predictGraph(from.graph!, optionsAt(from, size));
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

/** With workers that start as late as they did there: how long eight of them take at once is this machine's matter. */
function withStarts(from: Captured, size: Size, startsMs: number[][]): number {
  const forecast = new Forecast(from.graph!, optionsAt(from, size));
  return forecast.middle({ ...forecast.cluster(size.nodes), startsMs }).timeMs;
}

function optionsAt(from: Captured, { nodes, cpus }: Size): PredictOptions {
  return optionsHere(from, [{ count: null, cpus }], nodes);
}

function each<T>(all: readonly T[], value: (one: T) => number, digits: number): string {
  return all.map((one) => value(one).toFixed(digits)).join('/');
}
