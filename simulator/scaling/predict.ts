/** A prediction over sizes of a cluster: times, bounds, bottlenecks, advice and what was taken for granted. */
import { countOf, seconds } from '../model/format';
import type {
  Advice,
  BackCheck,
  ClusterChoice,
  FunctionShare,
  NodeType,
  Prediction,
  Replay,
  ScalingPoint,
} from '../model/scaling';
import { adviseOn } from './advice';
import { adviseOnIngest } from './ingestAdvice';
import { chooseCluster } from './bestCluster';
import type { MeasuredPlace } from './measuredPlace';
import { Forecast, type ForecastOptions, type Middle } from './forecast';
import { streamRefusal } from './streamCheck';
import { heldShape, stepsMs, type TaskGraph } from './taskGraph';

export interface PredictOptions extends ForecastOptions {
  /** Sizes, as numbers of nodes of the types without a count of their own. */
  nodes: number[];
  /** What was measured, where the graph came from a run. */
  measured: Measured | null;
  choice: { wanted: ClusterChoice['wanted']; types: NodeType[] } | null;
  /** That the run that it came from ended early, in words. */
  endedEarly: string | null;
  assumptions: string[];
  backChecks: BackCheck[];
}

export interface Measured {
  timeMs: number;
  types: NodeType[];
  /** By task, in the crowd of the machine that it was measured on. */
  wallMs: Float64Array;
  /** By step of a program, likewise. */
  wallStepMs: Float64Array;
  place: MeasuredPlace;
  /** What its trace shows without a replay. */
  seen: Advice[];
}

/** Of the actors that take longest to start. */
const NAMED_STARTS = 3;

export function predictGraph(graph: TaskGraph, options: PredictOptions): Prediction {
  return predict(new Forecast(graph, options), options);
}

/** `onPoint` is told of each size when it is done. */
export function predict(
  forecast: Forecast,
  options: PredictOptions,
  onPoint?: (done: number, total: number) => void,
): Prediction {
  const replay = options.measured && replayOf(forecast, options.measured);
  const replayError = replay ? Math.abs(Math.log(replay.predictedMs / replay.measuredMs)) : 0;
  const { endedEarly } = options;
  const early = endedEarly === null ? [] : [endedEarly];
  const assumptions = [...early, ...assumptionsOf(forecast), ...options.assumptions];
  const off = streamRefusal(forecast.graph, replay);
  if (off !== null)
    return { ...refusedPrediction([off], options.measured!.seen), replay, assumptions, endedEarly };
  const refused: string[] = [];
  const wanted = [...new Set(options.nodes)]
    .sort((a, b) => a - b)
    .filter((nodes) => {
      const reason = forecast.refusal(forecast.cluster(nodes));
      if (reason !== null) refused.push(reason);
      return reason === null;
    });
  const points: ScalingPoint[] = [];
  let largest: { nodes: number; middle: Middle } | null = null;
  for (const [at, nodes] of wanted.entries()) {
    const middle = forecast.middleOf(nodes);
    const point = forecast.point(nodes, middle, replayError);
    if (typeof point === 'string') refused.push(point);
    else {
      points.push(point);
      largest = { nodes, middle };
    }
    onPoint?.(at + 1, wanted.length);
  }
  return {
    replay,
    points: forecast.compared(points),
    refused: [...new Set(refused)],
    needsGpuRatio: false,
    endedEarly,
    assumptions,
    advice: [...ingestAdvice(forecast, options), ...(largest ? adviseOn(largest.middle, largest.nodes) : [])],
    functions: functionShares(forecast.graph),
    choice: options.choice && chooseCluster(forecast, options.choice.types, options.choice.wanted),
    backChecks: options.backChecks,
  };
}

/** Why nothing is said of other clusters, where the run itself cannot be replayed well enough; null where it can. */
export function refusalByReplay(forecast: Forecast, { measured }: PredictOptions): string | null {
  if (measured === null || forecast.graph.poolLatencyMs.length === 0) return null;
  return streamRefusal(forecast.graph, replayOf(forecast, measured));
}

