/** Trials of Ray Tune: how far each came, which is where its scheduler stopped it, and what it reported last. */
import { html, type TemplateResult } from 'lit';
import type { TuneTrial } from '../simulator/model/library';
import * as format from '../simulator/model/format';
import { reportedNames, stateWord, table } from './libraryTable';
import { styled } from './styled';

type Reported = TuneTrial & Required<Pick<TuneTrial, 'reported'>>;

export function tuneSummary(trials: readonly TuneTrial[]): string {
  const reported = reportedOf(trials);
  if (reported.length === 0) return `${format.countOf(trials.length, 'actor')} for trials`;
  const iterations = reported.reduce((sum, trial) => sum + trial.reported.iterations, 0);
  return `${format.countOf(reported.length, 'trial')}, ${format.countOf(iterations, 'iteration')}`;
}

/** The trials that came furthest first; where they were not recorded, the actors that ran them. */
export function trialsTable(trials: readonly TuneTrial[]): TemplateResult {
  const reported = reportedOf(trials).sort((a, b) => b.reported.iterations - a.reported.iterations);
  if (reported.length === 0) {
    return table(
      ['Actor', 'State', 'Why it ended'],
      trials.map(({ id, state, reason }) => [id.slice(0, 8), stateWord(state), reason ?? '']),
    );
  }
  const metrics = reportedNames(reported.map((trial) => trial.reported));
  const most = reported[0]!.reported.iterations;
  return table(
    ['Trial', 'Iterations', ...metrics],
    reported.map((trial) => [
      trial.id,
      iterationsBar(trial.reported.iterations, most),
      ...metrics.map((name) => format.measure(trial.reported.metrics[name] ?? null)),
    ]),
  );
}

function reportedOf(trials: readonly TuneTrial[]): Reported[] {
  return trials.filter((trial): trial is Reported => trial.reported !== undefined);
}

function iterationsBar(count: number, most: number): TemplateResult {
  return html`<span class="library-bar" aria-hidden="true"
      ><span ${styled({ width: `${(100 * count) / Math.max(1, most)}%` })}></span></span
    >${format.count(count)}`;
}
