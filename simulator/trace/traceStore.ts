/**
 * All that is known of one run, and its only writer: everything arrives as a `TraceEvent`. Events may come in any
 * order and twice; readers take tables as they stand, with a version that grows with every change.
 */
import type { NodeSample } from '../model/cluster';
import type { TaskCounts } from '../model/run';
import type { ClusterMark, TraceMark } from '../model/fault';
import type { LibraryState } from '../model/library';
import type { ActorSummary, NodeFacts, TaskState, TraceEvent, TraceSource } from '../model/trace';
import { heard } from './libraryState';
import { actorAfter } from './actorState';
import { DEPENDENCY_KINDS, EdgeTable, LinkTable } from './edgeTable';
import { StatsByFunction } from './functionStats';
import { addSample } from './nodeSamples';
import { KINDS, NONE, STATES, TaskTable } from './taskTable';
import { WaitTable } from './waitTable';

export interface NodeTrace extends NodeFacts {
  samples: NodeSample[];
}

type Of<T extends TraceEvent['type']> = Extract<TraceEvent, { type: T }>;

const RUNNING = STATES.indexOf('running');
const FINISHED = STATES.indexOf('finished');
const FAILED = STATES.indexOf('failed');

export class TraceStore {
  readonly tasks = new TaskTable();
  /** What tasks depend on, by the row of the task. */
  readonly edges = new EdgeTable();
  readonly waits = new WaitTable();
  /** What was waited for, by the row of the wait. */
  readonly waitEdges = new LinkTable();
  /** Of tasks with several results, the size of each. */
  readonly bytesOutEach = new Map<number, number[]>();
  readonly stats = new StatsByFunction(this.tasks);
  readonly nodes = new Map<number, NodeTrace>();
  readonly actors = new Map<string, ActorSummary>();
  /** By library and id. */
  readonly libraries = new Map<string, LibraryState>();
  /** Faults and changes of the cluster, oldest first. */
  readonly marks: TraceMark[] = [];
  readonly lost = new Map<string, { source: string; count: number; reason: string }>();
  /** What the probe said of what it cannot record. */
  readonly notices = new Set<string>();
  source: TraceSource = 'none';
  /** Attempts of the job's tasks by Ray's own count; null while it was not asked. */
  countedByRay: number | null = null;
  /** Tasks that Ray submits to servants of its own, which are not shown. */
  servants = 0;
  version = 1;
  /** Whether its run has ended: what changes now may be the last change. */
  isSettled = false;
  private readonly nodeByRayId = new Map<string, number>();

  apply(event: TraceEvent): void {
    this.version++;
    switch (event.type) {
      case 'submitted':
        return this.submitted(event);
      case 'started':
        return this.started(event);
      case 'ended':
        return this.ended(event);
      case 'stored':
        return this.stored(event);
      case 'waited':
        return this.waited(event);
      case 'reported':
        return this.reported(event);
      case 'node':
        return this.nodeSeen(event);
      case 'node-sample':
        return addSample(this.nodes.get(event.nodeIndex)?.samples, event.sample);
      case 'actor':
        this.actors.set(event.actor, actorAfter(this.actors.get(event.actor), event));
        return;
      case 'mark':
        return this.marked(event.mark);
      case 'library':
      case 'libraryReport':
        return heard(this.libraries, event);
      case 'counted':
        if (event.source === 'ray') this.countedByRay = event.tasks;
        else this.servants += event.tasks;
        return;
      case 'noticed':
        return void this.notices.add(event.words);
      case 'lost':
        return this.dropped(event);
    }
  }

  /** Takes a row into the counts whose columns were filled from a file. */
  counted(row: number): void {
    this.version++;
    this.stats.enter(row);
    if (!Number.isNaN(this.tasks.endMs[row]!) && !Number.isNaN(this.tasks.startMs[row]!)) this.measure(row);
    const stats = this.stats.of(row);
    if (stats) stats.gpus = Math.max(stats.gpus, this.tasks.gpus[row]!);
  }

