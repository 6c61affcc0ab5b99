/** One graph on clusters of many sizes: replays it and keeps what does not depend on the size. */
import { countOf } from '../model/format';
import type { NodeType, OverheadsName, ScalingPoint } from '../model/scaling';
import { bandOf, type BandOptions } from './band';
import { boundsOf, criticalPath, workOf, type CriticalPath, type Work } from './bounds';
import { liftEach, nameBottlenecks } from './bottlenecks';
import { overheadsNamed, type Overheads } from './overheads';
import { prepare, type Prepared } from './prepared';
import { canHold, nodeCount, totalOf, type Host, type SimCluster } from './simCluster';
import type { SimInput, SimResult } from './simInput';
import { simulate } from './simulation';
import type { ResourceShape, TaskGraph } from './taskGraph';

/** Beyond this Ray's control plane is known to be the limit, and no rule here was ever checked. */
export const MAX_NODES = 10_000;
/**
 * Ray decides some things by chance: which function's tasks go first, for one. So many courses of it are replayed, as long as
 * that makes no more than so many tasks: over many tasks, chance evens itself out.
 */
const MOST_COURSES = 25;
const TASKS_REPLAYED = 25_000;

export interface ForecastOptions {
  /** A type without a count has as many nodes as the size says. */
  types: NodeType[];
  overheads: OverheadsName;
  nicBytesPerMs: number;
  diskBytesPerMs: number;
  isWarm: boolean;
  /** By function, how long its actors take to start; null: as `isWarm` says. */
  startMsOf: Float64Array | null;
  bootMs: number;
  /** The machine that plays the cluster; null: nodes are machines. */
  host: Host | null;
  band: Omit<BandOptions, 'replayError'>;
}

/** What several courses of chance come to. */
export interface Middle {
  /** The mean of the middle half of them. */
  timeMs: number;
  /** The one that is nearest to it. */
  input: SimInput;
  result: SimResult;
  /** The time of the first. */
  firstMs: number;
}

export class Forecast {
  readonly costs: Overheads;
  readonly prepared: Prepared;
  private known: { path: CriticalPath; work: Work } | null = null;
  /** Time of one replay, by size. */
  private readonly onceMs = new Map<number, number>();

  constructor(
    readonly graph: TaskGraph,
    readonly options: ForecastOptions,
  ) {
    this.costs = overheadsNamed(options.overheads);
    this.prepared = prepare(graph, this.costs.inlineBytes);
  }

  cluster(nodes: number): SimCluster {
    return this.clusterOf(this.options.types.map((type) => ({ type, count: type.count ?? nodes })));
  }

  clusterOf(groups: SimCluster['groups']): SimCluster {
    const { nicBytesPerMs, diskBytesPerMs, isWarm, startMsOf, bootMs, host } = this.options;
    const network = { nicBytesPerMs, diskBytesPerMs };
    return {
      groups,
      network,
      isWarm,
      bootMs,
      ...(startMsOf !== null && { startMsOf }),
      ...(host !== null && { host }),
    };
  }

  input(cluster: SimCluster, seed = 1): SimInput {
    return { prepared: this.prepared, cluster, costs: this.costs, seed };
  }

  /** One replay, for comparisons of many clusters. */
  simulate(cluster: SimCluster): SimResult {
    return simulate(this.input(cluster));
  }

  /** The time of one replay at a size, kept. */
  timeOf(nodes: number): number {
    const known = this.onceMs.get(nodes);
    if (known !== undefined) return known;
    const { timeMs } = this.simulate(this.cluster(nodes));
    this.onceMs.set(nodes, timeMs);
    return timeMs;
  }

  /** `change` is what is otherwise than in the graph itself. Its time is NaN where a course never ends. */
  middle(cluster: SimCluster, change: Partial<SimInput> = {}): Middle {
    const courses = Array.from({ length: this.courseCount() }, (_, at) => {
      const input = { ...this.input(cluster, at + 1), ...change };
      return { input, result: simulate(input) };
    });
    const times = courses.map(({ result }) => result.timeMs);
    const firstMs = times[0]!;
    const stuck = courses.find(({ result }) => Number.isNaN(result.timeMs));
    if (stuck) return { ...stuck, timeMs: NaN, firstMs };
    const timeMs = midmean(times.sort((a, b) => a - b));
    const offMs = ({ result }: (typeof courses)[number]) => Math.abs(result.timeMs - timeMs);
    return { ...courses.reduce((best, one) => (offMs(one) < offMs(best) ? one : best)), timeMs, firstMs };
  }

  private courseCount(): number {
    if (this.costs.reportPeriodMs === 0) return 1;
    return Math.max(1, Math.min(MOST_COURSES, Math.round(TASKS_REPLAYED / this.graph.size)));
  }

  middleOf(nodes: number): Middle {
    const middle = this.middle(this.cluster(nodes));
    this.onceMs.set(nodes, middle.firstMs);
    return middle;
  }

  /** Why a cluster cannot be predicted at all, in words; null where it can. */
  refusal(cluster: SimCluster): string | null {
    const total = nodeCount(cluster);
    if (total > MAX_NODES) {
      return `${total.toLocaleString('en')} nodes: larger than any Ray cluster whose behaviour is known; at most ${MAX_NODES.toLocaleString('en')} are predicted.`;
    }
    const homeless = this.graph.shapes.find(
      (shape, number) =>
        isUsed(this.graph, number) && !cluster.groups.some(({ type }) => canHold(type, shape)),
    );
    return homeless === undefined ? null : homelessWords(this.graph, homeless, cluster);
  }

