/**
 * The Scaling tab: what this run would do on other clusters. Asks for a prediction when it is first looked at, draws
 * it, and asks again for each change of the what-if.
 */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { Failure } from '../../simulator/model/failure';
import { isEnded } from '../../simulator/model/run';
import type { Prediction } from '../../simulator/model/scaling';
import type { RunView } from '../../simulator/model/trace';
import type { Ask } from '../ask';
import * as format from '../../simulator/model/format';
import { spinner } from '../icons';
import { BestCluster } from './bestCluster';
import { chartLegend } from './chartLegend';
import { measuredSize } from './curves';
import { gpuRatioField } from './gpuRatio';
import { placeField } from './placeField';
import { ScalingChart } from './scalingChart';
import { ScalingQuestions } from './scalingQuestions';
import { scalingTable } from './scalingTable';
import {
  adviceList,
  assumptions,
  checkList,
  early,
  refusals,
  replayLine,
  type FailureCard,
  type OpenLine,
} from './scalingWords';
import { whatIfPanel } from './whatIfPanel';
import { hasGpus } from './whatIfQuestion';

export interface ScalingActions {
  failureCard: FailureCard;
  openLine: OpenLine;
  openRun(id: string): void;
}

export class ScalingView {
  readonly element = document.createElement('div');
  private readonly chart = new ScalingChart((nodes) => this.point(nodes));
  private readonly best = new BestCluster(
    (wanted) => this.questions!.choose(wanted),
    () => this.draw(),
  );
  private view: RunView | null = null;
  /** About the run of the view. */
  private questions: ScalingQuestions | null = null;
  private pointed: number | null = null;

  constructor(
    private readonly ask: Ask,
    private readonly actions: ScalingActions,
  ) {
    this.element.className = 'scaling';
  }

  /** Only called while the tab is shown. */
  update(view: RunView): void {
    const questions = this.questionsAbout(view.run.id);
    this.view = view;
    if (questions.answer.kind === 'none' && isEnded(view.run.state) && view.functions.length > 0)
      void questions.predict();
    this.draw();
  }

  private questionsAbout(run: string): ScalingQuestions {
    if (this.questions?.run === run) return this.questions;
    this.best.reset();
    this.questions = new ScalingQuestions(run, this.ask, () => this.draw());
    return this.questions;
  }

  recolor(): void {
    this.chart.recolor();
  }

  private async open(questions: ScalingQuestions, nodes: number): Promise<void> {
    const id = await questions.save(nodes);
    if (id !== null && questions === this.questions) this.actions.openRun(id);
  }

  private point(nodes: number | null): void {
    if (nodes === this.pointed) return;
    this.pointed = nodes;
    this.draw();
  }

  private draw(): void {
    if (this.view && this.questions) render(this.content(this.view, this.questions), this.element);
  }

  private content(view: RunView, questions: ScalingQuestions): TemplateResult {
    const { answer } = questions;
    if (answer.kind === 'there') return this.predicted(answer.prediction, view, questions);
    if (answer.kind === 'failed') return this.failed(answer.failure, questions);
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

  /** With the fields that lead back to what could be predicted. */
  private failed(failure: Failure, questions: ScalingQuestions): TemplateResult {
    const hasRatio = questions.gpuRatio !== null && !questions.isHere;
    return html`<div class="scaling-failed">
      ${this.actions.failureCard(failure, () => void questions.predict())}
      ${hasRatio ? this.gpuField(questions) : nothing} ${this.placeField(questions)}
    </div>`;
  }

  private predicted(prediction: Prediction, view: RunView, questions: ScalingQuestions): TemplateResult {
    const { replay, points, advice, backChecks } = prediction;
    const gpuField = asksGpuRatio(prediction, questions) ? this.gpuField(questions) : nothing;
    if (points.length === 0) {
      return html`<div class="scaling-words">
        ${early(prediction)} ${refusals(prediction)} ${gpuField}
        ${prediction.needsGpuRatio || questions.isHere ? this.placeField(questions) : nothing}
        ${advice.length > 0 ? adviceList(advice, view.run.workingDir, this.actions.openLine) : nothing}
        ${assumptions(prediction)}
      </div>`;
    }
    const size = measuredSize(view.nodes, points);
    const measured = replay && size !== null ? { nodes: size, timeMs: replay.measuredMs } : null;
    const { whatIf, openFailure } = questions;
    const changed = whatIf.result && whatIf.result.points.length > 0 ? whatIf.result.points : null;
    const times = changed && new Map(changed.map((one) => [one.nodes, one.timeMs]));
    this.chart.update({ points, whatIf: changed, measured });
    const hasCost = points.some((point) => point.cost !== null);
    return html`<div class="scaling-words">
        ${early(prediction)} ${replay ? replayLine(replay) : nothing} ${refusals(prediction)} ${gpuField}
        ${this.placeField(questions)}
      </div>
      <div class="scaling-upper">
        <figure role="img" aria-label=${summary(prediction)}>
          ${chartLegend(this.chart.bounds, { whatIf: times !== null, measured: measured !== null })}
          ${this.chart.element}
        </figure>
        ${whatIfPanel(whatIf, {
          functions: prediction.functions,
          hasGpus: hasGpus(points),
          failureCard: this.actions.failureCard,
        })}
      </div>
      ${openFailure === null ? nothing : this.actions.failureCard(openFailure)}
      ${scalingTable({
        points,
        pointed: this.pointed,
        measured: measured?.nodes ?? null,
        whatIf: times,
        open: (nodes) => void this.open(questions, nodes),
      })}
      <div class="scaling-lower">
        ${advice.length > 0 ? adviceList(advice, view.run.workingDir, this.actions.openLine) : nothing}
        ${hasCost ? this.best.template() : nothing} ${backChecks.length > 0 ? checkList(backChecks) : nothing}
      </div>
      <div class="scaling-words">${assumptions(prediction)}</div>`;
  }

  private placeField(questions: ScalingQuestions): TemplateResult {
    return placeField(questions.isHere, (isHere) => {
      this.best.reset();
      void questions.setPlace(isHere);
    });
  }

  private gpuField(questions: ScalingQuestions): TemplateResult {
    return gpuRatioField(questions.gpuRatio, (ratio) => {
      this.best.reset();
      void questions.setGpuRatio(ratio);
    });
  }
}

/** Only where an answer leads to a prediction, or has led to one and may be changed. */
function asksGpuRatio(
  { needsGpuRatio, points }: Prediction,
  { gpuRatio, isHere }: ScalingQuestions,
): boolean {
  return needsGpuRatio || (gpuRatio !== null && points.length > 0 && !isHere);
}

function summary({ points }: Prediction): string {
  const words = points.map(
    (point) => `${format.countOf(point.nodes, 'node')} ${format.duration(point.timeMs)}`,
  );
  return `Time against nodes: ${words.join(', ')}`;
}
