/** What happened in a run, as the probe and Ray told it, and the summaries that every view is drawn from. */
import type { Accounts } from './accounts';
import type { NodeSample } from './cluster';
import type { ClusterMark, TraceMark } from './fault';
import type { Finding } from './finding';
import type { LibraryReport, LibraryState } from './library';
import type { RunInfo, TaskCounts } from './run';
import type { RunGraph } from './runGraph';

export type TaskKind = 'driver' | 'task' | 'actor-creation' | 'actor-task';
/** Blocking calls of `ray.get` and `ray.wait`, and for what Ray Data hands out: the first of a stream, or more of it. */
export type WaitKind = 'get' | 'wait' | 'data' | 'first-data';

/** What users call them, in the order of their numbers in traces. */
export const WAIT_NAMES: Record<WaitKind, string> = {
  get: 'ray.get',
  wait: 'ray.wait',
  data: 'Ray Data',
  'first-data': 'Ray Data',
};
export type ActorState = 'pending' | 'alive' | 'restarting' | 'dead';
export type TaskState = 'waiting' | 'running' | 'finished' | 'failed';

/** Why a task could not start before another one: something of the other's goes into it. */
export interface Dependency {
  /** The producer's id; of an object that was `ray.put`, the id of the task that put it. */
  task: string;
  /**
   * `argument`: a reference given as it is, so Ray waits for it. `nested`: inside a list, dict or object, so Ray does not
   * wait. `put`: an object of `ray.put`, either way. `actor`: the call needs its actor's creation, or was given a handle.
   */
  kind: DependencyKind;
  /** Serialized size of the object; null where nobody measured it. */
  bytes: number | null;
  /** Which of the producer's results, from 1; absent where that is not known. */
  index?: number;
}
export type DependencyKind = 'argument' | 'nested' | 'put' | 'actor';

/** A line of the user's code. Lines count from 1. */
export interface CallSite {
  file: string;
  line: number;
}

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
      /** What it holds while it runs. An actor holds nothing unless it says so. */
      gpus?: number;
      cpus?: number;
      /** Ray's custom resources, and `memory` in bytes. */
      resources?: Record<string, number>;
      /** Serialized size of the arguments that are no references. */
      valueBytes?: number;
      /** Absent where nobody looked. */
      deps?: Dependency[];
      /** First frame of user code at the `.remote()` call. */
      site?: CallSite;
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
  /** One attempt ended. `error` is `Type: first line`. What is null was not measured. */
  | {
      type: 'ended';
      task: string;
      node: string;
      worker: string;
      pid: number;
      startMs: number;
      timeMs: number;
      /** CPU time of its thread. */
      cpuMs: number | null;
      /** Of its whole worker, told where it was alone there and other threads did much as well. */
      processCpuMs?: number | null;
      error: string | null;
      function?: string;
      /** How long its thread was ready to run and had no CPU. */
      runDelayMs?: number | null;
      /** How long its worker took to make values of its arguments, before `startMs`; objects are on its node by then. */
      fetchMs?: number | null;
      /** Serialized size of all its arguments, and of all its results. */
      bytesIn?: number | null;
      bytesOut?: number | null;
      /** Of a task with several results, the size of each; `bytesOut` is their sum. */
      bytesOutEach?: number[];
      /** Resident size of its worker at the highest, where this task is what raised it. */
      peakMemoryBytes?: number | null;
    }
  /** More of a task's results became known after its end was recorded. */
  | { type: 'stored'; task: string; bytes: number }
  /** A blocking call in the driver (its task id) or inside a task. */
  | {
      type: 'waited';
      task: string;
      kind: WaitKind;
      startMs: number;
      endMs: number;
      /** Producers of what it got; of `ray.wait`, of what was ready; of Ray Data's, of blocks that came in since the last. */
      on: string[];
      site?: CallSite;
    }
  /** What Ray's state API says of a task that the probe could not follow to its end (its worker died, for instance). */
  | {
      type: 'reported';
      task: string;
      parent: string;
      kind: TaskKind;
      function: string;
      state: TaskState;
      /** Of its attempts the one that this is about, from 0; absent where that is not known. */
      attempt?: number;
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
      /** Empty where the source does not know it. */
      className: string;
      state: ActorState;
      reason: string | null;
      timeMs: number;
    }
  /** A fault, a node that went or came: what happened to the run's cluster. */
  | { type: 'mark'; mark: ClusterMark }
  /** What one of Ray's libraries says of what the job does with it; each replaces the one before it. */
  | { type: 'library'; state: LibraryState }
  /** What a trial of Ray Tune or a run of Ray Train, of this id, reported after one more iteration. */
  | { type: 'libraryReport'; library: 'train' | 'tune'; id: string; report: LibraryReport }
  /** How many tasks a source counts: Ray those of the job, the probe Ray's own servants, which are not shown (they add up). */
  | { type: 'counted'; source: 'probe' | 'ray'; tasks: number }
  /** What the probe says of a process that it cannot record, or not wholly. */
  | { type: 'noticed'; words: string }
  /** Records that a source knows it could not deliver. */
  | { type: 'lost'; source: 'probe' | 'ray' | 'file'; count: number; reason: string };

