/**
 * The Scaling tab: what this run would do on other clusters. Asks for a prediction when it is first looked at, draws
 * it, and asks again for each change of the what-if; an answer that was overtaken by a later question is dropped.
 */
import { html, nothing, render, type TemplateResult } from 'lit';
import { toFailure, type Failure } from '../../simulator/model/failure';
import { isEnded } from '../../simulator/model/run';
import type { Prediction, PredictRequest, WhatIfResult } from '../../simulator/model/scaling';
import type { RunView } from '../../simulator/model/trace';
import type { Ask } from '../ask';
import * as format from '../../simulator/model/format';
import { spinner } from '../icons';
import { BestCluster } from './bestCluster';
import { chartLegend } from './chartLegend';
import { gpuRatioField } from './gpuRatio';
import { placeField } from './placeField';
import { ScalingChart } from './scalingChart';
import { scalingTable } from './scalingTable';
import {
  adviceList,
  assumptions,
  checkList,
  early,
  refusals,
  replayLine,
  type OpenLine,
} from './scalingWords';
import { changeOf, NO_CHANGE, whatIfPanel, type WhatIfState } from './whatIfPanel';

/** Sizes on the curve. */
const NODES = [1, 2, 4, 8, 16, 32, 64];
/** More than that, nobody starts on one machine. */
const NODES_HERE = [1, 2, 4, 8];

export interface ScalingActions {
  failureCard(failure: Failure): TemplateResult;
  openLine: OpenLine;
  openRun(id: string): void;
}

type Answer =
  | { kind: 'none' }
  | { kind: 'asking' }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'there'; prediction: Prediction };

export class ScalingView {
  readonly element = document.createElement('div');
  private readonly chart = new ScalingChart((nodes) => this.point(nodes));
  private readonly best = new BestCluster(
    (wanted) => this.choose(wanted),
    () => this.draw(),
  );
  private view: RunView | null = null;
  private answer: Answer = { kind: 'none' };
  private state: WhatIfState = { fn: '', ...NO_CHANGE };
  private whatIf: WhatIfResult | null = null;
  /** How many times faster a real GPU is than what ran in place of it; null is not said. */
  private gpuRatio: number | null = null;
  /** Whether it is about clusters on this machine. */
  private isHere = false;
  private pointed: number | null = null;
  /** Why a size could not be opened as a run. */
  private openFailure: Failure | null = null;
  private asked = 0;
  private isWhatIfDue = false;
  private isWhatIfAsked = false;

  constructor(
    private readonly ask: Ask,
    private readonly actions: ScalingActions,
  ) {
    this.element.className = 'scaling';
  }

  /** Only called while the tab is shown. */
  update(view: RunView): void {
    if (view.run.id !== this.view?.run.id) this.reset();
    this.view = view;
    if (this.answer.kind === 'none' && isEnded(view.run.state) && view.functions.length > 0)
      void this.predict();
    this.draw();
  }

  recolor(): void {
    this.chart.recolor();
  }

  private reset(): void {
    this.asked++;
    this.answer = { kind: 'none' };
    this.state = { fn: '', ...NO_CHANGE };
    this.whatIf = null;
    this.gpuRatio = null;
    this.isHere = false;
    this.openFailure = null;
    this.best.reset();
  }

  private request(): PredictRequest {
    const run = this.view!.run.id;
    if (this.isHere) return { run, isHere: true, nodes: NODES_HERE };
    return { run, nodes: NODES, ...(this.gpuRatio !== null && { gpuRatio: this.gpuRatio }) };
  }

  private async predict(): Promise<void> {
    const asked = ++this.asked;
    this.answer = { kind: 'asking' };
    this.draw();
    const answer = await this.ask('scaling.predict', this.request()).then(
      (prediction): Answer => ({ kind: 'there', prediction }),
      (thrown: unknown): Answer => ({ kind: 'failed', failure: toFailure(thrown) }),
    );
    if (asked !== this.asked) return;
    this.answer = answer;
    if (answer.kind === 'there')
      this.state = { ...this.state, fn: answer.prediction.functions[0]?.name ?? '' };
    this.draw();
  }

  private setGpuRatio(ratio: number): void {
    this.gpuRatio = ratio;
    this.predictAnew();
  }

  private setPlace(isHere: boolean): void {
    this.isHere = isHere;
    this.predictAnew();
  }

  private predictAnew(): void {
    this.whatIf = null;
    this.best.reset();
    void this.predict();
  }

  /** The best cluster for a deadline or a budget; the rest of the prediction stays as it is. */
  private async choose(wanted: { deadlineMs: number } | { budget: number }): Promise<Prediction['choice']> {
    return (await this.ask('scaling.predict', { ...this.request(), ...wanted })).choice;
  }

  private changeWhatIf(patch: Partial<WhatIfState>): void {
    this.state = { ...this.state, ...patch };
    if (changeOf(this.state) === null) this.whatIf = null;
    else void this.askWhatIf();
    this.draw();
  }

  /** One question at a time; what changed meanwhile is asked when the answer is there. */
  private async askWhatIf(): Promise<void> {
    this.isWhatIfDue = true;
    if (this.isWhatIfAsked) return;
    this.isWhatIfAsked = true;
    const { asked: first } = this;
    try {
      while (this.isWhatIfDue) {
        this.isWhatIfDue = false;
        const { asked } = this;
        const change = changeOf(this.state);
        if (change === null) break;
        const result = await this.ask('scaling.whatIf', { ...this.request(), change });
        if (asked === this.asked && changeOf(this.state) !== null) this.whatIf = result;
        this.draw();
      }
    } catch (thrown) {
      if (first !== this.asked) return;
      this.whatIf = null;
      this.answer = { kind: 'failed', failure: toFailure(thrown) };
      this.draw();
    } finally {
      this.isWhatIfAsked = false;
    }
  }

