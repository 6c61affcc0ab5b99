/** A run's trace as a graph that can be replayed elsewhere, and what has to be said about it. */
import { customResources } from '../model/resources';
import type { Advice, NodeType } from '../model/scaling';
import { edgeBytes, isHandle } from '../trace/dataEdges';
import { DEPENDENCY_KINDS } from '../trace/edgeTable';
import { creationOf } from '../trace/taskIds';
import { KINDS, NONE } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';
import { besideOthers } from './beside';
import { callGaps } from './callGaps';
import { capturedFunctions } from './capturedFunctions';
import { capturePrograms, type CapturedPrograms } from './capturedPrograms';
import { captureStreams, type Streams } from './capturedStreams';
import {
  assumptionsOf,
  endedEarlyWords,
  ENDLESS,
  refusals,
  streamAssumptions,
  UNREAD,
  unseenShare,
  type CaptureOptions,
  type Refusals,
} from './captureWords';
import { heldCpus, isTimed, ownTimes, ranInOrder, rounded, type OwnTimes } from './capturedTasks';
import { ingestSeen } from './ingestSeen';
import { measuredPlace, usualStartsMs, type MeasuredPlace } from './measuredPlace';
import { pushTo } from './pushTo';
import { packLists, packPrograms, Shapes, type Actor, type Step, type TaskGraph } from './taskGraph';

const CREATION = KINDS.indexOf('actor-creation');
const CALL = KINDS.indexOf('actor-task');
const NESTED = DEPENDENCY_KINDS.indexOf('nested');
const PUT = DEPENDENCY_KINDS.indexOf('put');
export interface Captured extends Refusals {
  /** Null where nothing can be said; `refused` says why. */
  graph: TaskGraph | null;
  /** By task: what it took here, in a crowd; what replaying the run itself takes. */
  wallMs: Float64Array;
  /** By step of a program: what the submitter itself took before it, likewise. */
  wallStepMs: Float64Array;
  /** The nodes that it ran on. */
  types: NodeType[];
  place: MeasuredPlace;
  /** See `usualStartsMs`. */
  startMsOf: Float64Array | null;
  /** From the driver's start to its end. */
  measuredMs: number;
  /** Share of their time that tasks waited for a CPU; null where nobody measured it. */
  crowding: number | null;
  /** Of `measuredMs`, how long the script waited for nobody knows what. */
  unseenMs: number;
  /** Share of its tasks' time that others which computed beside them seem to have cost. */
  besideShare: number;
  /** That the run ended early, in words. */
  endedEarly: string | null;
  assumptions: string[];
  /** What the trace shows by itself, for where a replay is refused. */
  seen: Advice[];
}

export function capture(store: TraceStore, options: CaptureOptions): Captured {
  const types = nodeTypesOf(store);
  const ran = ranInOrder(store);
  const { rows, driver } = ran;
  const unseen = unseenShare(store, ran);
  const said = refusals(store, ran, unseen, options);
  const nothing = {
    graph: null,
    wallMs: new Float64Array(0),
    wallStepMs: new Float64Array(0),
    types,
    place: { startsMs: [], creations: [], bytesPerMs: null },
    startMsOf: null,
    measuredMs: NaN,
    crowding: null,
    unseenMs: NaN,
    besideShare: 0,
    ...said,
    endedEarly: endedEarlyWords(options),
    assumptions: [],
    seen: ingestSeen(store, driver),
  };
  if (said.refused.length > 0) return nothing;
  const times = ownTimes(store, rows);
  const beside = besideOthers(store, rows, options.isOneMachine ?? false);
  const assumptions = assumptionsOf(store, ran, times, unseen, beside, options);
  const number = new Map(rows.map((row, at) => [row, at]));
  const streams = captureStreams(store, rows, number);
  if (streams.unread > 0) return { ...nothing, refused: [UNREAD] };
  const programs = capturePrograms(store, rows, number, driver, options.costs, streams);
  if (!(programs.driverMs > 0)) return { ...nothing, refused: [ENDLESS] };
  for (const [at, idleMs] of streams.idleMs) for (const ms of [times.ownMs, times.wallMs]) ms[at]! += idleMs;
  const place = measuredPlace(store, rows, [...nodesByKind(store).values()].flat());
  const graph = new GraphOfRun(store, rows, number, times, programs, streams, options).build();
  const startMsOf = usualStartsMs(place, (row) => graph.fn[number.get(row)!]!, graph.functions.length);
  return {
    ...nothing,
    graph,
    wallMs: times.wallMs,
    wallStepMs: Float64Array.from(programs.programs.flatMap((steps) => steps.map(({ wallMs }) => wallMs))),
    place,
    startMsOf,
    measuredMs: programs.driverMs,
    crowding: times.crowding,
    unseenMs: unseen * programs.driverMs,
    besideShare: beside.share,
    assumptions: [...assumptions, ...streamAssumptions(streams)],
  };
}

