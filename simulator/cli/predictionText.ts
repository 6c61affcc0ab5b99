/** A prediction for people: a table, what holds the run back, advice, and what was taken for granted. */
import type { BackCheck, ClusterChoice, ClusterOption, Prediction, ScalingPoint } from '../model/scaling';
import { countOf, duration, percent } from '../model/format';
import { table } from './table';
import { print, say, style } from './terminal';

export async function describePrediction(prediction: Prediction): Promise<void> {
  const { replay, points, advice, choice, endedEarly } = prediction;
  if (endedEarly !== null) say(style(endedEarly, 'yellow'));
  if (replay) {
    const off = `${Math.abs(replay.errorPct).toFixed(1)} % ${replay.errorPct < 0 ? 'short' : 'long'}`;
    await print(
      `Here it took ${duration(replay.measuredMs)}; replayed, ${duration(replay.predictedMs)} (${off}).\n\n`,
    );
  }
  if (points.length > 0) {
    const header = [
      'nodes',
      'CPUs',
      'GPUs',
      'time',
      '90 %',
      'speed-up',
      'efficiency',
      'cost',
      'held back by',
    ];
    await print(`${table(header, points.map(row), [0, 1, 2, 3, 5, 6, 7])}\n`);
  }
  for (const { text, gainPct, nodes } of advice)
    await print(`\n${gainPct.toFixed(0)} % at ${countOf(nodes, 'node')}: ${text}\n`);
  if (choice) await print(`\n${choiceText(choice)}\n`);
  for (const check of prediction.backChecks) await print(`\n${checkText(check)}\n`);
  for (const words of prediction.refused) say(style(words, 'yellow'));
  for (const words of prediction.assumptions)
    if (words !== endedEarly) say(style(`Assumed: ${words}`, 'dim'));
}

export function checkText(check: BackCheck): string {
  const inside = check.measuredMs >= check.lowMs && check.measuredMs <= check.highMs;
  const crowded = check.isCrowded ? '; its tasks had to share CPUs, so that says little' : '';
  return `Predicted from ${check.fromRun}: ${duration(check.predictedMs)} for ${check.run} on ${countOf(check.nodes, 'node')}; it took ${duration(check.measuredMs)} (${check.errorPct.toFixed(1)} % off, ${inside ? 'within' : 'outside'} the band${crowded}).`;
}

export function choiceText({ wanted, best, front, impossible }: ClusterChoice): string {
  if (impossible !== undefined) return `Best cluster: ${impossible}`;
  const goal =
    'deadlineMs' in wanted
      ? `within ${duration(wanted.deadlineMs)}`
      : `for at most ${wanted.budget.toFixed(2)}`;
  const first = best
    ? `Best ${goal}: ${option(best)}`
    : `Nothing that was tried ends ${goal}. The nearest are below.`;
  const lines = front.slice(0, 10).map((one) => `  ${option(one)}`);
  return [first, 'Faster costs more:', ...lines].join('\n');
}

function option({ groups, timeMs, cost }: ClusterOption): string {
  return `${groups.map((group) => `${group.count} × ${group.name}`).join(' + ')}: ${duration(timeMs)}, ${money(cost)}`;
}

function row(point: ScalingPoint): string[] {
  return [
    String(point.nodes),
    String(point.cpus),
    String(point.gpus),
    duration(point.timeMs),
    `${duration(point.lowMs)} … ${duration(point.highMs)}`,
    point.speedup.toFixed(2),
    percent(point.efficiency * 100),
    point.cost === null ? '' : money(point.cost),
    point.bottlenecks
      .map(({ name, gainPct, where }) => `${name} ${gainPct.toFixed(0)} %${where ? `: ${where}` : ''}`)
      .join('; '),
  ];
}

function money(cost: number): string {
  return cost.toFixed(cost < 1 ? 4 : 2);
}
