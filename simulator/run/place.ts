/** Where a run's job goes: a cluster that shares directories with us, or one that only has Ray's HTTP API. */
import type { Endpoint } from '../ray/endpoint';
import type { RunSession } from './session';
import type { Context } from '../base/context';
import type { BackendKind } from '../model/cluster';
import type { Failure } from '../model/failure';
import type { Replay } from '../model/run';
import type { TraceEvent } from '../model/trace';

/** A script made ready: everything absolute, defaults filled in. */
export interface Launch {
  run: string;
  script: string;
  args: string[];
  workingDir: string;
  env: Record<string, string>;
  /** The driver starts under the debugger. */
  debug: boolean;
  /** Of which functions' tasks arguments are kept, beside those that fail; false keeps none. */
  keepArguments: false | string[];
  /** Instead of the script, one task of an earlier run: the file with its arguments, and how it ran. */
  replay: { file: string; replay: Replay } | null;
  /** The script's own requirements, for clusters that must install them. */
  dependencies: string[];
}

export interface JobProgress {
  /** Ray's job id in hex; null until the script connects to Ray. */
  jobId: string | null;
  /** When the script's process began; null before. */
  startMs: number | null;
  /** What happens before that, in words; null when nothing is known. */
  waitingFor: string | null;
  end: JobEnd | null;
}

export interface JobEnd {
  exitCode: number | null;
  /** Null when the script ended well. */
  failure: Failure | null;
  stopped: boolean;
}

export interface TaskSource {
  readonly name: 'probe' | 'state-api';
  /** What has become known since the last call. `isLast`: the job is over, so a source that asks seldom asks now. */
  poll(isLast?: boolean): Promise<TraceEvent[]>;
  /** Whether nothing more is expected after the script's end. */
  isDrained(): boolean;
  /** Called once everything is kept elsewhere. */
  dispose(): Promise<void>;
}

export interface RunPlace {
  readonly clusterId: string;
  readonly clusterName: string;
  readonly backend: BackendKind;
  /** How often `progress` may be asked. */
  readonly pollMs: number;
  /** A submission id that `launch` will use; on record before anything can run under it. */
  reserve(ctx: Context): Promise<string>;
  /** Starts the script; again after a restart of the engine does nothing more. Returns sentences for people. */
  launch(ctx: Context, submissionId: string, launch: Launch): Promise<string[]>;
  progress(submissionId: string, signal: AbortSignal): Promise<JobProgress>;
  /** The job's output from a byte on, until the job ends or the signal. */
  log(submissionId: string, fromByte: number, signal: AbortSignal): AsyncIterable<Buffer>;
  /** After the script's end: whether the log source may still hold something back that it will end by itself. */
  readonly logEndsItself: boolean;
  tasks(jobId: string): TaskSource;
  stop(submissionId: string): Promise<void>;
  /**
   * The run is over and all else of it collected. Moves tasks' arguments into the run's directory, and returns of how
   * many tasks there are some.
   */
  done(submissionId: string, runDir: string): Promise<number>;
}

/** Finds or makes the place for a run. */
export interface Placement {
  prepare(ctx: Context, session: RunSession): Promise<{ place: RunPlace; launch: Launch }>;
  /** Ray's address behind a place, for what is asked after the run's end. */
  endpoint(place: RunPlace): Promise<Endpoint>;
}
