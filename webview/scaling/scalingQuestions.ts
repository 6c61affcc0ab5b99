/**
 * What is asked about one run on other clusters, and what was answered. Another run has questions of its own, so that it
 * is never shown this one's answers; of this run, an answer that a later question overtook is dropped.
 */
import { toFailure, type Failure } from '../../simulator/model/failure';
import type { Prediction, PredictRequest } from '../../simulator/model/scaling';
import type { Ask } from '../ask';
import { WhatIfQuestion } from './whatIfQuestion';

/** Sizes on the curve. */
const NODES = [1, 2, 4, 8, 16, 32, 64];
/** More than that, nobody starts on one machine. */
const NODES_HERE = [1, 2, 4, 8];

type Answer =
  | { kind: 'none' }
  | { kind: 'asking' }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'there'; prediction: Prediction };

export class ScalingQuestions {
  answer: Answer = { kind: 'none' };
  readonly whatIf: WhatIfQuestion;
  /** How many times faster a real GPU is than what ran in place of it; null is not said. */
  gpuRatio: number | null = null;
  /** Whether it is about clusters on this machine. */
  isHere = false;
  /** Why a size could not be opened as a run. */
  openFailure: Failure | null = null;
  private asked = 0;

  constructor(
    readonly run: string,
    private readonly ask: Ask,
    private readonly changed: () => void,
  ) {
    this.whatIf = new WhatIfQuestion(
      (change) => this.ask('scaling.whatIf', { ...this.request(), change }),
      changed,
    );
  }

  async predict(): Promise<void> {
    const asked = ++this.asked;
    this.answer = { kind: 'asking' };
    this.openFailure = null;
    this.whatIf.forget();
    this.changed();
    const answer = await this.ask('scaling.predict', this.request()).then(
      (prediction): Answer => ({ kind: 'there', prediction }),
      (thrown: unknown): Answer => ({ kind: 'failed', failure: toFailure(thrown) }),
    );
    if (asked !== this.asked) return;
    this.answer = answer;
    if (answer.kind === 'there') this.whatIf.askOf(answer.prediction);
    this.changed();
  }

  setGpuRatio(ratio: number): Promise<void> {
    this.gpuRatio = ratio;
    return this.predict();
  }

  setPlace(isHere: boolean): Promise<void> {
    this.isHere = isHere;
    return this.predict();
  }

  /** The best cluster for a deadline or a budget; the rest of the prediction stays as it is. */
  async choose(wanted: { deadlineMs: number } | { budget: number }): Promise<Prediction['choice']> {
    return (await this.ask('scaling.predict', { ...this.request(), ...wanted })).choice;
  }

  /** How the run would go on so many nodes, as a run: its id; null where that failed or was overtaken. */
  async save(nodes: number): Promise<string | null> {
    const { asked } = this;
    this.openFailure = null;
    this.changed();
    try {
      const { id } = await this.ask('scaling.save', { ...this.request(), nodes: [nodes] });
      return asked === this.asked ? id : null;
    } catch (thrown) {
      if (asked !== this.asked) return null;
      this.openFailure = toFailure(thrown);
      this.changed();
      return null;
    }
  }

  private request(): PredictRequest & { run: string } {
    const { run, isHere, gpuRatio } = this;
    if (isHere) return { run, isHere, nodes: NODES_HERE };
    return { run, nodes: NODES, ...(gpuRatio !== null && { gpuRatio }) };
  }
}
