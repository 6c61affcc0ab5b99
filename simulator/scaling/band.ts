/**
 * Within which times 90 % of runs are expected. Replays with other durations (drawn anew within each function), other
 * costs and another placement show how far times scatter; what the rules themselves get wrong is known from runs that
 * predictions were held against, and grows with the distance from the size that was measured.
 */
import { totalOf } from './simCluster';
import { Random } from './random';
import type { SimInput } from './simInput';
import { simulate } from './simulation';
import type { TaskGraph } from './taskGraph';

export interface BandOptions {
  /** Whether durations were measured, and so are a sample; false where a user gave them. */
  isSample: boolean;
  /** CPUs of the cluster that was measured; null where none was. */
  profiledCpus: number | null;
  /** How long the script waited there for nobody knows what: taken to last as long, though it may go with the CPUs. */
  unseenMs: number;
  /** Share of its tasks' time that others beside them may have cost: left in, though it goes where fewer compute on a machine. */
  besideShare: number;
  /** Errors of earlier predictions of this script, as |ln(measured / predicted)|. */
  errorsSeen: readonly number[];
  /** The error of replaying the measured run itself, in the same measure: no prediction is surer than that. */
  replayError: number;
  replicas: number | null;
}

/** What the rules are off by on a machine that is not busy (90 %), per run and per doubling of the size. */
const MODEL_ERROR = 0.03;
const ERROR_PER_DOUBLING = 0.02;
const COST_SPREAD = 0.3;
const NETWORK_SPREAD = 0.15;
/** How long a worker takes to start depends on what else starts on its machine. */
const START_SPREAD = 0.3;
/** So far apart lie runs of one program: their times are scaled together. */
const SPEED_SPREAD = 0.03;
/** Replays of so many tasks in all are affordable. */
const TASKS_REPLAYED = 300_000;

export function bandOf(
  input: SimInput,
  timeMs: number,
  options: BandOptions,
): { lowMs: number; highMs: number } {
  const isFree = input.costs.reportPeriodMs === 0;
  if (timeMs === 0 || (isFree && !options.isSample)) return { lowMs: timeMs, highMs: timeMs };
  const { size } = input.prepared.graph;
  const replicas = options.replicas ?? Math.max(3, Math.min(30, Math.round(TASKS_REPLAYED / size)));
  const draws = options.isSample ? drawsOf(input.prepared.graph) : null;
  const times = Array.from({ length: replicas }, (_, at) => replica(input, at + 2, draws));
  const logs = times
    .filter((ms) => ms > 0)
    .map((ms) => Math.log(ms / timeMs))
    .sort((a, b) => a - b);
  const model = isFree ? 0 : Math.max(options.replayError, modelError(input, options));
  const unseen = unseenError(input, timeMs, options);
  const alone = Math.log(1 - options.besideShare);
  const below = Math.hypot(Math.min(0, quantile(logs, 0.05)), model, Math.min(0, unseen), alone);
  const above = Math.hypot(Math.max(0, quantile(logs, 0.95)), model, Math.max(0, unseen));
  return { lowMs: timeMs * Math.exp(-below), highMs: timeMs * Math.exp(above) };
}

/** Of sorted values, between neighbours; 0 of none. */
function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return 0;
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}

/** As a logarithm: what the time would become if that which nobody knows about were shared out among the CPUs. */
function unseenError(input: SimInput, timeMs: number, { profiledCpus, unseenMs }: BandOptions): number {
  const cpus = totalOf(input.cluster, 'cpus');
  if (profiledCpus === null || !(unseenMs > 0) || cpus === 0) return 0;
  const share = Math.min(1, unseenMs / timeMs);
  return Math.log(1 - share + (share * profiledCpus) / cpus);
}

function modelError(input: SimInput, { profiledCpus, errorsSeen }: BandOptions): number {
  const cpus = Math.max(1, totalOf(input.cluster, 'cpus'));
  const doublings = profiledCpus === null ? 0 : Math.abs(Math.log2(cpus / Math.max(1, profiledCpus)));
  const known = MODEL_ERROR + ERROR_PER_DOUBLING * doublings;
  if (errorsSeen.length === 0) return known;
  // The quantile that new errors stay under in nine of ten cases, for as few as there are (split conformal).
  const sorted = [...errorsSeen].sort((a, b) => a - b);
  const at = Math.ceil(0.9 * (sorted.length + 1)) - 1;
  const seen = sorted[Math.min(at, sorted.length - 1)]!;
  const trust = sorted.length / (sorted.length + 2);
  return Math.max(seen, known * (1 - trust) + seen * trust);
}

function replica(input: SimInput, seed: number, draws: Draws | null): number {
  const random = new Random(seed * 7919);
  const { costs, cluster, prepared } = input;
  const factor = Math.exp(COST_SPREAD * random.normal());
  const nicBytesPerMs = cluster.network.nicBytesPerMs * Math.exp(NETWORK_SPREAD * random.normal());
  const scaled = { ...costs };
  for (const key of SCALED) scaled[key] = costs[key] * factor;
  const drawn = draws ? { durationMs: redrawn(prepared.graph, draws, random) } : {};
  const network = { ...cluster.network, nicBytesPerMs };
  const startFactor = Math.exp(START_SPREAD * random.normal());
  const starts = cluster.startMsOf && { startMsOf: cluster.startMsOf.map((ms) => ms * startFactor) };
  return simulate({ ...input, ...drawn, cluster: { ...cluster, ...starts, network }, costs: scaled, seed })
    .timeMs;
}

const SCALED = [
  'submitMs',
  'leaseRequestMs',
  'grantMs',
  'pushMs',
  'replyMs',
  'ownerMs',
  'returnMs',
  'transferMs',
  'storeMs',
  'argumentsMs',
  'leaseCpuMs',
  'workerStartMs',
] as const;

/** What durations are drawn from, by function. */
interface Draws {
  tasks: number[][];
  /** How much wider than the sample, as a deviation of logarithms: the longest may be longer still. */
  smoothing: number[];
}

function drawsOf(graph: TaskGraph): Draws {
  const tasks: number[][] = [];
  for (let task = 0; task < graph.size; task++) (tasks[graph.fn[task]!] ??= []).push(task);
  return { tasks, smoothing: tasks.map((like) => 0.5 * logDeviation(graph, like) * like.length ** -0.2) };
}

/** Durations drawn anew among those of the same function, a little smoothed. */
function redrawn(graph: TaskGraph, { tasks, smoothing }: Draws, random: Random): Float64Array {
  const speed = Math.exp(SPEED_SPREAD * random.normal());
  return graph.durationMs.map((_, task) => {
    const fn = graph.fn[task]!;
    const like = tasks[fn]!;
    const ms = graph.durationMs[like[random.below(like.length)]!]!;
    return ms * speed * Math.exp(smoothing[fn]! * random.normal());
  });
}

function logDeviation(graph: TaskGraph, tasks: readonly number[]): number {
  const logs = tasks.map((task) => Math.log(Math.max(1e-3, graph.durationMs[task]!)));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length);
}
