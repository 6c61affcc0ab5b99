/**
 * Plain tasks: owners ask raylets for workers, raylets give them where there is room.
 *
 * Owner (normal_task_submitter.cc): tasks wait by scheduling key; at most `window` requests of a key are under way; a
 * worker is used for the next task of its key until its lease is `leaseReuseMs` old. Raylet (cluster_lease_manager.cc,
 * local_lease_manager.cc): a request goes to the node with most of its arguments, else to the owner's; it waits there
 * until that node has room, or until the raylet hears that another has.
 */
import type { Arguments } from './arguments';
import { EVENT, type DelayLine, type Events } from './events';
import { ListOfLeases, LeasePool } from './leasePool';
import { FairShare } from './fairShare';
import type { Nodes } from './nodes';
import type { Overheads } from './overheads';
import type { Prepared } from './prepared';
import type { Random } from './random';
import { NONE } from './taskGraph';
import type { Workers } from './workers';

/** With more functions than this, requests wait by what they ask for alone. */
const MAX_CLASSES = 64;

export interface LeaseHost {
  /** A task has a worker on a node: its function begins at `atMs`. */
  start(task: number, node: number, lease: number, atMs: number): void;
  /** Node of the owner of a task. */
  ownerNode(task: number): number;
}

export interface LeaseParts {
  prepared: Prepared;
  nodes: Nodes;
  args: Arguments;
  workers: Workers;
  events: Events;
  costs: Overheads;
}

export class Leases {
  readonly pool = new LeasePool();
  /** Without delays everything is decided at once, in order, at the end of each moment. */
  private readonly isInstant: boolean;
  private readonly window: number;
  private readonly queueHead: Int32Array;
  private readonly queueTail: Int32Array;
  private readonly queueLength: Int32Array;
  private readonly pending: Int32Array;
  private readonly nextTask: Int32Array;
  private readonly keyClass: Int32Array;
  private readonly classShape: Int32Array;
  private readonly waiting: ListOfLeases;
  private readonly share: FairShare | null;
  private readonly isReportDue: Uint8Array;
  /** When in each period a node reports. */
  private readonly phaseMs: Float64Array;
  private readonly requestLine: DelayLine;
  private readonly grantLine: DelayLine;
  private readonly spillGrantLine: DelayLine;
  private readonly reportGrantLine: DelayLine;
  private readonly returnLine: DelayLine;
  private isDrainDue = false;

  private readonly prepared: Prepared;
  private readonly nodes: Nodes;
  private readonly args: Arguments;
  private readonly workers: Workers;
  private readonly events: Events;
  private readonly costs: Overheads;

  constructor(
    parts: LeaseParts,
    private readonly host: LeaseHost,
    random: Random,
  ) {
    const { prepared, nodes, events, costs } = parts;
    this.prepared = prepared;
    this.nodes = nodes;
    this.args = parts.args;
    this.workers = parts.workers;
    this.events = events;
    this.costs = costs;
    const { keyCount, graph, classShape } = prepared;
    this.isInstant = costs.reportPeriodMs === 0;
    this.window = Math.max(costs.leaseWindow, nodes.count);
    this.queueHead = new Int32Array(keyCount).fill(NONE);
    this.queueTail = new Int32Array(keyCount).fill(NONE);
    this.queueLength = new Int32Array(keyCount);
    this.pending = new Int32Array(keyCount);
    this.nextTask = new Int32Array(graph.size).fill(NONE);
    const isByClass = !this.isInstant && classShape.length <= MAX_CLASSES;
    this.keyClass = isByClass ? prepared.keyClass : prepared.keyShape;
    this.classShape = isByClass ? classShape : Int32Array.from(graph.shapes.keys());
    const ranked = isByClass ? random.order(classShape.length) : null;
    this.share = isByClass ? new FairShare(nodes.cpus(), classShape, graph.shapes) : null;
    this.waiting = new ListOfLeases(this.pool, nodes.count, this.classShape.length, {
      ranked,
      share: this.share,
    });
    this.isReportDue = new Uint8Array(nodes.count);
    this.phaseMs = Float64Array.from({ length: nodes.count }, () => random.next() * costs.reportPeriodMs);
    this.requestLine = events.line(costs.leaseRequestMs, EVENT.leaseArrives);
    this.grantLine = events.line(costs.grantMs, EVENT.leaseGranted);
    this.spillGrantLine = events.line(2 * costs.grantMs + costs.leaseRequestMs, EVENT.leaseGranted);
    const reportedMs = costs.reportMs + costs.grantMs + costs.leaseRequestMs;
    this.reportGrantLine = events.line(reportedMs + costs.grantMs, EVENT.leaseGranted);
    this.returnLine = events.line(costs.returnMs, EVENT.leaseReturned);
  }

