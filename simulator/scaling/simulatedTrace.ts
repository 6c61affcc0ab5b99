/** A replay as a trace, so that a run that nobody has made opens in the views of those that were made. */
import path from 'node:path';
import { writtenTo } from '../base/files';
import { NOTHING_MEASURED, type NodeSample } from '../model/cluster';
import { fail } from '../model/failure';
import { countOf } from '../model/format';
import type { NodeType } from '../model/scaling';
import type { Dependency, TaskKind } from '../model/trace';
import { Lanes } from '../trace/lanes';
import { writeTrace } from '../trace/traceFile';
import { TraceStore } from '../trace/traceStore';
import type { Forecast } from './forecast';
import type { SimCluster } from './simCluster';
import type { SimResult } from './simInput';
import { heldShape, NONE, type ResourceShape, type TaskGraph } from './taskGraph';

const JOB = '01000000';
const NO_ACTOR = 'f'.repeat(24);
const DRIVER = `${'f'.repeat(16)}${NO_ACTOR}${JOB}`;
/** Points of each node's use over the run. */
const SAMPLES = 200;

/** Writes what `tracedAt` gives as a trace file; fails as that does, and as `file-unwritable`. */
export function saveTraceAt(
  file: string,
  forecast: Forecast,
  nodes: readonly number[],
  startMs: number,
): Promise<void> {
  return writtenTo(file, writeTrace(file, tracedAt(forecast, nodes, startMs)));
}

/** The size, of which there has to be one. */
export function oneSize(nodes: readonly number[]): number {
  const [size, ...others] = nodes;
  if (size !== undefined && others.length === 0) return size;
  return fail({ code: 'bad-request', detail: 'One run goes on one cluster: give a single number of nodes.' });
}

/** `train-predicted-on-4-nodes.heliostat`: what the page calls such a run, too. */
export function predictedName(script: string, nodes: readonly number[]): string {
  const size = countOf(oneSize(nodes), 'node').replace(' ', '-');
  return `${path.parse(script).name}-predicted-on-${size}.heliostat`;
}

/** The replay of a size whose time is nearest to what is predicted; fails as `prediction-impossible`. */
export function tracedAt(forecast: Forecast, nodes: readonly number[], startMs: number): TraceStore {
  const size = oneSize(nodes);
  const refusal = forecast.refusal(forecast.cluster(size));
  if (refusal !== null) return fail({ code: 'prediction-impossible', detail: refusal });
  const middle = forecast.middleOf(size);
  if (Number.isNaN(middle.timeMs))
    return fail({
      code: 'prediction-impossible',
      detail: `On ${countOf(size, 'node')} the run would never end.`,
    });
  return simulatedTrace(forecast.graph, middle, startMs);
}

/**
 * `startMs`: epoch milliseconds of the driver's start. Tasks have ids of Ray's form, of their own. Workers are numbered as
 * they are first needed: a replay knows how many there are on a node, not which of them runs what.
 */
export function simulatedTrace(
  graph: TaskGraph,
  { input, result }: { input: { cluster: SimCluster }; result: SimResult },
  startMs: number,
): TraceStore {
  const store = new TraceStore();
  store.source = 'simulation';
  const types = typesByNode(input.cluster);
  types.forEach(({ cpus, gpus, memoryBytes, resources }, nodeIndex) => {
    const name = nodeIndex === 0 ? 'head' : `node ${nodeIndex}`;
    const facts = { state: 'alive', rayNodeId: null, cpus, gpus, gpusSimulated: false, memoryBytes } as const;
    store.apply({ type: 'node', nodeIndex, node: { name, ...facts, resources } });
  });
  const writer = new Writer(store, graph, result, startMs);
  const driver = { task: DRIVER, node: '0', worker: 'driver', pid: NONE, function: '__main__' };
  store.apply({ type: 'started', ...driver, timeMs: startMs });
  for (let task = 0; task < graph.size; task++) writer.submitted(task);
  for (const task of byStart(result)) writer.ran(task);
  const timeMs = startMs + result.timeMs;
  store.apply({ type: 'ended', ...driver, startMs, timeMs, cpuMs: null, error: null });
  use(graph, result, types, startMs).forEach((samples, nodeIndex) => {
    for (const sample of samples) store.apply({ type: 'node-sample', nodeIndex, sample });
  });
  return store;
}

class Writer {
  /** By node. */
  private readonly lanes = new Map<number, Lanes>();
  /** By task: the actor that it makes. */
  private readonly made: Map<number, number>;

  constructor(
    private readonly store: TraceStore,
    private readonly graph: TaskGraph,
    private readonly result: SimResult,
    private readonly startMs: number,
  ) {
    this.made = new Map(graph.actors.map(({ creation }, actor) => [creation, actor]));
  }

  submitted(task: number): void {
    const { graph, result } = this;
    const submitMs = result.submitMs[task]!;
    if (Number.isNaN(submitMs)) return;
    const { cpus, gpus, memoryBytes, custom } = graph.shapes[graph.shape[task]!]!;
    const parent = graph.parent[task]!;
    this.store.apply({
      type: 'submitted',
      task: this.id(task),
      parent: parent === NONE ? DRIVER : this.id(parent),
      kind: this.kind(task),
      function: this.functionName(task),
      timeMs: this.startMs + submitMs,
      cpus,
      gpus,
      resources: { ...custom, ...(memoryBytes > 0 && { memory: memoryBytes }) },
      deps: this.deps(task),
    });
  }