/** What is said where nothing can be predicted. */
export function refusedPrediction(refused: string[], advice: Advice[]): Prediction {
  return {
    replay: null,
    points: [],
    refused,
    needsGpuRatio: false,
    endedEarly: null,
    assumptions: [],
    advice,
    functions: [],
    choice: null,
    backChecks: [],
  };
}

/** The measured size again, with the times that tasks, workers and transfers took in the crowd there. */
function replayOf(forecast: Forecast, measured: Measured): Replay | null {
  const groups = measured.types.map((type) => ({ type, count: type.count ?? 1 }));
  const cluster = forecast.clusterOf(groups);
  if (groups.length === 0 || forecast.refusal(cluster) !== null) return null;
  const { startsMs, bytesPerMs } = measured.place;
  const network = { ...cluster.network, ...(bytesPerMs !== null && { nicBytesPerMs: bytesPerMs }) };
  const { host: _, ...own } = cluster;
  const same = { ...own, network, startsMs, bootMs: 0 };
  // What first calls took longer is in `wallMs`.
  const warmupMs = forecast.graph.warmupMs.map(() => 0);
  const graph = { ...forecast.graph, warmupMs, stepMs: measured.wallStepMs };
  const prepared = { ...forecast.prepared, graph, programMs: stepsMs(graph) };
  const predictedMs = forecast.middle(same, { prepared, durationMs: measured.wallMs }).timeMs;
  if (Number.isNaN(predictedMs)) return null;
  const errorPct = ((predictedMs - measured.timeMs) / measured.timeMs) * 100;
  return { measuredMs: measured.timeMs, predictedMs, errorPct };
}

/** About the cluster that the run had: there it was seen to wait, and one node more is a small step. */
function ingestAdvice(forecast: Forecast, { measured }: PredictOptions): Advice[] {
  if (measured === null) return [];
  const cluster = forecast.clusterOf(measured.types.map((type) => ({ type, count: type.count ?? 1 })));
  return forecast.refusal(cluster) === null ? adviseOnIngest(forecast.middle(cluster)) : [];
}

function functionShares(graph: TaskGraph): FunctionShare[] {
  const shares = graph.functions.map(({ name }) => ({ name, tasks: 0, totalMs: 0, usesGpu: false }));
  for (let task = 0; task < graph.size; task++) {
    const share = shares[graph.fn[task]!]!;
    share.tasks++;
    share.totalMs += graph.durationMs[task]!;
    if (heldShape(graph, task).gpus > 0) share.usesGpu = true;
  }
  return shares.filter(({ tasks }) => tasks > 0).sort((a, b) => b.totalMs - a.totalMs);
}

function assumptionsOf({ graph, options }: Forecast): string[] {
  if (options.overheads === 'none') {
    return [
      'Ray costs nothing, transfers take no time, and tasks start in order of readiness wherever there is room.',
    ];
  }
  const words = [
    options.overheads === 'published'
      ? "Ray's own costs are those of its published release measurements on large machines."
      : "Ray's own costs are those measured with Ray 2.60 on one machine.",
    `Nodes are joined by ${gigabits(options.nicBytesPerMs)} Gbit/s each way, in one place.`,
    startWords(graph, options),
    options.host === null
      ? 'Each node has cores of its own, one for each of its CPUs.'
      : `All nodes are on one machine and share its ${countOf(options.host.cores, 'core')}.`,
  ];
  if (options.bootMs > 0) words.push(`Nodes beside the first are there after ${options.bootMs / 1000} s.`);
  return words;
}

function startWords(graph: TaskGraph, { isWarm, startMsOf }: ForecastOptions): string {
  if (startMsOf === null)
    return isWarm ? 'Worker processes run already.' : 'Worker processes start with the run.';
  const actors = [...startMsOf.keys()].filter((fn) => startMsOf[fn]! > 0);
  const slowest = actors.sort((a, b) => startMsOf[b]! - startMsOf[a]!).slice(0, NAMED_STARTS);
  const each = slowest.map((fn) => `${seconds(startMsOf[fn]!)} for ${graph.functions[fn]!.name}`);
  const others = isWarm ? 'Worker processes run already' : 'Worker processes start with the run';
  return `${others}; an actor takes as long to start as it usually did here: ${each.join(', ')}.`;
}

function gigabits(bytesPerMs: number): number {
  return Math.round(bytesPerMs / 12_500) / 10;
}
