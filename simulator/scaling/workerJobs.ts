/** What the engine and its prediction worker say to each other. */
import type { Failure } from '../model/failure';
import type { WhatIf } from '../model/scaling';
import type { PredictOptions } from './predict';
import type { TaskGraph } from './taskGraph';

export type Job =
  | { kind: 'predict'; key: string; graph: TaskGraph; options: PredictOptions }
  /** `graph` is absent where the worker has that of `key` already. */
  | { kind: 'whatIf'; key: string; graph: TaskGraph | null; options: PredictOptions; change: WhatIf }
  /** Writes the replay of one size as a trace; `startMs` is when its driver begins, epoch milliseconds. */
  | {
      kind: 'save';
      key: string;
      graph: TaskGraph | null;
      options: PredictOptions;
      file: string;
      startMs: number;
    };

export interface JobMessage {
  id: number;
  job: Job;
}

export type JobReply =
  { id: number; done: number } | { id: number; result: unknown } | { id: number; failure: Failure };
