/**
 * Predictions against real Ray, for graphs of many shapes on 1 to 64 slots of 1 to 5 nodes. Sleeps for bodies, so that
 * what is judged is Ray's scheduling. HELIOSTAT_ACCURACY=tuning takes the cases that the model was made with instead.
 *
 * What was measured is kept in HELIOSTAT_ACCURACY_DIR (dist/bench/accuracy), a file a cluster; remove it to measure anew.
 * Each cluster takes two to six minutes, and the machine must have nothing else to do.
 */
import path from 'node:path';
import { ofChosenClusters, reportedCases, tuningCases } from './accuracy/cases';
import { judge, quantile, type Judged } from './accuracy/judge';
import { measureAll } from './accuracy/measure';
import { errorRow, type Bench, type Row } from './harness';

export const bench: Bench = {
  about: 'predicted against rehearsed on real Ray: the error of each case, their median, 95 % and largest',
  async run(say) {
    const isTuning = process.env['HELIOSTAT_ACCURACY'] === 'tuning';
    const cases = ofChosenClusters(isTuning ? tuningCases() : reportedCases());
    const dir = process.env['HELIOSTAT_ACCURACY_DIR'] ?? path.join('dist', 'bench', 'accuracy');
    const judged = judge(cases, await measureAll(cases, dir, say));
    const errors = judged.map(({ errorPct }) => Math.abs(errorPct));
    const within = judged.filter(
      ({ measuredMs, lowMs, highMs }) => measuredMs >= lowMs && measuredMs <= highMs,
    );
    return [
      ...judged.map(row),
      errorRow('median error', quantile(errors, 0.5), 1),
      errorRow('95 % of the errors', quantile(errors, 0.95), 3),
      errorRow('largest error', Math.max(...errors), 5),
      { what: 'within the 90 % band', ours: `${within.length} of ${judged.length}`, peer: '', value: NaN },
    ];
  },
};

function row({ name, predictedMs, measuredMs, repeats, errorPct, lateMs, busy }: Judged): Row {
  const sign = errorPct < 0 ? '−' : '+';
  const late = lateMs.map((ms) => ms.toFixed(1)).join('/');
  return {
    what: name,
    ours: `${(predictedMs / 1000).toFixed(3)} s  ${sign}${Math.abs(errorPct).toFixed(2)} %`,
    peer: `Ray ${(measuredMs / 1000).toFixed(3)} s (${repeats}; late ${late} ms; CPUs ${Math.round(busy * 100)} %)`,
    value: NaN,
  };
}
