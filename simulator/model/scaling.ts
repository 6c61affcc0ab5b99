/** What a prediction of a run on another cluster is made from, and what it says. Times in ms, sizes in bytes. */

/**
 * A task of a graph that did not come from a run. The driver submits tasks in the order of the file (a task that
 * depends on a later one is moved behind it) and ends when all are done; results are not fetched to the driver.
 */
export interface GraphTask {
  /** Unique. */
  id: string;
  /** The function: tasks of one name and one set of resources share Ray's scheduling key. Default: the id. */
  name: string;
  /** Its own time on an idle machine, without waiting for others. */
  durationMs: number;
  /** Logical CPUs; default 1. */
  cpus: number;
  gpus: number;
  outputBytes: number;
  /** Tasks whose results are its arguments. */
  deps: string[];
  /** Ray's custom resources. */
  resources?: Record<string, number>;
  /** Calls with the same actor run one after another in the actor's process, in the order of the file. */
  actor?: string;
  /** The task that submits it from inside, and waits for it before it ends; absent: the driver. */
  parent?: string;
  /** The submitter gets the results of these (`ray.get`) before it submits this one. */
  after?: string[];
  /** The driver submits it only when so many of its earlier tasks have ended: a `ray.wait` loop. */
  afterFinished?: number;
  /** Time that the submitter itself spends between the step before and this submission. */
  thinkMs?: number;
}

export interface GraphActor {
  id: string;
  /** Held as long as the run lasts. */
  cpus: number;
  gpus: number;
  resources?: Record<string, number>;
  /** Calls at a time; default 1. */
  concurrency?: number;
  /** Time of its constructor; default 0. */
  durationMs?: number;
}

/** The file that `heliostat predict --graph` and `heliostat rehearse --graph` read. */
export interface GraphFile {
  tasks: GraphTask[];
  /** Resources of actors; one that is not listed holds nothing. */
  actors?: GraphActor[];
}

/** A kind of machine. */
export interface NodeType {
  name: string;
  cpus: number;
  gpus: number;
  memoryBytes: number;
  resources: Record<string, number>;
  /** Per hour, in the price table's currency; null leaves the cost out. */
  pricePerHour: number | null;
  /** How many of them whatever the size; null: this is what `--nodes` counts. */
  count: number | null;
}

export type OverheadsName = 'measured' | 'published' | 'none';

export const BOTTLENECKS = [
  'CPU',
  'GPU',
  'ingest',
  'driver',
  'network',
  'spill',
  'ramp-up',
  'critical path',
] as const;
export type BottleneckName = (typeof BOTTLENECKS)[number];

export interface Bottleneck {
  name: BottleneckName;
  /** How much shorter the run would be without this limit, in percent of its time. */
  gainPct: number;
  /** Function, line or resource that it is about, in words. */
  where: string;
}

/** Times that no schedule can beat. */
export interface Bounds {
  criticalPathMs: number;
  /** Work over capacity, of the resource for which that is longest. */
  workMs: number;
  /** The driver's own time: submissions and what it does between them. */
  driverMs: number;
  networkMs: number;
}

export interface ScalingPoint {
  nodes: number;
  cpus: number;
  gpus: number;
  timeMs: number;
  /** 90 % of the runs are expected within. */
  lowMs: number;
  highMs: number;
  /** Against one node, or the smallest size that can run it. */
  speedup: number;
  /** Speed-up per node, 0–1. */
  efficiency: number;
  cost: number | null;
  /** Share of their time that tasks wait for a core, where nodes share those of this machine; otherwise 0. */
  crowding: number;
  bounds: Bounds;
  /** The two that would give most, most first; empty where nothing would give 1 %. */
  bottlenecks: Bottleneck[];
}

export interface Replay {
  measuredMs: number;
  predictedMs: number;
  errorPct: number;
}

/** Advice about the user's code or Ray's settings. */
export interface Advice {
  text: string;
  /** `file.py:41`, where it is about a line. */
  where: string | null;
  /** Share of the time at `nodes` that it is about, in percent. */
  gainPct: number;
  nodes: number;
}

/** A cluster of several kinds of nodes, and what the run would take on it. */
export interface ClusterOption {
  groups: { name: string; cpus: number; gpus: number; count: number }[];
  timeMs: number;
  cost: number;
}

/** What to rent for a deadline or a budget. */
export interface ClusterChoice {
  wanted: { deadlineMs: number } | { budget: number };
  /** Null where nothing that was tried meets it. */
  best: ClusterOption | null;
  /** Those of which none other is both faster and cheaper, fastest first; empty where the run can go on none. */
  front: ClusterOption[];
  /** Why the run can go on none of the node types that were looked at, in words; absent where it can. */
  impossible?: string;
}

/** A prediction that was made before a run of the same script ended elsewhere, laid over what it took. */
export interface BackCheck {
  /** The run that the prediction was made from, and the one that it was laid over. */
  fromRun: string;
  run: string;
  nodes: number;
  predictedMs: number;
  lowMs: number;
  highMs: number;
  measuredMs: number;
  errorPct: number;
  /** Whether tasks had to wait for a machine's CPUs more than was predicted, so that the measured time says little. */
  isCrowded: boolean;
}

export interface FunctionShare {
  name: string;
  tasks: number;
  /** Of all its tasks on an idle machine. */
  totalMs: number;
  usesGpu: boolean;
}

export interface Prediction {
  /** The measured size again, simulated; null for a graph that did not come from a run. */
  replay: Replay | null;
  points: ScalingPoint[];
  /** What could not be predicted and why, in words. */
  refused: string[];
  /** Whether nothing else stands in the way than not knowing how much faster a real GPU is. */
  needsGpuRatio: boolean;
  /** That the run ended early and all this is about the part that ran, in words; the first of the assumptions too. */
  endedEarly: string | null;
  /** What was taken for granted, in words. */
  assumptions: string[];
  advice: Advice[];
  /** Those that a what-if can be about, longest first. */
  functions: FunctionShare[];
  /** Null where neither a deadline nor a budget was asked about. */
  choice: ClusterChoice | null;
  /** Earlier predictions for this script that a later run could be held against. */
  backChecks: BackCheck[];
}

/** What to predict, and for which clusters. What is absent has a default. */
export interface PredictRequest {
  /** A run's id, or a graph in its place. */
  run?: string;
  graph?: GraphFile;
  nodes?: number[];
  /** Default: the kinds of nodes that the run had, or one that fits the graph. */
  types?: NodeType[];
  overheads?: OverheadsName;
  gbit?: number;
  /** All worker processes start with the run, as fast as usual with Ray; otherwise only actors' do, as in the run before. */
  isCold?: boolean;
  /** All nodes are on this machine and share its cores, as those of a local cluster do, and worker processes start with the run. */
  isHere?: boolean;
  /** Time until nodes beside the first are there. */
  bootMs?: number;
  /** How many times faster tasks with a GPU are than where one was simulated; with `isHere` as fast, unless it is said. */
  gpuRatio?: number;
  deadlineMs?: number;
  budget?: number;
}

/** One change of a run, to see what it would give. */
export interface WhatIf {
  /** Functions that take less of their time, in percent. */
  faster?: { name: string; pct: number }[];
  /** Each task of a function is split into so many. */
  split?: { name: string; into: number };
  gbit?: number;
  /** So many more nodes without GPUs for each that `--nodes` counts. */
  moreIngestNodes?: number;
}

export interface WhatIfResult {
  points: { nodes: number; timeMs: number; gainPct: number }[];
}
