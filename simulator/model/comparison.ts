/** Two runs side by side. */
import type { TaskCounts } from './run';

/** How the tasks of one function went. A task's life: its inputs are ready, it queues, its arguments are fetched, it runs. */
export interface FunctionPhases {
  count: number;
  failed: number;
  /** Of running. */
  p50Ms: number | null;
  p95Ms: number | null;
  totalMs: number;
  queueP50Ms: number | null;
  fetchP50Ms: number | null;
}

export interface ComparedFunction {
  /** Id within its run. */
  function: string;
  name: string;
  /** Null where the run did not have it. */
  a: FunctionPhases | null;
  b: FunctionPhases | null;
  /** Which part changed most from `a` to `b`, by the median; null where nothing changed by more than a tenth. */
  why: { part: 'queue' | 'fetch' | 'run'; changeMs: number } | null;
}

export interface RunComparison {
  a: ComparedSide;
  b: ComparedSide;
  /** Those whose total time differs most first. */
  functions: ComparedFunction[];
  /** What differs between the clusters and the arguments. */
  cluster: { what: string; a: string; b: string }[];
}

export interface ComparedSide {
  run: string;
  wallMs: number | null;
  counts: TaskCounts;
  /** Records that are missing. */
  lost: number;
}
