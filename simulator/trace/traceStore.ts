/**
 * All that is known of one run, and its only writer: everything arrives as a `TraceEvent`. Events may come in any
 * order and twice; readers take tables as they stand, with a version that grows with every change.
 */
import type { NodeSample } from '../model/cluster';
import type { TaskCounts } from '../model/run';
import type { ActorSummary, NodeFacts, TaskState, TraceEvent } from '../model/trace';
import { KINDS, NONE, STATES, TaskTable } from './taskTable';

export interface NodeTrace extends NodeFacts {
  samples: NodeSample[];
}

const WAITING = STATES.indexOf('waiting');
const RUNNING = STATES.indexOf('running');
const FINISHED = STATES.indexOf('finished');
const FAILED = STATES.indexOf('failed');
/** A node's readings are halved (every other one goes) when there are more. */
const MAX_SAMPLES = 2400;

export class TraceStore {
  readonly tasks = new TaskTable();
  readonly nodes = new Map<number, NodeTrace>();
  readonly actors = new Map<string, ActorSummary>();
  /** Durations of ended attempts in ms, by function. */
  readonly durations: number[][] = [];
  readonly lost = new Map<string, { source: string; count: number; reason: string }>();
  source: 'probe' | 'state-api' | 'none' = 'none';
  version = 1;
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
      case 'reported':
        return this.reported(event);
      case 'node':
        return this.nodeSeen(event);
      case 'node-sample':
        return this.sampled(event.nodeIndex, event.sample);
      case 'actor':
        this.actors.set(event.actor, {
          id: event.actor,
          className: event.className,
          state: event.state,
          reason: event.reason,
        });
        return;
      case 'lost':
        return this.dropped(event);
    }
  }

  counts(): TaskCounts {
    const byState = [0, 0, 0, 0];
    let drivers = 0;
    const { state, kind, size } = this.tasks;
    for (let row = 0; row < size; row++) {
      if (kind[row] === 0) drivers++;
      else byState[state[row]!]!++;
    }
    return {
      total: size - drivers,
      waiting: byState[WAITING]!,
      running: byState[RUNNING]!,
      finished: byState[FINISHED]!,
      failed: byState[FAILED]!,
    };
  }

  private submitted(event: Extract<TraceEvent, { type: 'submitted' }>): void {
    const t = this.tasks;
    const row = t.row(event.task);
    t.parent[row] = t.row(event.parent);
    t.kind[row] = KINDS.indexOf(event.kind);
    t.fn[row] = t.functions.of(event.function);
    t.submitMs[row] = event.timeMs;
    t.gpus[row] = event.gpus ?? 0;
  }

  private started(event: Extract<TraceEvent, { type: 'started' }>): void {
    const row = this.attempt(event);
    // The record of the end can overtake that of the start: both are flushed by different batches.
    if (this.tasks.endMs[row]! >= event.timeMs) return;
    this.tasks.startMs[row] = event.timeMs;
    this.tasks.endMs[row] = NaN;
    this.tasks.state[row] = RUNNING;
  }

  private ended(event: Extract<TraceEvent, { type: 'ended' }>): void {
    const t = this.tasks;
    const row = this.attempt(event);
    if (t.endMs[row] === event.timeMs) return;
    t.attempts[row]!++;
    t.startMs[row] = event.startMs;
    t.endMs[row] = event.timeMs;
    t.cpuMs[row] = event.cpuMs ?? NaN;
    t.state[row] = event.error === null ? FINISHED : FAILED;
    t.error[row] = event.error === null ? NONE : t.errors.of(event.error);
    if (t.fn[row] !== NONE) (this.durations[t.fn[row]!] ??= []).push(event.timeMs - event.startMs);
  }

  private attempt(event: Extract<TraceEvent, { type: 'started' | 'ended' }>): number {
    const t = this.tasks;
    const row = t.row(event.task);
    if (t.fn[row] === NONE && event.function) t.fn[row] = t.functions.of(event.function);
    t.node[row] = this.nodeIndex(event.node);
    t.worker[row] = t.workers.of(event.worker);
    t.pid[row] = event.pid;
    return row;
  }

  /** The state API knows less than the probe: it fills what the probe left open and overrules nothing that ended. */
  private reported(event: Extract<TraceEvent, { type: 'reported' }>): void {
    const t = this.tasks;
    const row = t.row(event.task);
    if (t.fn[row] === NONE) t.fn[row] = t.functions.of(event.function);
    if (t.parent[row] === NONE && event.parent) t.parent[row] = t.row(event.parent);
    t.kind[row] = KINDS.indexOf(event.kind);
    const known = STATES[t.state[row]!] as TaskState;
    if (known === 'finished' || (known === 'failed' && event.state !== 'finished')) return;
    t.state[row] = STATES.indexOf(event.state);
    if (event.node) t.node[row] = this.nodeIndex(event.node);
    if (event.startMs !== null && Number.isNaN(t.startMs[row])) t.startMs[row] = event.startMs;
    if (event.endMs !== null) t.endMs[row] = event.endMs;
    if (event.error !== null) t.error[row] = t.errors.of(event.error);
    const over = event.state === 'finished' || event.state === 'failed';
    if (over && event.startMs !== null && event.endMs !== null) {
      (this.durations[t.fn[row]!] ??= []).push(event.endMs - event.startMs);
    }
  }

  private nodeSeen({ nodeIndex, node }: Extract<TraceEvent, { type: 'node' }>): void {
    this.nodes.set(nodeIndex, { ...node, samples: this.nodes.get(nodeIndex)?.samples ?? [] });
    if (node.rayNodeId) this.nodeByRayId.set(node.rayNodeId, nodeIndex);
  }

  private sampled(nodeIndex: number, sample: NodeSample): void {
    const samples = this.nodes.get(nodeIndex)?.samples;
    if (!samples || (samples.at(-1)?.timeMs ?? 0) >= sample.timeMs) return;
    samples.push(sample);
    if (samples.length > MAX_SAMPLES) {
      const kept = samples.filter((_, index) => index % 2 === 0);
      samples.splice(0, samples.length, ...kept);
    }
  }

  private dropped(event: Extract<TraceEvent, { type: 'lost' }>): void {
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