  /** Opens how the run would go on so many nodes, as a run. */
  private async open(nodes: number): Promise<void> {
    const { asked } = this;
    this.openFailure = null;
    this.draw();
    try {
      const { id } = await this.ask('scaling.save', {
        ...this.request(),
        run: this.view!.run.id,
        nodes: [nodes],
      });
      if (asked === this.asked) this.actions.openRun(id);
    } catch (thrown) {
      if (asked === this.asked) this.openFailure = toFailure(thrown);
      this.draw();
    }
  }

  private point(nodes: number | null): void {
    if (nodes === this.pointed) return;
    this.pointed = nodes;
    this.draw();
  }

  private draw(): void {
    if (this.view) render(this.content(this.view), this.element);
  }

  private content(view: RunView): TemplateResult {
    const { answer } = this;
    if (answer.kind === 'there') return this.predicted(answer.prediction, view);
    if (answer.kind === 'failed')
      return html`<div class="scaling-failed">${this.actions.failureCard(answer.failure)}</div>`;
    if (answer.kind === 'asking')
      return html`<p class="empty" role="status">${spinner()} Replaying this run on other clusters …</p>`;
    return html`<p class="empty">
      ${
        isEnded(view.run.state)
          ? 'No tasks were recorded, so there is nothing to predict from.'
          : 'Once the run has ended, this shows how long it would take on more nodes, and what would hold it back.'
      }
    </p>`;
  }

  private predicted(prediction: Prediction, view: RunView): TemplateResult {
    const { replay, points, advice, backChecks } = prediction;
    if (points.length === 0) {
      return html`<div class="scaling-words">
        ${early(prediction)} ${refusals(prediction)} ${this.gpuField(prediction)}
        ${prediction.needsGpuRatio || this.isHere ? this.placeField() : nothing}
        ${advice.length > 0 ? adviceList(advice, view.run.workingDir, this.actions.openLine) : nothing}
        ${assumptions(prediction)}
      </div>`;
    }
    const measured = replay ? { nodes: view.nodes.length, timeMs: replay.measuredMs } : null;
    const times = this.whatIf && new Map(this.whatIf.points.map((one) => [one.nodes, one.timeMs]));
    this.chart.update({ points, whatIf: this.whatIf?.points ?? null, measured });
    const hasCost = points.some((point) => point.cost !== null);
    return html`<div class="scaling-words">
        ${early(prediction)} ${replay ? replayLine(replay) : nothing} ${refusals(prediction)}
        ${this.gpuField(prediction)} ${this.placeField()}
      </div>
      <div class="scaling-upper">
        <figure role="img" aria-label=${summary(prediction)}>
          ${chartLegend(this.chart.bounds, { whatIf: times !== null, measured: measured !== null })}
          ${this.chart.element}
        </figure>
        ${this.panel(prediction)}
      </div>
      ${this.openFailure === null ? nothing : this.actions.failureCard(this.openFailure)}
      ${scalingTable({
        points,
        pointed: this.pointed,
        measured: measured?.nodes ?? null,
        whatIf: times,
        open: (nodes) => void this.open(nodes),
      })}
      <div class="scaling-lower">
        ${advice.length > 0 ? adviceList(advice, view.run.workingDir, this.actions.openLine) : nothing}
        ${hasCost ? this.best.template() : nothing} ${backChecks.length > 0 ? checkList(backChecks) : nothing}
      </div>
      <div class="scaling-words">${assumptions(prediction)}</div>`;
  }

  private placeField(): TemplateResult {
    return placeField(this.isHere, (isHere) => this.setPlace(isHere));
  }

  /** Only where an answer leads to a prediction, or has led to one and may be changed. */
  private gpuField({ needsGpuRatio, points }: Prediction): TemplateResult | typeof nothing {
    return needsGpuRatio || (this.gpuRatio !== null && points.length > 0 && !this.isHere)
      ? gpuRatioField(this.gpuRatio, (ratio) => this.setGpuRatio(ratio))
      : nothing;
  }

  private panel({ functions, points }: Prediction): TemplateResult {
    return whatIfPanel(
      {
        state: this.state,
        functions,
        hasGpus: points.some((point) => point.gpus > 0),
        outcome: changeOf(this.state) === null ? null : outcome(this.whatIf),
      },
      (patch) => this.changeWhatIf(patch),
    );
  }
}

/** At the size where the change gives most. */
function outcome(result: WhatIfResult | null): string {
  if (result === null) return '…';
  const best = result.points.reduce((a, b) => (b.gainPct > a.gainPct ? b : a), result.points[0]!);
  if (Math.max(...result.points.map((one) => Math.abs(one.gainPct))) < 0.5)
    return 'That would change nothing.';
  const word = best.gainPct >= 0 ? 'less' : 'more';
  return `${format.percent(Math.abs(best.gainPct))} ${word} on ${format.countOf(best.nodes, 'node')}: ${format.duration(best.timeMs)}.`;
}

function summary({ points }: Prediction): string {
  const words = points.map(
    (point) => `${format.countOf(point.nodes, 'node')} ${format.duration(point.timeMs)}`,
  );
  return `Time against nodes: ${words.join(', ')}`;
}
