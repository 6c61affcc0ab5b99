/**
 * Calls of actors: in the order of their submission, as many at a time as the actor allows, in the actor's own worker
 * (actor_task_submitter.cc). A call that waits for its arguments holds up those behind it.
 */
import { NONE, type Actor, type TaskGraph } from './taskGraph';

export interface ActorHost {
  /** Begins a call on the actor's node at `atMs`, or later where its arguments have to come first. */
  startCall(task: number, node: number, atMs: number): void;
}

export class ActorCalls {
  /** The node that an actor lives on; NONE until it is there. */
  private readonly node: Int32Array;
  private readonly running: Int32Array;
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  private readonly next: Int32Array;
  private readonly readyMs: Float64Array;
  /** By actor, what Ray still does before its first call, and when the call before the next one begins. */
  private readonly firstMs: Float64Array;
  private readonly begunMs: Float64Array;
  private readonly isFree: boolean;

  constructor(
    private readonly graph: TaskGraph,
    private readonly costs: { pushMs: number; actorGapMs: number },
    private readonly host: ActorHost,
  ) {
    const count = graph.actors.length;
    this.node = new Int32Array(count).fill(NONE);
    this.running = new Int32Array(count);
    this.head = new Int32Array(count).fill(NONE);
    this.tail = new Int32Array(count).fill(NONE);
    const calls = count > 0 ? graph.size : 0;
    this.next = new Int32Array(calls).fill(NONE);
    this.readyMs = new Float64Array(calls).fill(NaN);
    // Where Ray costs nothing, what was seen of it does not count either.
    this.isFree = costs.actorGapMs === 0;
    const firstOf = ({ creation }: Actor): number =>
      this.isFree || creation === NONE ? 0 : graph.firstCallMs[graph.fn[creation]!]!;
    this.firstMs = Float64Array.from(graph.actors, firstOf);
    this.begunMs = new Float64Array(count).fill(-Infinity);
  }

  alive(actor: number, node: number, nowMs: number): void {
    this.node[actor] = node;
    this.pump(actor, nowMs);
  }

  submitted(task: number): void {
    const actor = this.graph.actor[task]!;
    if (this.head[actor] === NONE) this.head[actor] = task;
    else this.next[this.tail[actor]!] = task;
    this.tail[actor] = task;
  }

  /** A submitted call has all its arguments. */
  ready(task: number, nowMs: number): void {
    this.readyMs[task] = nowMs;
    this.pump(this.graph.actor[task]!, nowMs);
  }

  /** A call has ended at `endMs`, which its owner knows now; until then its actor was writing the result for `writeMs`. */
  ended(task: number, endMs: number, writeMs: number): void {
    const actor = this.graph.actor[task]!;
    this.running[actor]!--;
    const next = this.head[actor]!;
    if (next !== NONE) this.pump(actor, endMs + this.gapMs(next, writeMs));
  }

  private pump(actor: number, freeMs: number): void {
    const node = this.node[actor]!;
    if (node === NONE) return;
    for (;;) {
      const task = this.head[actor]!;
      if (task === NONE || this.running[actor]! >= this.graph.actors[actor]!.concurrency) return;
      const readyMs = this.readyMs[task]!;
      if (Number.isNaN(readyMs)) return;
      this.head[actor] = this.next[task]!;
      this.running[actor]!++;
      const fromMs = Math.max(readyMs + this.costs.pushMs, freeMs) + this.firstMs[actor]!;
      const atMs = Math.max(fromMs, this.begunMs[actor]!);
      this.firstMs[actor] = 0;
      this.begunMs[actor] = atMs;
      this.host.startCall(task, node, atMs);
    }
  }

  /** From the end of a call until its actor begins the next one. What was seen holds the writing of results. */
  private gapMs(next: number, writeMs: number): number {
    const seenMs = this.isFree ? NaN : this.graph.callGapMs[this.graph.fn[next]!]!;
    return Number.isNaN(seenMs) ? writeMs + this.costs.actorGapMs : Math.max(seenMs, writeMs);
  }
}