/** What a trace keeps of a node beside its samples. */
export interface NodeFacts {
  name: string;
  /** `left`: taken away as not needed any more. */
  state: 'alive' | 'dead' | 'left';
  rayNodeId: string | null;
  cpus: number;
  gpus: number;
  gpusSimulated: boolean;
  memoryBytes: number;
  /** Custom ones; absent in traces of before they were kept. */
  resources?: Record<string, number>;
}

/**
 * Where tasks come from. `state-api`: no probe there, so times are Ray's own and edges are by parent. `simulation`: a
 * prediction, nothing was run.
 */
export type TraceSource = 'probe' | 'state-api' | 'simulation' | 'none';

/** Histogram of durations; two bins to an octave, so that each is 1.41 times as long as the one before it. */
export interface DurationSpark {
  /** Lower bound of the first bin. */
  fromMs: number;
  counts: number[];
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
  /** How its durations are spread. */
  spark: DurationSpark | null;
  totalMs: number;
  /** Largest number of GPUs that one of its tasks asked for. */
  gpus: number;
  /** Half of its tasks waited no longer from when their inputs were there to their start; null where none is known. */
  waitP50Ms: number | null;
  firstMs: number | null;
  lastMs: number | null;
  /** Definition in the user's folder, when known. */
  source: { file: string; line: number } | null;
  lastError: string | null;
}

/** Blocking calls of one function at one place. */
export interface FunctionWait {
  /** Id of the function that waited. */
  function: string;
  kind: WaitKind;
  site: CallSite | null;
  count: number;
  totalMs: number;
  /** Ids of the functions whose results it waited for. */
  on: string[];
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
  state: ActorState;
  /** Why it died, or had to be started again. */
  reason: string | null;
  /** How often it was started again; absent where nobody counted. */
  restarts?: number;
  /** Since when it is in this state. */
  sinceMs?: number;
}

/** All that the run view draws, whole; its size does not grow with the number of tasks. */
export interface RunView {
  /** Grows with every change; ask again with it and get `null` when nothing changed. */
  version: number;
  run: RunInfo;
  functions: FunctionSummary[];
  graph: RunGraph;
  /** The costliest blocking calls, at most 200. */
  waits: FunctionWait[];
  findings: Finding[];
  nodes: NodeSeries[];
  actors: ActorSummary[];
  /** Executions, runs, trials and applications of Ray's own libraries; empty for most jobs. */
  libraries: LibraryState[];
  /** Faults, nodes that went and came; oldest first. */
  marks: TraceMark[];
  source: TraceSource;
  lost: { source: string; count: number; reason: string }[];
  /** What else is to be known of how this was recorded, in sentences. */
  notes: string[];
  accounts: Accounts;
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
  /** When the last of its inputs was there: the end of its last `argument` or `actor` dependency, or its submission. */
  argsReadyMs: number | null;
  startMs: number | null;
  endMs: number | null;
  cpuMs: number | null;
  runDelayMs: number | null;
  fetchMs: number | null;
  bytesIn: number | null;
  bytesOut: number | null;
  peakMemoryBytes: number | null;
  cpus: number | null;
  gpus: number;
  resources: Record<string, number>;
  deps: Dependency[];
  site: CallSite | null;
  error: string | null;
}

/** Formats of others that a trace can be written in. */
export type ExportFormat = 'perfetto' | 'otlp' | 'csv';
