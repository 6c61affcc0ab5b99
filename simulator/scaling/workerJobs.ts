/** What the engine and its prediction worker say to each other. */
import type { Failure } from '../model/failure';
import type { WhatIf } from '../model/scaling';
import type { PredictOptions } from './predict';
import type { TaskGraph } from './taskGraph';

/** What is asked after a prediction goes without the graph where the thread has that of `key` already. */
export type Job<Graph extends TaskGraph | null = TaskGraph> =
  | { kind: 'predict'; key: string; graph: TaskGraph; options: PredictOptions }
  | { kind: 'whatIf'; key: string; graph: Graph; options: PredictOptions; change: WhatIf }
  /** Writes the replay of one size as a trace; `startMs` is when its driver begins, epoch milliseconds. */
  | { kind: 'save'; key: string; graph: Graph; options: PredictOptions; file: string; startMs: number };

export type SentJob = Job<TaskGraph | null>;

export interface JobMessage {
  id: number;
  job: SentJob;
}

export type JobReply =
  { id: number; done: number } | { id: number; result: unknown } | { id: number; failure: Failure };
