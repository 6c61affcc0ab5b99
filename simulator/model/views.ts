/** What the page's views ask the engine for beyond the run view. Every answer is bounded, however large the run is. */
import type { CallSite, DependencyKind, TaskKind, TaskState, WaitKind } from './trace';

/** One row of the timeline. A worker that runs several tasks at a time has one for each. */
export interface Lane {
  /** Null where nobody said which node it was. */
  node: number | null;
  /** Ray's worker id in hex; null for the driver and where it is not known. */
  worker: string | null;
  pid: number | null;
  /** 0 for a worker's first lane. */
  depth: number;
  kind: 'driver' | 'worker';
  tasks: number;
}

export interface TimelineLanes {
  version: number;
  /** From the first submission or start to the last end, or to now while something runs. Epoch milliseconds. */
  fromMs: number;
  toMs: number;
  /** The driver's first, then by node. At most `MAX_LANES`. */
  lanes: Lane[];
  /** So many lanes more than are listed. */
  omitted: number;
}

export const MAX_LANES = 4000;

export interface TimelineQuery {
  fromMs: number;
  toMs: number;
  /** Tasks shorter than this are drawn together. */
  binMs: number;
  /** Of `TimelineLanes.lanes`: from, and up to but not with. */
  firstLane: number;
  lastLane: number;
}

/**
 * Slices of the lanes asked for, lane after lane and ascending in each. Columns, since they may be many. Times are in
 * `tickMs` since `fromMs`.
 */
export interface TimelineSlices extends TimelineQuery {
  version: number;
  tickMs: number;
  /** Where each lane's slices begin; one more at the end. */
  offsets: number[];
  start: number[];
  length: number[];
  /** Into `functions`; of a merged slice the one that filled most of it. */
  fn: number[];
  /** How many tasks; above 1 it is merged. */
  count: number[];
  /** Row of its task; -1 where merged. */
  row: number[];
  /** How full a merged slice is, 1 to 8; 8 where it is one task. */
  fill: number[];
  /** 0 finished, 1 running, 2 failed (or one of the merged is). */
  state: number[];
  /** Ids of functions, as in the run view. */
  functions: string[];
  /** The driver's blocking calls, where its lane was asked for: spans as above, 0 `ray.get`, 1 `ray.wait`. */
  waits: { start: number[]; length: number[]; kind: number[]; count: number[] };
}

/** A blocking `ray.get` or `ray.wait`. */
export interface WaitSpan {
  kind: WaitKind;
  startMs: number;
  endMs: number;
  /** How many tasks' results were waited for. */
  on: number;
  site: CallSite | null;
}

export type TaskColumn =
  'name' | 'state' | 'node' | 'submitted' | 'queue' | 'duration' | 'cpu' | 'bytesIn' | 'bytesOut';

export interface TaskFilter {
  /** In the function's name, the error or at the beginning of the id; case is ignored. */
  text: string;
  /** Id of a function, as in the run view. */
  functionId: string | null;
  state: TaskState | null;
  node: number | null;
}

export interface TaskListQuery {
  filter: TaskFilter;
  /** Null: failed first, then by submission. */
  sort: { column: TaskColumn; descending: boolean } | null;
  from: number;
  limit: number;
}

/** A task as it stands in lists. Times in epoch milliseconds; null is unknown. */
export interface TaskBrief {
  row: number;
  id: string;
  functionId: string | null;
  name: string;
  kind: TaskKind;
  state: TaskState;
  /** Attempts beyond the first. */
  retries: number;
  node: number | null;
  worker: string | null;
  pid: number | null;
  submitMs: number | null;
  /** When the last of its arguments was ready. */
  argsReadyMs: number | null;
  /** How long its worker took to get its arguments, before `startMs`. */
  fetchMs: number | null;
  startMs: number | null;
  endMs: number | null;
  cpuMs: number | null;
  bytesIn: number | null;
  bytesOut: number | null;
  error: string | null;
}

export interface TaskList {
  version: number;
  /** Those that pass the filter, of all. */
  matching: number;
  total: number;
  tasks: TaskBrief[];
}

/** A task that another has to do with. `bytes` of what went from one to the other. */
export interface TaskLink {
  task: TaskBrief;
  kind: DependencyKind | 'parent';
  bytes: number | null;
}

export interface TaskDetails {
  task: TaskBrief;
  parent: TaskBrief | null;
  /** Whose results it took, and who took its own: at most `MAX_LINKS` of each. */
  inputs: TaskLink[];
  inputCount: number;
  outputs: TaskLink[];
  outputCount: number;
  submitted: number;
  runDelayMs: number | null;
  peakMemoryBytes: number | null;
  /** Where it was called. */
  site: CallSite | null;
  /** Its own blocking calls, the longest, at most `MAX_LINKS`. */
  waits: WaitSpan[];
  /** Waited for the results of this task, ended last: `waited 1.2 s for data from node 2`. */
  lastInput: { task: TaskBrief; readyMs: number } | null;
  /** Lanes of the timeline, of the task and of what it is linked with, by id. */
  lanes: Record<string, number>;
}

export const MAX_LINKS = 60;

/** A task with its ancestors and descendants. */
export interface Neighbourhood {
  centre: string;
  tasks: TaskBrief[];
  edges: { from: string; to: string; kind: TaskLink['kind']; bytes: number | null }[];
  /** True when there was more than was asked for. */
  cut: boolean;
}

/** The chain of tasks that decided when the run ended, first to last. */
export interface CriticalPath {
  /** At most `MAX_PATH_STEPS`, the last ones. */
  /** Until it was submitted, then until it began, then until it ended; counted from the end of the step before. */
  steps: { task: TaskBrief; waitedMs: number; queuedMs: number; ranMs: number }[];
  length: number;
  /** Ids of the graph's groups. */
  groups: string[];
  /** Pairs of groups that follow on each other in it. */
  edges: { from: string; to: string }[];
  totalMs: number;
  waitedMs: number;
  queuedMs: number;
  ranMs: number;
}

export const MAX_PATH_STEPS = 500;

/** One group's tasks as tiles; a tile stands for one task or for several neighbours. */
export interface TaskTiles {
  /** Tasks by tile: the worst state of them counts. */
  state: TaskState[];
  /** Row of the tile's first task that is in that state. */
  row: number[];
  perTile: number;
  total: number;
}