/** Of nodes that ran it: one type for each kind, with how many there were. */
export function nodeTypesOf(store: TraceStore): NodeType[] {
  return [...nodesByKind(store)].map(([name, nodes]) => {
    const { cpus, gpus, memoryBytes, resources = {} } = store.nodes.get(nodes[0]!)!;
    return { name, cpus, gpus, memoryBytes, resources, pricePerHour: null, count: nodes.length };
  });
}

/** Numbers of nodes by what they have, each in order. */
function nodesByKind(store: TraceStore): Map<string, number[]> {
  const kinds = new Map<string, number[]>();
  for (const [node, { cpus, gpus, resources = {} }] of [...store.nodes].sort(([a], [b]) => a - b)) {
    const custom = Object.entries(resources).map(([name, amount]) => `${name}=${amount}`);
    pushTo(kinds, [cpus, gpus, ...custom.sort()].join('/'), node);
  }
  return kinds;
}

class GraphOfRun {
  private readonly shapes = new Shapes();
  private readonly actors: Actor[] = [];
  /** By row of the creation. */
  private readonly actorIndex = new Map<number, number>();
  private readonly puts = new Map<string, number>();
  private readonly putBytes: number[] = [];
  private readonly putBy: number[] = [];
  private readonly sets: Record<string, number>[] = [];

  constructor(
    private readonly store: TraceStore,
    private readonly rows: readonly number[],
    private readonly number: ReadonlyMap<number, number>,
    private readonly times: OwnTimes,
    private readonly programs: CapturedPrograms,
    private readonly streams: Streams,
    private readonly options: CaptureOptions,
  ) {}

  build(): TaskGraph {
    const { store, rows, programs, streams } = this;
    const { tasks } = store;
    const size = rows.length;
    const shape = Int32Array.from(rows, (row) => this.shapeOf(row));
    rows.forEach((row, at) => {
      if (tasks.kind[row] !== CREATION) return;
      this.actorIndex.set(row, this.actors.length);
      this.actors.push({ creation: at, concurrency: 1, shape: shape[at]! });
    });
    const actor = Int32Array.from(rows, (row) => this.actorOf(row));
    this.measureConcurrency(actor);
    const deps = packLists(rows.map((row, at) => this.depsOf(row, at, size)));
    const waits = packLists(programs.lists);
    return {
      size,
      ids: [],
      functions: capturedFunctions(store, rows),
      fn: Int32Array.from(rows, (row) => Math.max(0, tasks.fn[row]!)),
      durationMs: this.durations(),
      cpuShare: this.times.cpuShare,
      driverCpuShare: programs.driverCpuShare,
      warmupMs: this.times.warmupMs,
      shapes: this.shapes.values,
      shape,
      outputBytes: Float64Array.from(rows, (row) => tasks.bytesOut[row]! || 0),
      depStart: deps.start,
      deps: deps.values,
      putBytes: Float64Array.from(this.putBytes),
      putBy: Int32Array.from(this.putBy),
      actors: this.actors,
      actor,
      ...callGaps(store, rows, actor, this.actors),
      parent: Int32Array.from(rows, (row, at) => this.number.get(this.submitterOf(row, at)) ?? NONE),
      ...packPrograms(this.programsOnGpus()),
      pool: programs.pool,
      poolCount: programs.poolCount,
      poolLatencyMs: Float64Array.from(streams.latencyMs),
      streamed:
        streams.stream.size > 0 ? Int32Array.from(rows, (_, at) => streams.stream.get(at) ?? 0) : null,
      waitStart: waits.start,
      waitTasks: waits.values,
      driverTailMs: programs.driverTailMs,
    };
  }

