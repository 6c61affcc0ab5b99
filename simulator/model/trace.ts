/** What happened in a run, as the probe and Ray told it, and the summaries that every view is drawn from. */
import type { NodeSample } from './cluster';
import type { RunInfo, TaskCounts } from './run';

export type TaskKind = 'driver' | 'task' | 'actor-creation' | 'actor-task';
export type TaskState = 'waiting' | 'running' | 'finished' | 'failed';

/** The one union of everything that can be written into a trace. Times are epoch milliseconds with fractions. */
export type TraceEvent =
  /** A task was submitted. `parent` is the submitting task's id. Ids are Ray's, in hex. */
  | {
      type: 'submitted';
      task: string;
      parent: string;
      kind: TaskKind;
      /** `module.function` or `module.Class.method`. */
      function: string;
      timeMs: number;
      /** GPUs it asks for. */
      gpus?: number;
    }
  /** One attempt of a task began on a worker. */
  | {
      type: 'started';
      task: string;
      node: string;
      worker: string;
      pid: number;
      timeMs: number;
      function?: string;
    }
  /** One attempt ended. `cpuMs` is the thread's CPU time. `error` is `Type: first line`. */
  | {
      type: 'ended';
      task: string;
      node: string;
      worker: string;
      pid: number;
      startMs: number;
      timeMs: number;
      cpuMs: number | null;
      error: string | null;
      function?: string;
    }
  /** What Ray's state API says of a task that the probe could not follow to its end (its worker died, for instance). */
  | {
      type: 'reported';
      task: string;
      parent: string;
      kind: TaskKind;
      function: string;
      state: TaskState;
      node: string | null;
      startMs: number | null;
      endMs: number | null;
      error: string | null;
    }
  | { type: 'node-sample'; nodeIndex: number; sample: NodeSample }
  | { type: 'node'; nodeIndex: number; node: NodeFacts }
  | {
      type: 'actor';
      actor: string;
      className: string;
      state: 'pending' | 'alive' | 'restarting' | 'dead';
      reason: string | null;
      timeMs: number;
    }
  /** Records that a source knows it could not deliver. */
  | { type: 'lost'; source: 'probe' | 'ray'; count: number; reason: string };

/** What a trace keeps of a node beside its samples. */
export interface NodeFacts {
  name: string;
  state: 'alive' | 'dead';
  rayNodeId: string | null;
  cpus: number;
  gpus: number;
  gpusSimulated: boolean;
  memoryBytes: number;
}

/** One function of the run: a node of the task graph. */
export interface FunctionSummary {
  /** Stable within a run. */
  id: string;
  /** Short: `decode`, `Trainer.step`. */
  name: string;
  /** Full, with its module. */
  fullName: string;
  kind: TaskKind;
  counts: TaskCounts;
  /** Of ended attempts, wall time; null where none has ended. */
  p50Ms: number | null;
  p95Ms: number | null;
  totalMs: number;
  /** Largest number of GPUs that one of its tasks asked for. */
  gpus: number;
  firstMs: number | null;
  lastMs: number | null;
  /** Definition in the user's folder, when known. */
  source: { file: string; line: number } | null;
  lastError: string | null;
}

/** Tasks of `from` submitted `count` tasks of `to`. */
export interface FunctionEdge {
  from: string;
  to: string;
  count: number;
}

export interface NodeSeries extends NodeFacts {
  nodeIndex: number;
  /** Oldest first, thinned to at most 300. */
  samples: NodeSample[];
  peakCpuPct: number | null;
  peakMemoryBytes: number | null;
  tasksRun: number;
}

export interface ActorSummary {
  id: string;
  className: string;
  state: 'pending' | 'alive' | 'restarting' | 'dead';
  reason: string | null;
}

/** All that the run view draws, whole; its size does not grow with the number of tasks. */
export interface RunView {
  /** Grows with every change; ask again with it and get `null` when nothing changed. */
  version: number;
  run: RunInfo;
  functions: FunctionSummary[];
  edges: FunctionEdge[];
  nodes: NodeSeries[];
  actors: ActorSummary[];
  /** Where the tasks come from. `state-api`: no probe there, so times are Ray's own and edges are by parent. */
  source: 'probe' | 'state-api' | 'none';
  lost: { source: string; count: number; reason: string }[];
  logSizeBytes: number;
}

/** One task in full, as `heliostat trace --json` prints it. */
export interface TaskRow {
  id: string;
  name: string;
  kind: TaskKind;
  parent: string;
  state: TaskState;
  attempt: number;
  node: number | null;
  worker: string | null;
  pid: number | null;
  submitMs: number | null;
  startMs: number | null;
  endMs: number | null;
  cpuMs: number | null;
  error: string | null;
}