  /** Records that their sources know they could not deliver. */
  lostCount(): number {
    return [...this.lost.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** Of all tasks but drivers. */
  counts(): TaskCounts {
    const byState = STATES.map(() => 0);
    let known = 0;
    let drivers = 0;
    for (const { row, counts } of this.stats.all()) {
      const sum = counts.reduce((total, count) => total + count, 0);
      known += sum;
      if (this.tasks.isDriver(row)) drivers += sum;
      else counts.forEach((count, state) => (byState[state]! += count));
    }
    // Tasks that were only named (as a parent, a producer or in a wait) have yet to be told of; servants never are.
    const [waiting = 0, running = 0, finished = 0, failed = 0] = byState;
    const unknown = Math.max(0, this.tasks.size - known - this.servants);
    return { total: known - drivers + unknown, waiting: waiting + unknown, running, finished, failed };
  }

  private submitted(event: Of<'submitted'>): void {
    const t = this.tasks;
    const row = t.row(event.task);
    this.stats.leave(row);
    t.parent[row] = t.row(event.parent);
    t.kind[row] = KINDS.indexOf(event.kind);
    // Who ran it knows the name better, and may have told before: see `attempt`.
    if (t.fn[row] === NONE) t.fn[row] = t.functions.of(event.function);
    this.stats.enter(row);
    t.submitMs[row] = event.timeMs;
    t.gpus[row] = event.gpus ?? 0;
    if (event.cpus !== undefined) t.cpus[row] = event.cpus;
    if (event.resources) t.resources[row] = t.resourceSets.of(JSON.stringify(event.resources));
    if (event.valueBytes !== undefined) t.valueBytes[row] = event.valueBytes;
    if (event.site) t.site[row] = t.sites.ofSite(event.site);
    const stats = this.stats.of(row)!;
    stats.gpus = Math.max(stats.gpus, t.gpus[row]);
    if (!event.deps || this.edges.count(row) > 0) return;
    const from = this.edges.size;
    for (const { task, kind, index, bytes } of event.deps)
      this.edges.add(
        t.producer(task, kind === 'put'),
        DEPENDENCY_KINDS.indexOf(kind),
        index ?? 0,
        bytes ?? NaN,
      );
    this.edges.own(row, from);
  }

  private started(event: Of<'started'>): void {
    const row = this.attempt(event);
    // The record of the end can overtake that of the start: both are flushed by different batches.
    if (this.tasks.endMs[row]! >= event.timeMs) return;
    this.tasks.startMs[row] = event.timeMs;
    this.tasks.endMs[row] = NaN;
    this.moveTo(row, RUNNING);
  }

  private ended(event: Of<'ended'>): void {
    const t = this.tasks;
    const known = t.find(event.task);
    if (known !== undefined && t.isDriver(known) && t.attempts[known]! > 0)
      return this.driverEndedAgain(known, event);
    const row = this.attempt(event);
    if (t.endMs[row] === event.timeMs) return;
    t.attempts[row] = Math.min(255, t.attempts[row]! + 1);
    t.startMs[row] = event.startMs;
    t.endMs[row] = event.timeMs;
    t.cpuMs[row] = event.cpuMs ?? NaN;
    t.processCpuMs[row] = event.processCpuMs ?? NaN;
    t.runDelayMs[row] = event.runDelayMs ?? NaN;
    t.fetchMs[row] = event.fetchMs ?? NaN;
    t.bytesIn[row] = event.bytesIn ?? NaN;
    t.bytesOut[row] = event.bytesOut ?? NaN;
    t.peakMemoryBytes[row] = event.peakMemoryBytes ?? NaN;
    if (event.bytesOutEach) this.bytesOutEach.set(row, event.bytesOutEach);
    t.error[row] = event.error === null ? NONE : t.errors.of(event.error);
    this.moveTo(row, event.error === null ? FINISHED : FAILED);
    this.measure(row);
  }

  /** A driver ends once, and two tell of it: its own process, and whoever follows its job. Each knows something. */
  private driverEndedAgain(row: number, event: Of<'ended'>): void {
    const t = this.tasks;
    if (event.pid !== 0) this.attempt(event);
    if (event.cpuMs !== null) t.cpuMs[row] = event.cpuMs;
    if (event.error === null || t.error[row] !== NONE) return;
    t.error[row] = t.errors.of(event.error);
    this.moveTo(row, FAILED);
    const stats = this.stats.of(row);
    if (stats) stats.lastError = t.error[row];
  }

  private stored({ task, bytes }: Of<'stored'>): void {
    const row = this.tasks.row(task);
    this.tasks.bytesOut[row] = (this.tasks.bytesOut[row]! || 0) + bytes;
  }

  private waited(event: Of<'waited'>): void {
    const t = this.tasks;
    const site = event.site ? t.sites.ofSite(event.site) : null;
    const wait = this.waits.add(t.row(event.task), event.kind, site, event.startMs, event.endMs);
    const from = this.waitEdges.size;
    for (const task of event.on) this.waitEdges.link(t.producer(task, task.startsWith('00')));
    this.waitEdges.own(wait, from);
  }

  private attempt(event: Of<'started' | 'ended'>): number {
    const t = this.tasks;
    const row = t.row(event.task);
    // Who asks Ray Train or Tune for a run of the user's function does not know its name; who runs it does.
    const fn = event.function ? t.functions.of(event.function) : t.fn[row]!;
    if (fn !== t.fn[row]) {
      this.stats.leave(row);
      t.fn[row] = fn;
      this.stats.enter(row);
    }
    t.node[row] = this.nodeIndex(event.node);
    t.worker[row] = t.workers.of(event.worker);
    t.pid[row] = event.pid;
    return row;
  }

  private moveTo(row: number, state: number): void {
    this.stats.leave(row);
    this.tasks.state[row] = state;
    this.stats.enter(row);
  }

  /** Of an attempt that ended: its duration, and what its function has seen last. */
  private measure(row: number): void {
    const { startMs, endMs, error } = this.tasks;
    const stats = this.stats.of(row);
    if (!stats) return;
    stats.durations.add(Math.max(0, endMs[row]! - startMs[row]!));
    stats.firstMs = Math.min(stats.firstMs, startMs[row]!);
    stats.lastMs = Math.max(stats.lastMs, endMs[row]!);
    if (error[row] !== NONE) stats.lastError = error[row]!;
  }

  /** The state API knows less than the probe: it fills what the probe left open and overrules nothing that ended. */
  private reported(event: Of<'reported'>): void {
    const t = this.tasks;
    const row = t.row(event.task);
    this.stats.leave(row);
    if (t.fn[row] === NONE) t.fn[row] = t.functions.of(event.function);
    if (t.parent[row] === NONE && event.parent) t.parent[row] = t.row(event.parent);
    t.kind[row] = KINDS.indexOf(event.kind);
    this.stats.enter(row);
    const known = STATES[t.state[row]!] as TaskState;
    // An attempt whose worker died has no end of the probe's. One that failed before the one that is known is over too.
    if (event.attempt !== undefined && event.state === 'failed')
      t.attempts[row] = Math.max(
        t.attempts[row]!,
        Math.min(255, event.attempt + (known === 'finished' ? 2 : 1)),
      );
    if (known === 'finished' || (known === 'failed' && event.state !== 'finished')) return;
    if (event.node) t.node[row] = this.nodeIndex(event.node);
    if (event.startMs !== null && Number.isNaN(t.startMs[row])) t.startMs[row] = event.startMs;
    if (event.endMs !== null) t.endMs[row] = event.endMs;
    if (event.error !== null) t.error[row] = t.errors.of(event.error);
    this.moveTo(row, STATES.indexOf(event.state));
    const over = event.state === 'finished' || event.state === 'failed';
    if (over && event.startMs !== null && event.endMs !== null) this.measure(row);
  }

  private nodeSeen({ nodeIndex, node }: Of<'node'>): void {
    this.nodes.set(nodeIndex, { ...node, samples: this.nodes.get(nodeIndex)?.samples ?? [] });
    if (node.rayNodeId) this.nodeByRayId.set(node.rayNodeId, nodeIndex);
  }

  /** With the number of tasks that the moment is about: those that run on its node, as far as is known. */
  private marked(mark: ClusterMark): void {
    const { state, node, kind, size } = this.tasks;
    let runningTasks = 0;
    for (let row = 0; row < size; row++) {
      const isHere = mark.node === null || node[row] === mark.node;
      if (isHere && kind[row] !== 0 && state[row] === RUNNING) runningTasks++;
    }
    this.marks.push({ ...mark, runningTasks });
    this.marks.sort((a, b) => a.timeMs - b.timeMs);
  }

  private dropped(event: Of<'lost'>): void {
    const key = `${event.source} ${event.reason}`;
    const before = this.lost.get(key)?.count ?? 0;
    this.lost.set(key, { source: event.source, count: before + event.count, reason: event.reason });
  }

  /** A node is named by our index (the probe) or by Ray's id (the state API). */
  private nodeIndex(node: string): number {
    const byIndex = /^\d{1,4}$/.test(node) ? Number(node) : undefined;
    return byIndex ?? this.nodeByRayId.get(node) ?? NONE;
  }
}
