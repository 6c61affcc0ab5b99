/**
 * The one contract between the engine and whoever speaks to it (the extension, the command line, the page).
 *
 * JSON text frames over a WebSocket on loopback. A request is `{id, method, params}`; its answer is `{id, result}`
 * or `{id, failure}`. The engine also sends `{event: 'changed', topic, version}` for watched topics: it pushes
 * that something changed, and the client pulls it when it can show it.
 *
 * Secret: Node clients send `Authorization: Bearer <secret>`; a page sends the sub-protocol `heliostat.<secret>`.
 */
import type { BackendInfo, BackendKind, ClusterInfo, NetworkShape, NodeGroup } from './model/cluster';
import type { DoctorReport } from './model/doctor';
import type { Failure } from './model/failure';
import type { FaultKind } from './model/fault';
import type { KeptTask, RunInfo, RunRequest } from './model/run';
import type { BackCheck, GraphFile, Prediction, PredictRequest, WhatIf, WhatIfResult } from './model/scaling';
import type { ScriptCheck } from './model/script';
import type { RunComparison } from './model/comparison';
import type { ExportFormat, RunView, TaskRow } from './model/trace';
import type {
  CriticalPath,
  Neighbourhood,
  TaskBrief,
  TaskDetails,
  TaskList,
  TaskListQuery,
  TaskTiles,
  TimelineLanes,
  TimelineQuery,
  TimelineSlices,
} from './model/views';

/** Grows when a client of the one and an engine of the other would misunderstand each other. */
export const PROTOCOL_VERSION = 1;

export interface Methods {
  /** First request of every connection. */
  hello: { params: { protocol: number; client: string }; result: EngineInfo };
  /** Leave if nothing is running; true when the engine leaves. Clusters stay and are found again. */
  leave: { params: { force?: boolean }; result: { leaving: boolean; activeRuns: number } };
  /** Replaces the topics of this connection: `clusters`, `runs`, `run:<id>`. */
  watch: { params: { topics: string[] }; result: null };
  backends: { params: null; result: BackendInfo[] };
  /** What this machine has and lacks; `searchEnv` as in `RunRequest`, `folder` is where a `.venv` counts. */
  doctor: { params: { searchEnv?: Record<string, string>; folder?: string }; result: DoctorReport };

  /** Reads a script (its text as in the editor where given) and says what is wrong with it. Runs nothing. */
  'script.check': { params: { path: string; text?: string }; result: ScriptCheck };

  'clusters.list': { params: null; result: ClusterInfo[] };
  /** Answers as soon as the cluster has an id; its `state` tells the rest. Equal specs get the same live cluster. */
  'clusters.start': { params: ClusterStart; result: ClusterInfo };
  /** Stops it and removes all of it; also cancels a start. Refused as `cluster-busy` while runs are alive, unless forced. */
  'clusters.stop': { params: { id: string; force?: boolean }; result: null };
  /** Start-up and node output, newest part. */
  'clusters.log': { params: { id: string }; result: { text: string } };
  /** What Ray's own dashboard asks for; null where it asks for nothing. For the user's clipboard, never for a log. */
  'clusters.token': { params: { id: string }; result: { token: string | null } };

  /** Does something to a node on purpose; `node` is its index. Answers once it is done, or fails as `fault-impossible`. */
  'clusters.fault': {
    params: { id: string; node: number; kind: FaultKind; deadlineMs?: number };
    result: { words: string };
  };

  /** Brings a group to so many nodes. Answers once that is so, or fails as `bad-request`. */
  'clusters.scale': { params: { id: string; group: string; count: number }; result: { words: string } };

  'runs.list': { params: { limit?: number }; result: RunInfo[] };
  /** Answers as soon as the run has an id; its `state` tells the rest. */
  'runs.start': { params: RunRequest; result: RunInfo };
  /** Tasks of which the arguments are kept. */
  'runs.kept': { params: { id: string }; result: KeptTask[] };
  /** Runs a task again alone, by its id, the beginning of one, or its function. Fails as `replay-impossible`. */
  'runs.replay': { params: { id: string; task: string }; result: RunInfo };
  'runs.cancel': { params: { id: string }; result: null };
  'runs.remove': { params: { id: string }; result: null };
  'runs.get': { params: { id: string }; result: RunInfo };
  /**
   * The whole view, or null when it is still at `since`. With `whole`, a run that has just ended is waited for until all
   * that it left has been collected, or for ten seconds.
   */
  'runs.view': { params: { id: string; since?: number; whole?: boolean }; result: RunView | null };
  /** A piece of the log by bytes; a negative `from` counts from the end. */
  'runs.log': { params: { id: string; from: number; maxBytes: number }; result: LogPiece };
  /** Tasks in order of first sight, by pages. */
  'runs.tasks': {
    params: { id: string; from: number; limit: number };
    result: { tasks: TaskRow[]; total: number };
  };