  /** A task whose arguments are all known. */
  enqueue(task: number): void {
    const key = this.prepared.key[task]!;
    if (this.queueHead[key] === NONE) this.queueHead[key] = task;
    else this.nextTask[this.queueTail[key]!] = task;
    this.queueTail[key] = task;
    this.queueLength[key]!++;
    this.request(key);
  }

  arrive(lease: number): void {
    const { pool } = this;
    const key = pool.key[lease]!;
    if (this.isMoot(lease)) return;
    const home = pool.home[lease]!;
    const cls = this.keyClass[key]!;
    const node = this.isInstant ? NONE : this.nodes.choose(this.classShape[cls]!, home);
    if (node !== NONE && !(node === home && this.mustShare(home, cls))) {
      return this.place(lease, node, this.spillGrantLine);
    }
    this.waiting.add(lease, home, cls);
    if (this.isInstant) this.isDrainDue = true;
    else this.args.bring(pool.task[lease]!, home, this.events.now);
  }

  granted(lease: number): void {
    const key = this.pool.key[lease]!;
    this.pending[key]!--;
    this.pool.startMs[lease] = this.events.now;
    const task = this.takeTask(key);
    if (task === NONE) this.giveBack(lease);
    else this.host.start(task, this.pool.node[lease]!, lease, this.events.now + this.costs.pushMs);
    this.request(key);
  }

  /** The lease's task has ended: the worker takes the next of its key, or goes back. */
  ended(lease: number, lateMs: number): void {
    const { pool, events, costs } = this;
    const key = pool.key[lease]!;
    const isFresh = events.now - pool.startMs[lease]! <= costs.leaseReuseMs;
    const task = isFresh ? this.takeTask(key) : NONE;
    if (task === NONE) this.giveBack(lease);
    else this.host.start(task, pool.node[lease]!, lease, events.now + lateMs + costs.pushMs);
    this.request(key);
  }

  returned(lease: number): void {
    const node = this.pool.node[lease]!;
    const shape = this.prepared.keyShape[this.pool.key[lease]!]!;
    this.share?.grant(node, this.keyClass[this.pool.key[lease]!]!, -1);
    this.pool.release(lease);
    this.workers.giveBack(node);
    this.nodes.give(node, shape);
    this.freed(node);
  }

  /** A node has more room than before. */
  freed(node: number): void {
    if (this.isInstant) {
      this.nodes.report(node);
      this.isDrainDue = true;
      return;
    }
    this.dispatchAt(node);
    this.reportLater(node);
  }

  reports(node: number): void {
    this.isReportDue[node] = 0;
    this.nodes.report(node);
    this.drain();
  }

  /** At the end of a moment, where nothing takes time. True when something was decided. */
  settle(): boolean {
    if (!this.isDrainDue) return false;
    this.isDrainDue = false;
    this.drain();
    return true;
  }

  /** Shapes that something waits for. */
  waitingShapes(): number[] {
    const waiting = Array.from(this.classShape).filter((_, cls) => this.waiting.first(cls) !== NONE);
    return [...new Set(waiting)];
  }