  /** All about one size but its speed-up, from its replay; words where it cannot be predicted. */
  point(nodes: number, { timeMs, input, result: base }: Middle, replayError: number): ScalingPoint | string {
    if (Number.isNaN(timeMs)) return stuckWords(nodes, base);
    const { cluster } = input;
    const { path, work } = (this.known ??= {
      path: criticalPath(this.graph, this.prepared.programMs),
      work: workOf(this.graph),
    });
    const bounds = boundsOf(this.prepared, path, work, cluster, this.costs, base.transferMs);
    const floorMs = Math.max(bounds.workMs, bounds.driverMs);
    return {
      nodes,
      cpus: totalOf(cluster, 'cpus'),
      gpus: totalOf(cluster, 'gpus'),
      timeMs,
      ...bandOf(input, timeMs, { ...this.options.band, replayError }),
      speedup: 1,
      efficiency: 1,
      cost: costOf(cluster, timeMs),
      crowding: cluster.host ? crowdingOf(input, base) : 0,
      bounds,
      bottlenecks: nameBottlenecks(this.prepared, base, liftEach(input, base), path, floorMs),
    };
  }

  /** Speed-ups against one node, or the smallest size that was predicted. */
  compared(points: ScalingPoint[]): ScalingPoint[] {
    const first = points[0];
    if (!first) return points;
    const one = this.cluster(1);
    const isSmaller = nodeCount(one) < nodeCount(this.cluster(first.nodes));
    const needsOne = isSmaller && this.refusal(one) === null;
    const oneMs = needsOne ? this.middle(one).timeMs : NaN;
    const [baseMs, baseNodes] = Number.isNaN(oneMs) ? [first.timeMs, first.nodes] : [oneMs, 1];
    return points.map((point) => {
      const speedup = point.timeMs > 0 ? baseMs / point.timeMs : point.nodes / baseNodes;
      return { ...point, speedup, efficiency: (speedup * baseNodes) / point.nodes };
    });
  }
}

/**
 * Mean of the middle half of sorted values. Where chance has two outcomes that are about as likely, what happens is as near to
 * it as can be, and a rare one does not move it.
 */
function midmean(sorted: readonly number[]): number {
  const cut = sorted.length / 4;
  const weights = sorted.map((_, at) =>
    Math.max(0, Math.min(at + 1, sorted.length - cut) - Math.max(at, cut)),
  );
  return sorted.reduce((sum, value, at) => sum + value * weights[at]!, 0) / (sorted.length - 2 * cut);
}

/** Share of the time of tasks that submit no others in which they had no core. */
function crowdingOf({ prepared, durationMs }: SimInput, { startMs, endMs }: SimResult): number {
  const { graph } = prepared;
  let [ownMs, allMs] = [0, 0];
  for (let task = 0; task < graph.size; task++) {
    if (graph.programStart[task + 1] !== graph.programStart[task + 2]) continue;
    ownMs += (durationMs ?? graph.durationMs)[task]!;
    allMs += endMs[task]! - startMs[task]!;
  }
  return allMs > 0 ? Math.max(0, 1 - ownMs / allMs) : 0;
}

/** Node-hours at list price, from the run's start, when all nodes are asked for; null where a type has no price. */
export function costOf(cluster: SimCluster, timeMs: number): number | null {
  let perHour = 0;
  for (const { type, count } of cluster.groups) {
    if (count > 0 && type.pricePerHour === null) return null;
    perHour += (type.pricePerHour ?? 0) * count;
  }
  return (perHour * timeMs) / 3_600_000;
}

function isUsed(graph: TaskGraph, shape: number): boolean {
  return graph.shape.includes(shape);
}

function homelessWords(graph: TaskGraph, shape: ResourceShape, cluster: SimCluster): string {
  const task = graph.shape.indexOf(graph.shapes.indexOf(shape));
  const name = graph.functions[graph.fn[task]!]!.name;
  const types = cluster.groups
    .map(({ type }) =>
      [countOf(type.cpus, 'CPU'), countOf(type.gpus, 'GPU'), ...customWords(type.resources)].join(', '),
    )
    .join(' or ');
  return `${name} asks for ${shapeWords(shape)}, which no node has (${types}). Give a node type that has it with --node-type.`;
}

function stuckWords(nodes: number, result: SimResult): string {
  const waiting = result.stuck.map(shapeWords).join(' and for ');
  const what = waiting ? `something waits for ${waiting} for ever` : 'the driver waits for ever';
  return `On ${countOf(nodes, 'node')} ${what}, because actors hold what is there as long as the run lasts.`;
}

export function shapeWords({ cpus, gpus, memoryBytes, custom }: ResourceShape): string {
  const parts = [
    cpus > 0 ? countOf(cpus, 'CPU') : '',
    gpus > 0 ? countOf(gpus, 'GPU') : '',
    memoryBytes > 0 ? `${Math.round(memoryBytes / 1048576)} MiB of memory` : '',
    ...customWords(custom),
  ].filter(Boolean);
  return parts.join(' and ') || 'nothing';
}

function customWords(resources: Record<string, number>): string[] {
  return Object.entries(resources).map(([name, amount]) => `${amount} ${name}`);
}
