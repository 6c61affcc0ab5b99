/** What a replay is made from and what it gives. */
import type { Overheads } from './overheads';
import type { Prepared } from './prepared';
import type { SimCluster } from './simCluster';
import type { ResourceShape } from './taskGraph';

export interface SimResult {
  /** When the driver ended; NaN where it never would. */
  timeMs: number;
  /** By task; NaN where it never happened. `startMs` and `endMs` are those of the function itself. */
  submitMs: Float64Array;
  startMs: Float64Array;
  endMs: Float64Array;
  node: Int32Array;
  /** By what the graph says of a task's result, the task that has given it; null where each gave its own. */
  player: Int32Array | null;
  coldStarts: number;
  transferredBytes: number;
  /** Time that transfers took on their lines, summed. */
  transferMs: number;
  spilledBytes: number;
  /** How long the driver has waited at each of its steps. */
  driverWaitMs: Float64Array;
  /** What was still waited for when nothing more could happen; empty where the run ended. */
  stuck: ResourceShape[];
}

export interface SimInput {
  prepared: Prepared;
  cluster: SimCluster;
  costs: Overheads;
  seed: number;
  /** Other durations than the graph's own, by task. */
  durationMs?: Float64Array;
}