  private request(key: number): void {
    const limit = Math.min(this.window, this.queueLength[key]!);
    while (this.pending[key]! < limit) {
      const task = this.queueHead[key]!;
      const lease = this.pool.take(key, task, this.args.homeOf(task, this.host.ownerNode(task)));
      this.pending[key]!++;
      if (this.isInstant) this.arrive(lease);
      else this.events.after(this.requestLine, lease);
    }
  }

  private takeTask(key: number): number {
    const task = this.queueHead[key]!;
    if (task === NONE) return NONE;
    this.queueHead[key] = this.nextTask[task]!;
    this.queueLength[key]!--;
    return task;
  }

  /** `spill` is the way of a grant on another node than the one that was asked. */
  private place(lease: number, node: number, spill: DelayLine): void {
    const { pool, nodes, events } = this;
    const home = pool.home[lease]!;
    const shape = this.prepared.keyShape[pool.key[lease]!]!;
    if (!nodes.fits(node, shape)) {
      // The raylet believed in room that is gone: the other one refuses, and the owner asks again.
      nodes.report(node);
      events.after(this.requestLine, lease);
      return;
    }
    const thereMs = this.args.bring(pool.task[lease]!, node, events.now);
    if (thereMs > events.now) {
      // Room is only taken once the arguments are on the node.
      pool.home[lease] = node;
      events.at(thereMs, EVENT.leaseArrives, lease);
      return;
    }
    nodes.take(node, shape, this.isInstant || node !== home);
    this.share?.grant(node, this.keyClass[pool.key[lease]!]!, 1);
    if (node === home) this.reportLater(node);
    pool.node[lease] = node;
    const readyMs = this.workers.take(node, events.now);
    if (this.isInstant) this.granted(lease);
    else if (readyMs > events.now) events.at(readyMs + this.costs.grantMs, EVENT.leaseGranted, lease);
    else events.after(node === home ? this.grantLine : spill, lease);
  }

  private giveBack(lease: number): void {
    if (this.isInstant) this.returned(lease);
    else this.events.after(this.returnLine, lease);
  }

  private mustShare(home: number, cls: number): boolean {
    return this.share?.passesOver(home, cls) ?? false;
  }

  /** What waits at a node gets the room that the node has. */
  private dispatchAt(node: number): void {
    for (;;) {
      const lease = this.waiting.firstFitting(
        node,
        (cls) => this.nodes.fits(node, this.classShape[cls]!) && !this.mustShare(node, cls),
      );
      if (lease === NONE) return;
      this.waiting.remove(lease);
      if (!this.isMoot(lease)) this.place(lease, node, this.spillGrantLine);
    }
  }

  /** Owners take back a request when nothing is left for it to do. */
  private isMoot(lease: number): boolean {
    const key = this.pool.key[lease]!;
    if (this.queueLength[key] !== 0) return false;
    this.pending[key]!--;
    this.pool.release(lease);
    return true;
  }

  /** What waits anywhere goes to nodes that seem to have room. */
  private drain(): void {
    const blocked = new Set<number>();
    for (;;) {
      const lease = this.waiting.next(blocked);
      if (lease === NONE) return;
      const cls = this.keyClass[this.pool.key[lease]!]!;
      const home = this.pool.home[lease]!;
      const node = this.mustShare(home, cls) ? NONE : this.nodes.choose(this.classShape[cls]!, home);
      if (node === NONE) {
        blocked.add(cls);
        continue;
      }
      this.waiting.remove(lease);
      if (!this.isMoot(lease)) this.place(lease, node, this.reportGrantLine);
    }
  }

  private reportLater(node: number): void {
    if (this.isInstant || this.isReportDue[node] || this.nodes.count === 1) return;
    this.isReportDue[node] = 1;
    const period = this.costs.reportPeriodMs;
    const phase = this.phaseMs[node]!;
    const ticks = Math.floor((this.events.now - phase) / period) + 1;
    this.events.at(phase + ticks * period, EVENT.nodeReports, node);
  }
}
