/** This run beside another one: what got slower or quicker, by function, why, and what was different about the cluster. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { comparable, type ComparedFunction, type RunComparison } from '../simulator/model/comparison';
import { isEnded, type RunInfo } from '../simulator/model/run';
import type { RunView } from '../simulator/model/trace';
import type { Ask } from './ask';
import { changeTone, headWords, whyWords } from './compareWords';
import * as format from '../simulator/model/format';
import type { FunctionColors } from './palette';
import { styled } from './styled';

export interface CompareModel {
  view: RunView;
  colors: FunctionColors;
  nowMs: number;
  /** The other run's id; null is the one before this. */
  other: string | null;
}

export interface CompareActions {
  select(id: string | null): void;
  compareWith(run: string): void;
}

const MAX_RUNS = 100;

interface Shown {
  other: string;
  /** Whether this run had ended when it was compared. */
  isFinal: boolean;
  comparison: RunComparison | null;
  failed: boolean;
}

export class ComparePane {
  readonly element = document.createElement('div');
  private model: CompareModel | null = null;
  private runs: RunInfo[] | null = null;
  private shown: Shown | null = null;

  constructor(
    private readonly ask: Ask,
    private readonly actions: CompareActions,
  ) {
    this.element.className = 'compare';
  }

  update(model: CompareModel): void {
    const isAnother = this.model?.view.run.id !== model.view.run.id;
    this.model = model;
    if (isAnother) {
      this.runs = this.shown = null;
      this.list(model.view.run);
    }
    this.compare();
    this.draw();
  }

  private list(run: RunInfo): void {
    this.ask('runs.list', { limit: MAX_RUNS }).then(
      (runs) => {
        if (this.model?.view.run.id !== run.id) return;
        this.runs = comparable(run, runs);
        this.compare();
        this.draw();
      },
      () => undefined,
    );
  }

  private get other(): string | null {
    const { other, view } = this.model!;
    if (other !== null) return other;
    return this.runs?.find((run) => run.script === view.run.script)?.id ?? null;
  }

  /** Another run is compared at once, and this one again when it has ended. */
  private compare(): void {
    const { run } = this.model!.view;
    const { other, shown } = this;
    const isFinal = isEnded(run.state);
    if (other === null || (shown?.other === other && shown.isFinal === isFinal)) return;
    const kept = shown?.other === other ? shown.comparison : null;
    const asked: Shown = { other, isFinal, comparison: kept, failed: false };
    this.shown = asked;
    this.ask('runs.compare', { a: other, b: run.id }).then(
      (comparison) => this.answered(asked, { comparison }),
      () => this.answered(asked, { failed: true }),
    );
  }

  /** A run that goes on has changed since. */
  private compareAgain(): void {
    this.shown = null;
    this.compare();
    this.draw();
  }

  private answered(asked: Shown, answer: Partial<Shown>): void {
    if (this.shown !== asked) return;
    Object.assign(asked, answer);
    this.draw();
  }

  private draw(): void {
    render(html`${this.tools()}${this.content()}`, this.element);
  }

  private tools(): TemplateResult {
    const { nowMs } = this.model!;
    const { other } = this;
    const runs = this.runs ?? [];
    return html`<div class="compare-tools">
      <label for="compare-with">Compared with</label>
      <select
        class="field"
        id="compare-with"
        ?disabled=${runs.length === 0}
        @change=${(event: Event) => this.actions.compareWith((event.target as HTMLSelectElement).value)}
      >
        ${
          runs.some((run) => run.id === other)
            ? nothing
            : html`<option value="" selected disabled>
                ${runs.length === 0 ? 'no other run' : 'choose a run'}
              </option>`
        }
        ${runs.map(
          (run) =>
            html`<option value=${run.id} ?selected=${run.id === other}>
              ${format.fileName(run.script)} ${run.args.join(' ')}, ${format.ago(run.createdMs, nowMs)}
            </option>`,
        )}
      </select>
      ${
        this.shown === null || this.shown.isFinal
          ? nothing
          : html`<button class="link" @click=${() => this.compareAgain()}>Compare again</button>`
      }
    </div>`;
  }

  private content(): TemplateResult {
    if (this.other === null) {
      return html`<p class="empty">
        ${this.runs?.length === 0 ? 'There is no other run to compare with.' : 'Choose a run to see what changed since.'}
      </p>`;
    }
    const { comparison, failed } = this.shown!;
    if (failed) return html`<p class="empty">The trace of that run could not be read.</p>`;
    if (!comparison) return html`<p class="empty">Comparing …</p>`;
    return html`<p class="compare-head">${headWords(comparison)}</p>
      ${this.cluster(comparison)}
      <div class="table-scroll">
        <table class="table compare-table" aria-label="Functions of both runs">
          <thead>
            <tr>
              <th scope="col" class="name">Function</th>
              <th scope="col" class="number">Tasks</th>
              <th scope="col" class="number">Ran, p50</th>
              <th scope="col" class="number">Queued, p50</th>
              <th scope="col" class="number">Fetched, p50</th>
              <th scope="col" class="number">Total</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            ${comparison.functions.map((fn) => this.row(fn))}
          </tbody>
        </table>
      </div>`;
  }

  private cluster({ cluster }: RunComparison): TemplateResult | typeof nothing {
    if (cluster.length === 0) return nothing;
    return html`<dl class="compare-cluster" aria-label="What else changed">
      ${cluster.map(
        ({ what, a, b }) =>
          html`<div>
            <dt>${what}</dt>
            <dd>${a || 'none'} <span class="dim">→</span> ${b || 'none'}</dd>
          </div>`,
      )}
    </dl>`;
  }

  private row(compared: ComparedFunction): TemplateResult {
    const { a, b, name } = compared;
    const fn = this.model!.view.functions.find((one) => one.id === compared.function);
    const only = a === null ? 'new' : b === null ? 'gone' : '';
    return html`<tr>
      <td class="name" title=${name}>
        <span class="swatch" ${styled({ background: this.model!.colors.of(fn) })}></span>${
          fn
            ? html`<button class="link plain" @click=${() => this.actions.select(fn.id)}>${name}</button>`
            : name
        } <span class="dim">${only}</span>
      </td>
      ${pair(a?.count, b?.count, format.count, false)} ${pair(a?.p50Ms, b?.p50Ms, format.duration)}
      ${pair(a?.queueP50Ms, b?.queueP50Ms, format.duration)}
      ${pair(a?.fetchP50Ms, b?.fetchP50Ms, format.duration)} ${pair(a?.totalMs, b?.totalMs, format.duration)}
      <td class="why">${whyWords(compared)}</td>
    </tr>`;
  }
}

/** Both values, and the second in the colour of what it means. */
function pair(
  a: number | null | undefined,
  b: number | null | undefined,
  text: (value: number) => string,
  isCost = true,
): TemplateResult {
  const [before, after] = [a ?? null, b ?? null];
  if (before === null && after === null) return html`<td class="number"></td>`;
  if (before === null || after === null) return html`<td class="number">${text((before ?? after)!)}</td>`;
  if (text(before) === text(after)) return html`<td class="number">${text(after)}</td>`;
  const tone = isCost ? changeTone(before, after) : '';
  return html`<td class="number">
    <span class="dim">${text(before)} →</span> <span class=${tone}>${text(after)}</span>
  </td>`;
}