  ran(task: number): void {
    const { graph, result, startMs } = this;
    const node = result.node[task]!;
    const [fromMs, toMs] = [result.startMs[task]!, result.endMs[task]!];
    const actor = graph.actor[task] === NONE ? (this.made.get(task) ?? NONE) : graph.actor[task]!;
    const worker = actor === NONE ? this.worker(node, fromMs, toMs) : `actor ${actor}`;
    const common = { task: this.id(task), node: String(node), worker, pid: NONE };
    const name = { function: this.functionName(task) };
    // What was still running when the driver ended is ended with it.
    if (Number.isNaN(toMs) || toMs > result.timeMs) {
      this.store.apply({ type: 'started', ...common, ...name, timeMs: startMs + fromMs });
      return;
    }
    this.store.apply({
      type: 'ended',
      ...common,
      ...name,
      startMs: startMs + fromMs,
      timeMs: startMs + toMs,
      cpuMs: null,
      error: null,
      bytesOut: graph.outputBytes[task]!,
    });
  }

  /** One that is free then. */
  private worker(node: number, fromMs: number, toMs: number): string {
    let lanes = this.lanes.get(node);
    if (!lanes) this.lanes.set(node, (lanes = new Lanes()));
    return `${node}/${lanes.take(fromMs, Number.isNaN(toMs) ? Infinity : toMs)}`;
  }

  private functionName(task: number): string {
    return this.graph.functions[this.graph.fn[task]!]!.name;
  }

  private kind(task: number): TaskKind {
    if (this.made.has(task)) return 'actor-creation';
    return this.graph.actor[task] === NONE ? 'task' : 'actor-task';
  }

  private id(task: number): string {
    const actor = this.made.get(task) ?? this.graph.actor[task]!;
    const owner = actor === NONE ? NO_ACTOR : hex(actor, 24);
    return `${this.made.has(task) ? 'f'.repeat(16) : hex(task, 16)}${owner}${JOB}`;
  }

  private deps(task: number): Dependency[] {
    const { depStart, deps, size, outputBytes, putBytes, putBy, actor, actors } = this.graph;
    const found: Dependency[] = [];
    for (let edge = depStart[task]!; edge < depStart[task + 1]!; edge++) {
      const producer = deps[edge]!;
      if (producer < size) {
        const maker = this.result.player?.[producer] ?? producer;
        found.push({ task: this.id(maker), kind: 'argument', bytes: outputBytes[producer]!, index: 1 });
        continue;
      }
      const by = putBy[producer - size]!;
      const owner = by === NONE ? DRIVER : this.id(by);
      found.push({ task: owner, kind: 'put', bytes: putBytes[producer - size]! });
    }
    if (actor[task] !== NONE)
      found.push({ task: this.id(actors[actor[task]!]!.creation), kind: 'actor', bytes: null });
    return found;
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function byStart({ startMs, node }: SimResult): number[] {
  const ran = [...startMs.keys()].filter((task) => !Number.isNaN(startMs[task]!) && node[task] !== NONE);
  return ran.sort((a, b) => startMs[a]! - startMs[b]!);
}

function typesByNode({ groups }: SimCluster): NodeType[] {
  return groups.flatMap(({ type, count }) => Array.from({ length: count }, () => type));
}

/**
 * What Ray has handed out of each node, over the run: the CPUs of tasks while they run, those of actors as they live. A task
 * that waits for others inside it gives its CPUs back meanwhile; the replay does not say when, so there may seem to be more
 * in use than there are, which is cut off.
 */
function use(
  graph: TaskGraph,
  result: SimResult,
  types: readonly NodeType[],
  startMs: number,
): NodeSample[][] {
  const stepMs = result.timeMs / SAMPLES;
  const cpus = types.map(() => new Float64Array(SAMPLES));
  const gpus = types.map(() => new Float64Array(SAMPLES));
  const add = (node: number, fromMs: number, toMs: number, shape: ResourceShape): void => {
    for (let at = Math.max(0, Math.floor(fromMs / stepMs)); at < SAMPLES && at * stepMs < toMs; at++) {
      const share = (Math.min(toMs, (at + 1) * stepMs) - Math.max(fromMs, at * stepMs)) / stepMs;
      cpus[node]![at]! += shape.cpus * share;
      gpus[node]![at]! += shape.gpus * share;
    }
  };
  for (let task = 0; task < graph.size; task++) {
    const node = result.node[task]!;
    if (node === NONE || graph.actor[task] !== NONE || Number.isNaN(result.startMs[task]!)) continue;
    const endMs = Number.isNaN(result.endMs[task]!) ? result.timeMs : result.endMs[task]!;
    add(node, result.startMs[task]!, endMs, heldShape(graph, task));
  }
  for (const { creation, shape } of graph.actors) {
    const node = result.node[creation]!;
    if (node !== NONE && !Number.isNaN(result.endMs[creation]!))
      add(node, result.endMs[creation]!, result.timeMs, graph.shapes[shape]!);
  }
  return types.map((type, node) =>
    Array.from({ length: SAMPLES }, (_, at) => {
      const cpusClaimed = Math.min(type.cpus, cpus[node]![at]!);
      return {
        ...NOTHING_MEASURED,
        timeMs: startMs + (at + 1) * stepMs,
        cpuPct: type.cpus > 0 ? (100 * cpusClaimed) / type.cpus : null,
        cpusClaimed,
        gpusClaimed: gpus[node]![at]!,
      };
    }),
  );
}
