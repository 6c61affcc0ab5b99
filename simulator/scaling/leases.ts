/**
 * Owners of plain tasks: tasks wait by scheduling key; at most `window` requests of a key are under way; a worker is used
 * for the next task of its key until its lease is `leaseReuseMs` old (normal_task_submitter.cc).
 */
import { EVENT, type DelayLine, type Events } from './events';
import { LeasePool } from './leasePool';
import { Raylets, type RayletParts } from './raylets';
import type { Random } from './random';
import { NONE } from './taskGraph';

export interface LeaseHost {
  /** A task has a worker on a node: its function begins at `atMs`. */
  start(task: number, node: number, lease: number, atMs: number): void;
  /** Node of the owner of a task. */
  ownerNode(task: number): number;
}

export class Leases {
  readonly raylets: Raylets;
  private readonly pool = new LeasePool();
  private readonly isInstant: boolean;
  private readonly window: number;
  private readonly queueHead: Int32Array;
  private readonly queueTail: Int32Array;
  private readonly queueLength: Int32Array;
  private readonly pending: Int32Array;
  private readonly nextTask: Int32Array;
  private readonly returnLine: DelayLine;
  private readonly events: Events;

  constructor(
    private readonly parts: RayletParts,
    private readonly host: LeaseHost,
    random: Random,
  ) {
    const { prepared, nodes, events, costs } = parts;
    const { keyCount, graph } = prepared;
    this.events = events;
    this.isInstant = costs.reportPeriodMs === 0;
    this.window = Math.max(costs.leaseWindow, nodes.count);
    this.queueHead = new Int32Array(keyCount).fill(NONE);
    this.queueTail = new Int32Array(keyCount).fill(NONE);
    this.queueLength = new Int32Array(keyCount);
    this.pending = new Int32Array(keyCount);
    this.nextTask = new Int32Array(graph.size).fill(NONE);
    this.returnLine = events.line(costs.returnMs, EVENT.leaseReturned);
    this.raylets = new Raylets(
      parts,
      this.pool,
      {
        granted: (lease) => this.granted(lease),
        dropMoot: (lease) => this.dropMoot(lease),
        dropSurplus: (lease) => this.dropSurplus(lease),
      },
      random,
    );
  }

  /** What is of raylets. */
  handle(kind: number, arg: number): void {
    switch (kind) {
      case EVENT.leaseArrives:
        return this.raylets.arrive(arg);
      case EVENT.leaseGranted:
        return this.granted(arg);
      case EVENT.leaseReturned:
        return this.raylets.returned(arg);
      case EVENT.leaseRedirected:
        return this.raylets.redirected(arg);
      case EVENT.nodeReports:
        return this.raylets.reports(arg);
      case EVENT.nodeRetries:
        return this.raylets.retries(arg);
      case EVENT.nodeRefreshes:
        return this.raylets.refreshes(arg);
    }
  }

  /** A task whose arguments are all known. */
  enqueue(task: number): void {
    const key = this.parts.prepared.key[task]!;
    if (this.queueHead[key] === NONE) this.queueHead[key] = task;
    else this.nextTask[this.queueTail[key]!] = task;
    this.queueTail[key] = task;
    this.queueLength[key]!++;
    this.request(key);
  }

  private granted(lease: number): void {
    const key = this.pool.key[lease]!;
    this.pending[key]!--;
    this.pool.startMs[lease] = this.events.now;
    const task = this.takeTask(key);
    if (task === NONE) this.giveBack(lease);
    else this.start(task, lease, this.parts.costs.leaseCpuMs, 0);
    this.request(key);
  }

  private start(task: number, lease: number, cpuMs: number, lateMs: number): void {
    const { cpu, costs, args } = this.parts;
    const { now } = this.events;
    const readMs = args.readMs(task);
    const waitMs = cpu.wait(now, readMs === 0 ? cpuMs : cpuMs + costs.storeCpuMs + readMs);
    const atMs = now + lateMs + waitMs + costs.pushMs + readMs;
    this.host.start(task, this.pool.node[lease]!, lease, atMs);
  }

  /** The lease's task has ended: the worker takes the next of its key, or goes back. */
  ended(lease: number, lateMs: number): void {
    const { costs } = this.parts;
    const key = this.pool.key[lease]!;
    const isFresh = this.events.now - this.pool.startMs[lease]! <= costs.leaseReuseMs;
    const task = isFresh ? this.takeTask(key) : NONE;
    if (task === NONE) this.giveBack(lease);
    else this.start(task, lease, costs.reuseCpuMs, lateMs);
    this.request(key);
  }

  private request(key: number): void {
    const limit = Math.min(this.window, this.queueLength[key]!);
    while (this.pending[key]! < limit) {
      const task = this.queueHead[key]!;
      const lease = this.pool.take(key, task, this.parts.args.homeOf(task, this.host.ownerNode(task)));
      this.pending[key]!++;
      this.raylets.request(lease);
    }
  }

  private takeTask(key: number): number {
    const task = this.queueHead[key]!;
    if (task === NONE) return NONE;
    this.queueHead[key] = this.nextTask[task]!;
    this.queueLength[key]!--;
    return task;
  }

  private giveBack(lease: number): void {
    if (this.isInstant) this.raylets.returned(lease);
    else this.events.after(this.returnLine, lease);
  }

  private dropMoot(lease: number): boolean {
    return this.queueLength[this.pool.key[lease]!] === 0 && this.drop(lease);
  }

  private dropSurplus(lease: number): boolean {
    const key = this.pool.key[lease]!;
    return this.queueLength[key]! < this.pending[key]! && this.drop(lease);
  }

  private drop(lease: number): true {
    this.pending[this.pool.key[lease]!]!--;
    this.pool.release(lease);
    return true;
  }
}