  /**
   * Opens a trace file as a run that is in no list; the file of a run that is here leads to that run. Fails as
   * `trace-unreadable`.
   */
  'runs.openFile': { params: { path: string }; result: RunInfo };

  /** The rows of the timeline, and its span. */
  'runs.lanes': { params: { id: string }; result: TimelineLanes };
  'runs.timeline': { params: { id: string; query: TimelineQuery }; result: TimelineSlices };
  /** A page of the filtered and sorted table. */
  'runs.taskList': { params: { id: string; query: TaskListQuery }; result: TaskList };
  /** By its id or by its row; fails as `task-not-found`. */
  'runs.task': { params: { id: string; task: string | number }; result: TaskDetails };
  /** The next task in time that a text finds, from a moment on or before it; null when there is none. */
  'runs.findTask': {
    params: { id: string; text: string; timeMs: number; backwards?: boolean };
    result: TaskBrief | null;
  };
  'runs.taskTiles': { params: { id: string; group: string; most: number }; result: TaskTiles };
  'runs.neighbourhood': { params: { id: string; task: string; most: number }; result: Neighbourhood };
  'runs.criticalPath': { params: { id: string }; result: CriticalPath };
  /** Writes a run's trace in a format of others to an absolute path of this machine; overwrites. */
  'runs.export': {
    params: { id: string; format: ExportFormat; path: string };
    result: { sizeBytes: number };
  };
  'runs.compare': { params: { a: string; b: string }; result: RunComparison };

  /**
   * How a run or a graph would do on other clusters. May take seconds; watch `scaling:<run>` (`scaling:graph`) for the
   * number of sizes that are done. What was predicted from a run is kept beside it.
   */
  'scaling.predict': { params: PredictRequest; result: Prediction };
  /** The same with one change, at the same sizes; fast after a prediction of the same. */
  'scaling.whatIf': { params: PredictRequest & { change: WhatIf }; result: WhatIfResult };
  /**
   * How the run would go on the one size in `nodes`, as a trace file, opened as `runs.openFile` does. Without a path it lies
   * beside the run's own trace. Overwrites; fails as `prediction-impossible`.
   */
  'scaling.save': { params: PredictRequest & { run: string; path?: string }; result: RunInfo };
  /** Ends what this client asked of the above and has no answer to yet; it fails as `cancelled`. */
  'scaling.cancel': { params: null; result: null };
  /** The tasks of a run as a file says them, and what it says in another way. Fails as `rehearsal-impossible`. */
  'scaling.graph': { params: { run: string }; result: { graph: GraphFile; notes: string[] } };
  /** What was predicted of a run before, and by how much it was off; of all runs without an id. */
  'scaling.backChecks': { params: { run?: string }; result: BackCheck[] };
}

export interface EngineInfo {
  protocol: number;
  version: string;
  pid: number;
  logPath: string;
  /** `http://127.0.0.1:port`, without the secret. */
  url: string;
}

export interface ClusterStart {
  network?: NetworkShape;
  name?: string;
  backend: 'auto' | Exclude<BackendKind, 'remote'>;
  groups: NodeGroup[];
  python?: string;
  image?: string;
  /** Instead of `image`: an absolute path. */
  dockerfile?: string;
  mounts: string[];
  recording?: boolean;
  /** Stop it after so long without a run; 0 is never. */
  idleMinutes?: number;
  /** Without an engine it ends by itself after so long; 0 is never. Absent: an hour. */
  orphanMinutes?: number;
  /** The same as never, and nothing that tidies up touches it. */
  keep?: boolean;
  /** As in `RunRequest`. */
  searchEnv?: Record<string, string>;
}

export interface LogPiece {
  text: string;
  fromByte: number;
  /** Where the next piece begins. */
  nextByte: number;
  totalBytes: number;
}

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]['params'];
export type Result<M extends Method> = Methods[M]['result'];

export interface RequestFrame<M extends Method = Method> {
  id: number;
  method: M;
  params: Params<M>;
}
export type ReplyFrame = { id: number; result: unknown } | { id: number; failure: Failure };
export interface ChangedFrame {
  event: 'changed';
  topic: string;
  version: number;
}
export type ServerFrame = ReplyFrame | ChangedFrame;

/** What views and commands speak through, whoever carries it. */
export interface EnginePort {
  request<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
  onChanged(listener: (topic: string, version: number) => void): { dispose(): void };
  /** Called once, when the connection is gone. */
  onClosed(listener: (reason: string) => void): { dispose(): void };
}
