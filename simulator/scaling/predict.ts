/** A prediction over sizes of a cluster: times, bounds, bottlenecks and what was taken for granted. */
import type { NodeType, OverheadsName, Prediction, ScalingPoint } from '../model/scaling';
import { boundsOf, criticalPath, workOf, type CriticalPath, type Work } from './bounds';
import { liftEach, nameBottlenecks } from './bottlenecks';
import { overheadsNamed, type Overheads } from './overheads';
import { prepare, type Prepared } from './prepared';
import { canHold, nodeCount, totalOf, type SimCluster } from './simCluster';
import type { SimResult } from './simInput';
import { simulate } from './simulation';
import type { ResourceShape, TaskGraph } from './taskGraph';

/** Beyond this Ray's control plane is known to be the limit, and no rule here was ever checked. */
export const MAX_NODES = 10_000;
const SEED = 1;

export interface PredictOptions {
  /** Sizes, as numbers of nodes of the types without a count of their own. */
  nodes: number[];
  types: NodeType[];
  overheads: OverheadsName;
  nicBytesPerMs: number;
  diskBytesPerMs: number;
  isWarm: boolean;
  bootMs: number;
}

/** Called between points; throwing ends the prediction. */
export type OnPoint = (point: ScalingPoint, done: number, total: number) => void;

export function predictGraph(graph: TaskGraph, options: PredictOptions, onPoint?: OnPoint): Prediction {
  const costs = overheadsNamed(options.overheads);
  const forecast = new Forecast(graph, costs, options);
  const refused: string[] = [];
  const points: ScalingPoint[] = [];
  const sizes = [...new Set(options.nodes)].sort((a, b) => a - b);
  const wanted: number[] = [];
  for (const nodes of sizes) {
    const reason = forecast.refusal(nodes);
    if (reason === null) wanted.push(nodes);
    else refused.push(reason);
  }
  for (const nodes of wanted) {
    const point = forecast.point(nodes);
    if (typeof point === 'string') refused.push(point);
    else points.push(point);
    if (typeof point !== 'string') onPoint?.(point, points.length, wanted.length);
  }
  return {
    replay: null,
    points: forecast.compared(points),
    refused: [...new Set(refused)],
    assumptions: assumptionsOf(options),
    advice: [],
  };
}

class Forecast {
  private readonly prepared: Prepared;
  private readonly path: CriticalPath;
  private readonly work: Work;

  constructor(
    private readonly graph: TaskGraph,
    private readonly costs: Overheads,
    private readonly options: PredictOptions,
  ) {
    this.prepared = prepare(graph, costs.inlineBytes);
    this.path = criticalPath(graph);
    this.work = workOf(graph);
  }

  /** Why a size cannot be predicted at all, in words; null where it can. */
  refusal(nodes: number): string | null {
    const cluster = this.cluster(nodes);
    const total = nodeCount(cluster);
    if (total > MAX_NODES) {
      return `${total.toLocaleString('en')} nodes: larger than any Ray cluster whose behaviour is known; at most ${MAX_NODES.toLocaleString('en')} are predicted.`;
    }
    const homeless = this.graph.shapes.find(
      (shape) => !cluster.groups.some(({ type }) => canHold(type, shape)),
    );
    return homeless === undefined ? null : homelessWords(this.graph, homeless, cluster);
  }

  point(nodes: number): ScalingPoint | string {
    const cluster = this.cluster(nodes);
    const base = this.simulate(cluster);
    if (Number.isNaN(base.timeMs)) return stuckWords(nodes, base);
    const input = { prepared: this.prepared, cluster, costs: this.costs, seed: SEED };
    const bounds = boundsOf(this.prepared, this.path, this.work, cluster, this.costs, base.transferMs);
    const others = Math.max(bounds.workMs, bounds.driverMs);
    return {
      nodes,
      cpus: totalOf(cluster, 'cpus'),
      gpus: totalOf(cluster, 'gpus'),
      timeMs: base.timeMs,
      lowMs: base.timeMs,
      highMs: base.timeMs,
      speedup: 1,
      efficiency: 1,
      cost: costOf(cluster, base.timeMs + cluster.bootMs),
      bounds,
      bottlenecks: nameBottlenecks(this.prepared, base, liftEach(input, base), this.path, others),
    };
  }

  /** Speed-ups against one node, or the smallest size that was predicted. */
  compared(points: ScalingPoint[]): ScalingPoint[] {
    const first = points[0];
    if (!first) return points;
    const isOne = first.nodes === 1 || this.refusal(1) !== null;
    const oneMs = isOne ? NaN : this.simulate(this.cluster(1)).timeMs;
    const [baseMs, baseNodes] = Number.isNaN(oneMs) ? [first.timeMs, first.nodes] : [oneMs, 1];
    return points.map((point) => {
      const speedup = point.timeMs > 0 ? baseMs / point.timeMs : 1;
      return { ...point, speedup, efficiency: (speedup * baseNodes) / point.nodes };
    });
  }

  private simulate(cluster: SimCluster): SimResult {
    return simulate({ prepared: this.prepared, cluster, costs: this.costs, seed: SEED });
  }

  private cluster(nodes: number): SimCluster {
    const { types, nicBytesPerMs, diskBytesPerMs, isWarm, bootMs } = this.options;
    const groups = types.map((type) => ({ type, count: type.count ?? nodes }));
    return { groups, network: { nicBytesPerMs, diskBytesPerMs }, isWarm, bootMs };
  }
}

/** Node-hours at list price; null where a type has no price. */
export function costOf(cluster: SimCluster, timeMs: number): number | null {
  let perHour = 0;
  for (const { type, count } of cluster.groups) {
    if (type.pricePerHour === null) return null;
    perHour += type.pricePerHour * count;
  }
  return (perHour * timeMs) / 3_600_000;
}

function homelessWords(graph: TaskGraph, shape: ResourceShape, cluster: SimCluster): string {
  const number = graph.shapes.indexOf(shape);
  const task = graph.shape.indexOf(number);
  const name = graph.functions[graph.fn[task]!]!.name;
  const types = cluster.groups.map(({ type }) => `${type.cpus} CPUs, ${type.gpus} GPUs`).join(' or ');
  return `${name} asks for ${shapeWords(shape)}, which no node has (${types}). Give a node type that has it with --node-type.`;
}

function stuckWords(nodes: number, result: SimResult): string {
  const waiting = result.stuck.map(shapeWords).join(' and for ');
  const what = waiting ? `something waits for ${waiting} for ever` : 'the driver waits for ever';
  return `${nodes} nodes: ${what}, because actors hold what is there as long as the run lasts.`;
}

function shapeWords({ cpus, gpus, memoryBytes, custom }: ResourceShape): string {
  const parts = [
    cpus > 0 ? `${cpus} CPUs` : '',
    gpus > 0 ? `${gpus} GPUs` : '',
    memoryBytes > 0 ? `${Math.round(memoryBytes / 1048576)} MiB of memory` : '',
    ...Object.entries(custom).map(([name, amount]) => `${amount} ${name}`),
  ].filter(Boolean);
  return parts.join(' and ') || 'nothing';
}

function assumptionsOf(options: PredictOptions): string[] {
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
    options.isWarm ? 'Worker processes run already.' : 'Worker processes start with the run.',
  ];
  if (options.bootMs > 0) words.push(`Nodes beside the first are there after ${options.bootMs / 1000} s.`);
  return words;
}

function gigabits(bytesPerMs: number): number {
  return Math.round(bytesPerMs / 12_500) / 10;
}
