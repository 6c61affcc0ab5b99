/** Runs of scripts: what was asked, how it goes, how it ended. */
import type { BackendKind, NodeGroup } from './cluster';
import type { Failure } from './failure';

/** Where a run goes. */
export type RunTarget =
  /** A local cluster that fits the script: one that runs already, else a new one. */
  | {
      kind: 'local';
      backend: 'auto' | 'process' | 'docker';
      groups?: NodeGroup[];
      image?: string;
      /** Instead of `image`: an absolute path. */
      dockerfile?: string;
    }
  /** A cluster that the engine knows. */
  | { kind: 'cluster'; clusterId: string }
  /** Any Ray address (`http(s)://host:port`); the token is kept in memory only. */
  | { kind: 'address'; address: string; token?: string };

export interface RunRequest {
  /** Absolute path. */
  script: string;
  /** Arguments after the annotation's own; absent means the annotation's own, present replaces them. */
  args?: string[];
  target: RunTarget;
  /** Interpreter that the user selected; absent lets the engine look. */
  python?: string;
  /** Whether the probe records tasks; default true. */
  recording?: boolean;
  /** Stop a cluster that this run starts after so long without a run; 0 is never. */
  idleMinutes?: number;
  /** As in `ClusterStart`, for a cluster that this run starts. */
  orphanMinutes?: number;
  /** Over the annotation's own `env`. */
  env?: Record<string, string>;
  /** Its processes dial in to the debug session that started it, before they run a line. */
  debug?: boolean;
  /** Runs one task of an earlier run again, instead of the script. */
  replay?: Replay;
  /** The caller's `PATH`, `VIRTUAL_ENV` and the like, where Pythons are looked for; absent means the engine's own. */
  searchEnv?: Record<string, string>;
}

export interface Replay {
  run: string;
  /** Ray's id of the task. */
  task: string;
  /** What it held while it ran. */
  cpus: number | null;
  gpus: number;
  resources: Record<string, number>;
  /** A debugger stops in its first line. */
  stop: boolean;
}

/** A task of which the arguments are kept. */
export interface KeptTask {
  task: string;
  function: string;
  sizeBytes: number;
  /** Why they could not be kept; null when they were. */
  why: string | null;
}

export type RunState =
  /** Something happens before the script starts; `step` says what, in words that change. */
  | { kind: 'preparing'; step: string }
  | { kind: 'running' }
  | { kind: 'stopping' }
  | { kind: 'succeeded' }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'cancelled' };

export function isEnded(state: RunState): boolean {
  return state.kind === 'succeeded' || state.kind === 'failed' || state.kind === 'cancelled';
}

/** Whether an ended run says how long the script's tasks take: it is of the whole script, and no debugger stopped them. */
export function tellsTimes({ state, replayOf, debugged }: RunInfo): boolean {
  return isEnded(state) && replayOf === undefined && debugged !== true;
}

/** One frame of a Python traceback, already mapped to a path of this machine where there is one. */
export interface TraceFrame {
  file: string;
  /** From 1, as Python prints it. */
  line: number;
  function: string;
  /** Whether the file lies in the run's working directory. */
  inWorkspace: boolean;
}

/** An uncaught error of the script or of one of its tasks, read from the log. */
export interface RunProblem {
  /** The last line of the traceback: `ValueError: no such row`. */
  message: string;
  /** Outermost first. The remote task's own frames come after the driver's. */
  frames: TraceFrame[];
  /** The innermost frame in the user's folder: where a diagnostic stands. */
  at: TraceFrame | null;
}

export interface RunInfo {
  id: string;
  script: string;
  workingDir: string;
  args: string[];
  clusterId: string | null;
  clusterName: string | null;
  backend: BackendKind | null;
  state: RunState;
  /** Ray's submission id and job id (hex), once there. */
  submissionId: string | null;
  jobId: string | null;
  createdMs: number;
  /** When the script's process started and ended. */
  startMs: number | null;
  endMs: number | null;
  exitCode: number | null;
  /** Warnings from before the start: secrets in an upload, infeasible requests, … */
  notices: string[];
  problems: RunProblem[];
  taskCounts: TaskCounts;
  /** The task of an earlier run that this one runs again. */
  replayOf?: { run: string; task: string };
  /** Started by a debugger, or joined by one: what stopped in it took longer than it needs. */
  debugged?: boolean;
  /** Tasks that can be run again alone; known once the run has ended. */
  keptTasks?: number;
}

export interface TaskCounts {
  total: number;
  waiting: number;
  running: number;
  finished: number;
  failed: number;
}
