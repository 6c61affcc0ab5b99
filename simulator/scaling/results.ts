/**
 * Whose result everybody waits for. `ray.wait` hands out whatever is ready first, which need not be what was first in the
 * run that the graph is from: there, a task that is done stands in for one that is not, and the other way round. What a
 * graph says of a result is its *role*, and another task may play it.
 */
import type { Objects } from './objects';
import type { Prepared } from './prepared';
import { NONE } from './taskGraph';

export class Results {
  /** By role. */
  readonly isDone: Uint8Array;
  /** The task that plays each role, and the role of each task; null where each plays its own. */
  readonly player: Int32Array | null;
  private readonly role: Int32Array | null;
  private readonly isSubmitted: Uint8Array;
  private readonly missing: Int32Array;
  private readonly isTaken: Uint8Array;
  /** Roles of each pool that were done, and may not have been taken yet. */
  private readonly ready: Set<number>[];

  constructor(
    private readonly prepared: Prepared,
    private readonly objects: Objects,
    private readonly becomesReady: (task: number) => void,
  ) {
    const { size, poolCount, poolLatencyMs } = prepared.graph;
    const hasPools = poolCount > poolLatencyMs.length;
    this.isDone = new Uint8Array(size);
    this.isSubmitted = new Uint8Array(size);
    this.missing = prepared.producerCount.slice();
    this.role = hasPools ? Int32Array.from({ length: size }, (_, task) => task) : null;
    this.player = this.role?.slice() ?? null;
    this.isTaken = new Uint8Array(hasPools ? size : 0);
    this.ready = Array.from({ length: hasPools ? poolCount : 0 }, () => new Set<number>());
  }

  roleOf(task: number): number {
    return this.role === null ? task : this.role[task]!;
  }

  /** True where all that it needs is there. */
  submitted(task: number): boolean {
    if (this.role !== null) {
      const { depStart, deps, size } = this.prepared.graph;
      for (let edge = depStart[task]!; edge < depStart[task + 1]!; edge++)
        if (deps[edge]! < size) this.take(deps[edge]!);
    }
    this.isSubmitted[task] = 1;
    return this.missing[task] === 0;
  }

  /** A task's end is known. */
  ended(role: number): void {
    this.isDone[role] = 1;
    const pool = this.poolOf(role);
    if (pool !== NONE) this.ready[pool]!.add(role);
    this.tellConsumers(role);
  }

  /** Somebody wants a result by its role. True where it is there. */
  take(role: number): boolean {
    const pool = this.poolOf(role);
    if (pool === NONE) return this.isDone[role] === 1;
    this.isTaken[role] = 1;
    if (this.isDone[role]) this.ready[pool]!.delete(role);
    else this.findStandIn(role, pool);
    return this.isDone[role] === 1;
  }

  private findStandIn(role: number, pool: number): void {
    const { fn } = this.prepared.graph;
    for (const other of this.ready[pool]!) {
      const isFree = this.isTaken[other] === 0 && fn[other] === fn[role];
      if (!isFree || this.hasSubmittedConsumers(other)) continue;
      this.ready[pool]!.delete(other);
      this.exchange(role, other);
      return;
    }
  }

  /** `open` is done from now on, by the task that has played `done`. */
  private exchange(open: number, done: number): void {
    const [role, player] = [this.role!, this.player!];
    const task = player[done]!;
    player[done] = player[open]!;
    player[open] = task;
    role[player[done]!] = done;
    role[task] = open;
    this.isDone[open] = 1;
    this.isDone[done] = 0;
    this.objects.exchange(open, done);
    const { outStart, outs } = this.prepared;
    for (let edge = outStart[done]!; edge < outStart[done + 1]!; edge++) this.missing[outs[edge]!]!++;
    this.tellConsumers(open);
  }

  private tellConsumers(role: number): void {
    const { outStart, outs } = this.prepared;
    for (let edge = outStart[role]!; edge < outStart[role + 1]!; edge++) {
      const consumer = outs[edge]!;
      if (--this.missing[consumer]! === 0 && this.isSubmitted[consumer]) this.becomesReady(consumer);
    }
  }

  private hasSubmittedConsumers(role: number): boolean {
    const { outStart, outs } = this.prepared;
    for (let edge = outStart[role]!; edge < outStart[role + 1]!; edge++)
      if (this.isSubmitted[outs[edge]!]) return true;
    return false;
  }

  /** The pool of `ray.wait` that a role is in; streams hand out by themselves. */
  private poolOf(role: number): number {
    if (this.role === null) return NONE;
    const { pool, poolLatencyMs } = this.prepared.graph;
    const found = pool?.[role] ?? NONE;
    return found < poolLatencyMs.length ? NONE : found;
  }
}
