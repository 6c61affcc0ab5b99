/** What stands around the curve: the self-check, advice with its lines, refusals, assumptions, the best cluster. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Failure } from '../../simulator/model/failure';
import type {
  Advice,
  BackCheck,
  ClusterChoice,
  ClusterOption,
  Prediction,
  Replay,
  WhatIfResult,
} from '../../simulator/model/scaling';
import * as format from '../../simulator/model/format';
import { codeWords } from '../codeWords';
import { icon } from '../icons';

/** Over this the replay of the measured run itself is off, and so may be the rest. */
const GOOD_REPLAY_PCT = 5;

/** Those of the newest runs. */
const MOST_CHECKS = 5;

export type OpenLine = (file: string, line: number, anchor: Element) => void;
export type FailureCard = (failure: Failure, tryAgain?: () => void) => TemplateResult;

export function replayLine(replay: Replay): TemplateResult {
  const { measuredMs, predictedMs, errorPct } = replay;
  const isGood = Math.abs(errorPct) <= GOOD_REPLAY_PCT;
  return html`<p class="replay ${isGood ? 'good' : 'off'}">
    ${icon(isGood ? 'check' : 'warning')}
    <span
      >Self-check: from its connection to Ray on, this run took ${format.duration(measuredMs)}; replayed it
      takes ${format.duration(predictedMs)}
      (${format.error(errorPct)}).${isGood ? '' : ' Take the rest with care.'}</span
    >
  </p>`;
}

export function adviceList(advice: readonly Advice[], workingDir: string, open: OpenLine): TemplateResult {
  return html`<section aria-label="Advice">
    <h3>What to change</h3>
    <ul class="advice">
      ${advice.map((one) => html`<li>${adviceItem(one, workingDir, open)}</li>`)}
    </ul>
  </section>`;
}

function adviceItem(
  { text, where, gainPct, nodes }: Advice,
  workingDir: string,
  open: OpenLine,
): TemplateResult {
  const place = where === null ? null : /^(.+):(\d+)$/.exec(where);
  const link = place
    ? html` <button
        class="link"
        @click=${(event: Event) => open(absolute(place[1]!, workingDir), Number(place[2]), event.currentTarget as Element)}
      >
        ${format.fileName(place[1]!)}:${place[2]!}
      </button>`
    : nothing;
  const gain =
    gainPct >= 1
      ? html`<span class="gain" title="Of the time at ${format.countOf(nodes, 'node')}"
          >−${format.percent(gainPct)}</span
        >`
      : nothing;
  return html`${gain}<span>${codeWords(text)}${link}</span>`;
}

function absolute(file: string, workingDir: string): string {
  return file.startsWith('/') ? file : `${workingDir}/${file}`;
}

/** Where the run ended early, what all the rest is about. */
export function early({ endedEarly }: Prediction): TemplateResult | typeof nothing {
  return endedEarly === null
    ? nothing
    : html`<p class="ended-early">${icon('warning')}<span>${endedEarly}</span></p>`;
}

export function refusals(prediction: Prediction): TemplateResult | typeof nothing {
  if (prediction.refused.length === 0) return nothing;
  return html`<ul class="refused" aria-label="What could not be predicted">
    ${prediction.refused.map((words) => html`<li>${icon('warning')}<span>${codeWords(words)}</span></li>`)}
  </ul>`;
}

export function assumptions(prediction: Prediction): TemplateResult | typeof nothing {
  const words = prediction.assumptions.filter((one) => one !== prediction.endedEarly);
  if (words.length === 0) return nothing;
  return html`<details class="assumptions">
    <summary>Taken for granted</summary>
    <ul>
      ${words.map((one) => html`<li>${codeWords(one)}</li>`)}
    </ul>
  </details>`;
}

/** What was predicted before, and what the script took when it later ran there. */
export function checkList(checks: readonly BackCheck[]): TemplateResult {
  return html`<section aria-label="Predicted before">
    <h3>Predicted before, and then measured</h3>
    <ul class="checks">
      ${checks.slice(0, MOST_CHECKS).map((check) => html`<li>${checkWords(check)}</li>`)}
    </ul>
  </section>`;
}

function checkWords({ nodes, predictedMs, measuredMs, errorPct, isCrowded }: BackCheck): string {
  const figures = `On ${format.countOf(nodes, 'node')}: ${format.duration(predictedMs)} predicted, ${format.duration(measuredMs)} measured (${format.error(errorPct)})`;
  return isCrowded
    ? `${figures}; its tasks had to share this machine's CPUs, so that says little.`
    : `${figures}.`;
}

export function choiceWords(choice: ClusterChoice): TemplateResult {
  const { best, front, impossible } = choice;
  if (impossible !== undefined)
    return html`<p class="choice-result" role="status">${codeWords(impossible)}</p>`;
  if (best === null) {
    return html`<p class="choice-result" role="status">
      ${'budget' in choice.wanted ? 'Nothing that was tried is so cheap.' : 'Nothing that was tried is so fast.'}
    </p>`;
  }
  return html`<p class="choice-result" role="status">
      <strong>${clusterWords(best)}</strong>: ${format.duration(best.timeMs)}, ${format.cost(best.cost)}
    </p>
    ${front.length > 1 ? frontTable(front, best) : nothing}`;
}

function frontTable(front: readonly ClusterOption[], best: ClusterOption): TemplateResult {
  return html`<table class="table front">
    <caption>
      None other is both faster and cheaper
    </caption>
    <tbody>
      ${front.map(
        (one) =>
          html`<tr class=${one.timeMs === best.timeMs && one.cost === best.cost ? 'selected' : ''}>
            <td>${clusterWords(one)}</td>
            <td class="number">${format.duration(one.timeMs)}</td>
            <td class="number">${format.cost(one.cost)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function clusterWords({ groups }: ClusterOption): string {
  return groups
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${count} × ${name}`)
    .join(' + ');
}

/** What a change does at the size where it gives most; null is not answered yet. */
export function outcome(result: WhatIfResult | null): string {
  if (result === null) return '…';
  const { points } = result;
  if (points.length === 0)
    return 'With that change the script would not come to an end, or when it would is not known. Try a smaller change.';
  const best = points.reduce((a, b) => (b.gainPct > a.gainPct ? b : a));
  if (Math.max(...points.map((one) => Math.abs(one.gainPct))) < 0.5) return 'That would change nothing.';
  const word = best.gainPct >= 0 ? 'less' : 'more';
  return `${format.percent(Math.abs(best.gainPct))} ${word} on ${format.countOf(best.nodes, 'node')}: ${format.duration(best.timeMs)}.`;
}
