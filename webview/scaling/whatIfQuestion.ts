/** A change of the run that is tried out: where its sliders stand, and what came of it. One for each run. */
import { toFailure, type Failure } from '../../simulator/model/failure';
import type { Prediction, WhatIf, WhatIfResult } from '../../simulator/model/scaling';

/** Where the sliders stand. */
export interface WhatIfState {
  fn: string;
  fasterPct: number;
  splitInto: number;
  /** Null leaves the network as it was predicted with. */
  gbit: number | null;
  moreIngestNodes: number;
}

export const NO_CHANGE: Omit<WhatIfState, 'fn'> = {
  fasterPct: 0,
  splitInto: 1,
  gbit: null,
  moreIngestNodes: 0,
};

export class WhatIfQuestion {
  state: WhatIfState = { fn: '', ...NO_CHANGE };
  result: WhatIfResult | null = null;
  failure: Failure | null = null;
  /** Of predictions; what is answered about an earlier one is dropped. */
  private round = 0;
  private isDue = false;
  private isAsked = false;

  constructor(
    private readonly ask: (change: WhatIf) => Promise<WhatIfResult>,
    private readonly changed: () => void,
  ) {}

  get change(): WhatIf | null {
    return changeOf(this.state);
  }

  /** While a new prediction is made; the sliders stay where they are. */
  forget(): void {
    this.round++;
    this.isDue = false;
    this.result = null;
    this.failure = null;
  }

  /** Asks again of a new prediction, about the same function where it has that. */
  askOf({ functions, points }: Prediction): void {
    this.forget();
    if (points.length === 0) return;
    const isThere = functions.some(({ name }) => name === this.state.fn);
    if (!isThere) this.state = { ...this.state, fn: functions[0]?.name ?? '' };
    if (!hasGpus(points)) this.state = { ...this.state, moreIngestNodes: NO_CHANGE.moreIngestNodes };
    this.askAgain();
  }

  set(patch: Partial<WhatIfState>): void {
    this.state = { ...this.state, ...patch };
    this.askAgain();
  }

  askAgain(): void {
    this.failure = null;
    this.isDue = this.change !== null;
    if (this.isDue) void this.askWhileDue();
    else this.result = null;
    this.changed();
  }

  /** One question at a time; what changed meanwhile is asked when the answer is there. */
  private async askWhileDue(): Promise<void> {
    if (this.isAsked) return;
    this.isAsked = true;
    while (this.isDue) {
      this.isDue = false;
      await this.askOnce();
    }
    this.isAsked = false;
  }

  private async askOnce(): Promise<void> {
    const { round, change } = this;
    if (change === null) return;
    const answer = await this.ask(change).then(
      (result) => ({ result, failure: null }),
      (thrown: unknown) => ({ result: null, failure: toFailure(thrown) }),
    );
    if (round !== this.round || this.change === null) return;
    this.result = answer.result;
    // A failure of what is asked anew already is none of that.
    this.failure = this.isDue ? null : answer.failure;
    this.changed();
  }
}

/** Whether nodes without GPUs can feed nodes with them. */
export function hasGpus(points: Prediction['points']): boolean {
  return points.some(({ gpus }) => gpus > 0);
}

/** Null where nothing is changed. */
function changeOf({ fn, fasterPct, splitInto, gbit, moreIngestNodes }: WhatIfState): WhatIf | null {
  const change: WhatIf = {
    ...(fasterPct > 0 ? { faster: [{ name: fn, pct: fasterPct }] } : {}),
    ...(splitInto > 1 ? { split: { name: fn, into: splitInto } } : {}),
    ...(gbit !== null ? { gbit } : {}),
    ...(moreIngestNodes > 0 ? { moreIngestNodes } : {}),
  };
  return Object.keys(change).length === 0 ? null : change;
}