  private submitterOf(row: number, at: number): number {
    return this.streams.starter.get(at) ?? this.store.tasks.parent[row]!;
  }

  private durations(): Float64Array {
    return this.times.ownMs.map((ms, at) => ms / this.gpuRatio(at));
  }

  private programsOnGpus(): Step[][] {
    return this.programs.programs.map((steps, program) => {
      const ratio = program === 0 ? 1 : this.gpuRatio(program - 1);
      return ratio === 1 ? steps : steps.map((step) => ({ ...step, ms: step.ms / ratio }));
    });
  }

  /** How many times faster the task is on a real GPU. */
  private gpuRatio(at: number): number {
    const { gpuRatio } = this.options;
    return gpuRatio !== null && this.holdsGpu(this.store.tasks, this.rows[at]!) ? gpuRatio : 1;
  }

  private holdsGpu(tasks: TraceStore['tasks'], row: number): boolean {
    if (tasks.kind[row] !== CALL) return tasks.gpus[row]! > 0;
    const creation = tasks.find(creationOf(tasks.id(row)));
    return creation !== undefined && tasks.gpus[creation]! > 0;
  }

  private shapeOf(row: number): number {
    const { tasks } = this.store;
    if (tasks.kind[row] === CALL) return this.shapes.of({ cpus: 0, gpus: 0, memoryBytes: 0, custom: {} });
    const resources = this.resourceSet(tasks.resources[row]!);
    return this.shapes.of({
      cpus: heldCpus(this.store, row),
      gpus: rounded(tasks.gpus[row]!),
      memoryBytes: resources['memory'] ?? 0,
      custom: customResources(resources),
    });
  }

  /** Sets are few and tasks many: each is read once. */
  private resourceSet(set: number): Record<string, number> {
    if (set === NONE) return {};
    return (this.sets[set] ??= JSON.parse(this.store.tasks.resourceSets.values[set]!) as Record<
      string,
      number
    >);
  }

  /** An actor whose creation is not in the trace runs its calls like plain tasks that hold nothing. */
  private actorOf(row: number): number {
    const { tasks } = this.store;
    if (tasks.kind[row] !== CALL) return NONE;
    const creation = tasks.find(creationOf(tasks.id(row)));
    return creation === undefined ? NONE : (this.actorIndex.get(creation) ?? NONE);
  }

  /** As many calls at a time as were ever seen at once. */
  private measureConcurrency(actor: Int32Array): void {
    const { tasks } = this.store;
    const spans: { ms: number; change: number }[][] = this.actors.map(() => []);
    this.rows.forEach((row, at) => {
      if (actor[at] === NONE || !isTimed(this.store, row)) return;
      // Clocks are read a little apart: calls that touch are not at once.
      const endMs = Math.max(tasks.startMs[row]!, tasks.endMs[row]! - 0.05);
      spans[actor[at]!]!.push({ ms: tasks.startMs[row]!, change: 1 }, { ms: endMs, change: -1 });
    });
    spans.forEach((list, index) => {
      let now = 0;
      let most = 1;
      list.sort((a, b) => a.ms - b.ms || a.change - b.change);
      for (const { change } of list) most = Math.max(most, (now += change));
      this.actors[index]!.concurrency = most;
    });
  }

  private depsOf(row: number, at: number, size: number): number[] {
    const { edges } = this.store;
    const deps = new Set<number>();
    const first = edges.first(row);
    for (let edge = first; edge < first + edges.count(row); edge++) {
      const kind = edges.kind[edge]!;
      if (kind === PUT) deps.add(size + this.putOf(edge));
      else if (kind !== NESTED && !isHandle(this.store, row, edge)) {
        const producer = this.number.get(edges.task[edge]!);
        if (producer !== undefined && producer < at) deps.add(producer);
      }
    }
    return [...deps];
  }

  private putOf(edge: number): number {
    const { edges } = this.store;
    const bytes = edgeBytes(this.store, edge) || 0;
    const key = `${edges.task[edge]!}/${edges.index[edge]!}/${bytes}`;
    let put = this.puts.get(key);
    if (put === undefined) {
      put = this.putBytes.push(bytes) - 1;
      this.putBy.push(this.number.get(edges.task[edge]!) ?? NONE);
      this.puts.set(key, put);
    }
    return put;
  }
}
