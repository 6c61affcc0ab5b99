/** What a debug session needs of the engine around it. */
import type { Disposable } from '../base/lifecycle';
import type { RunInfo, RunRequest } from '../model/run';

export interface DebugHost {
  startRun(request: RunRequest): RunInfo;
  /** What starts a task of an earlier run again, alone. Fails as `replay-impossible`. */
  replayRequest(run: string, task: string, stop: boolean): Promise<RunRequest>;
  cancelRun(run: string): void;
  /** By a run's id, the beginning of one, or `last`. Fails as `run-not-found`. */
  findRun(run: string): RunInfo;
  /** Where the processes of a run that is under way can dial in. Fails as `bad-request` where they cannot. */
  place(run: RunInfo): Promise<DebugPlace>;
  follow(run: string, follower: RunFollower): Disposable;
  /** Which task of a function (from 1, as they began) took longest in the last run of a script that had any; else null. */
  slowestTask(script: string, fn: string): Promise<number | null>;
  /** Why Ray says that a worker has ended; null when it does not say. */
  whyEnded(run: string, worker: string): Promise<string | null>;
}

export interface DebugPlace {
  /** The address to listen at, and the port; 0 is any. */
  listenAt: string;
  port: number;
  /** The same address as the nodes know it. */
  dialTo: string;
  /** The folders that nodes see at the same path; all else of theirs is not this machine's. */
  sameFolders: readonly string[];
  nodes: SharingNodes | ForeignNodes;
}

/** They see a folder of this machine. */
export interface SharingNodes {
  kind: 'sharing';
  /** At the same path for all of them. */
  debugDir: string;
  /** A folder to import debugpy from where a node's own Python has none. */
  debugpy: string | null;
}

/** Of a cluster that we did not start: what they need goes there with the run's job, or comes from the hub. */
export interface ForeignNodes {
  kind: 'foreign';
  /** The folder of which the job takes a copy along. */
  workingDir: string;
  /** debugpy as a zip file; null where it cannot be had. */
  packedDebugpy(): Promise<Uint8Array | null>;
  /** What to do where a process cannot dial in, for people. */
  wayOut: string;
}

export interface RunFollower {
  /** What happens before the script starts. */
  onStep(step: string): void;
  onOutput(text: string): void;
  onEnd(run: RunInfo): void;
}
