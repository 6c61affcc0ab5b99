/** Two runs side by side. */
import type { RunInfo, TaskCounts } from './run';

/** What a run may be compared with: runs of the same script first, among them those before it, the newest on top. */
export function comparable(run: RunInfo, runs: readonly RunInfo[]): RunInfo[] {
  const rank = (one: RunInfo): number =>
    one.script !== run.script ? 2 : one.createdMs > run.createdMs ? 1 : 0;
  return runs
    .filter((one) => one.id !== run.id)
    .sort((a, b) => rank(a) - rank(b) || b.createdMs - a.createdMs);
}

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
