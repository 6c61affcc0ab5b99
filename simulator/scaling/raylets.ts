/**
 * Raylets: which node a lease request goes to, in which order requests get the room of a node, and when others hear of
 * it. A request goes to the node with most of its arguments, else to its owner's; it waits there until that node has
 * room, or until its raylet hears that another has (cluster_lease_manager.cc, local_lease_manager.cc).
 */
import type { Arguments } from './arguments';
import { EVENT, type DelayLine, type Events } from './events';
import { FairShare } from './fairShare';
import { ListOfLeases, type LeasePool } from './leasePool';
import type { Nodes } from './nodes';
import type { Overheads } from './overheads';
import type { Prepared } from './prepared';
import type { Random } from './random';
import { NONE } from './taskGraph';
import { WorkerCap } from './workerCap';
import type { Workers } from './workers';

/** With more lists of waiting requests than this, they wait by what they ask for alone. */
const MAX_LISTS = 1_000_000;

export interface RayletParts {
  prepared: Prepared;
  nodes: Nodes;
  args: Arguments;
  workers: Workers;
  events: Events;
  costs: Overheads;
}

export interface RayletHost {
  /** A worker is there for a lease, and its owner knows now. */
  granted(lease: number): void;
  /** Takes a request back that has nothing left to do; false for others. */
  dropMoot(lease: number): boolean;
}

export class Raylets {
  /** Without delays everything is decided at once, in order, at the end of each moment. */
  private readonly isInstant: boolean;
  private readonly keyClass: Int32Array;
  private readonly classShape: Int32Array;
  private readonly waiting: ListOfLeases;
  private readonly share: FairShare | null;
  private readonly cap: WorkerCap | null;
  /** Raylets look through functions in the order of a hash table, which is another in each process. */
  private readonly order: readonly (readonly number[])[];
  private readonly isReportDue: Uint8Array;
  /** When in each period a node reports. */
  private readonly phaseMs: Float64Array;
  private readonly requestLine: DelayLine;
  private readonly grantLine: DelayLine;
  private readonly spillGrantLine: DelayLine;
  private readonly reportGrantLine: DelayLine;
  private isDrainDue = false;

  constructor(
    private readonly parts: RayletParts,
    private readonly pool: LeasePool,
    private readonly host: RayletHost,
    random: Random,
  ) {
    const { prepared, nodes, events, costs } = parts;
    const { graph, classShape } = prepared;
    this.isInstant = costs.reportPeriodMs === 0;
    const isByClass = !this.isInstant && classShape.length * nodes.count <= MAX_LISTS;
    this.keyClass = isByClass ? prepared.keyClass : prepared.keyShape;
    this.classShape = isByClass ? classShape : Int32Array.from(graph.shapes.keys());
    const classes = this.classShape.length;
    const cpus = Float64Array.from(this.classShape, (shape) => graph.shapes[shape]!.cpus);
    this.share = isByClass ? new FairShare(nodes.cpus(), cpus) : null;
    this.cap = this.share && costs.hasWorkerCap ? new WorkerCap(nodes.cpus(), cpus) : null;
    this.waiting = new ListOfLeases(pool, nodes.count, classes, this.share);
    const orders = classes > 1 && !this.isInstant ? nodes.count : 1;
    this.order = Array.from({ length: orders }, () => random.order(classes));
    this.isReportDue = new Uint8Array(nodes.count);
    this.phaseMs = Float64Array.from({ length: nodes.count }, () => random.next() * costs.reportPeriodMs);
    this.requestLine = events.line(costs.leaseRequestMs, EVENT.leaseArrives);
    this.grantLine = events.line(costs.grantMs, EVENT.leaseGranted);
    this.spillGrantLine = events.line(2 * costs.grantMs + costs.leaseRequestMs, EVENT.leaseGranted);
    const reportedMs = costs.reportMs + costs.grantMs + costs.leaseRequestMs;
    this.reportGrantLine = events.line(reportedMs + costs.grantMs, EVENT.leaseGranted);
  }

  /** An owner asks for a worker. */
  request(lease: number): void {
    if (this.isInstant) this.arrive(lease);
    else this.parts.events.after(this.requestLine, lease);
  }

  arrive(lease: number): void {
    const { pool } = this;
    const { nodes, args, events, prepared } = this.parts;
    if (this.host.dropMoot(lease)) return;
    const home = pool.home[lease]!;
    const cls = this.classOf(lease);
    if (this.isInstant) {
      this.waiting.add(lease, home, cls);
      this.isDrainDue = true;
      return;
    }
    const shape = this.classShape[cls]!;
    const isThereForArguments = prepared.hasLargeArguments[pool.task[lease]!] === 1;
    const node = isThereForArguments && nodes.fits(home, shape) ? home : nodes.choose(shape, home);
    if (node !== NONE && node !== home) return this.place(lease, node, this.spillGrantLine);
    this.waiting.add(lease, home, cls);
    args.bring(pool.task[lease]!, home, events.now);
    this.dispatchAt(home);
  }

  returned(lease: number): void {
    const { nodes, prepared, workers } = this.parts;
    const node = this.pool.node[lease]!;
    this.share?.grant(node, this.classOf(lease), -1);
    this.pool.release(lease);
    workers.endIdle(node, nodes.freeCpus(node), this.parts.events.now);
    workers.giveBack(node, this.parts.events.now);
    nodes.give(node, prepared.keyShape[this.pool.key[lease]!]!);
    this.freed(node);
  }

  /** A node has more room than before. */
  freed(node: number): void {
    if (this.isInstant) {
      this.parts.nodes.report(node);
      this.isDrainDue = true;
      return;
    }
    this.dispatchAt(node);
    this.reportLater(node);
  }

  /** A node has less room than before, through no lease. */
  filled(node: number): void {
    if (this.isInstant) this.parts.nodes.report(node);
    else this.reportLater(node);
  }

  reports(node: number): void {
    this.isReportDue[node] = 0;
    this.parts.nodes.report(node);
    this.spillAnywhere();
  }

  /** A function that a node has held back may have a worker more. */
  retries(node: number): void {
    this.dispatchAt(node);
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

  private classOf(lease: number): number {
    return this.keyClass[this.pool.key[lease]!]!;
  }

  /** What waits at a node gets the room that the node has, or goes to another that seems to have some. */
  private dispatchAt(node: number): void {
    for (const cls of this.order[node] ?? this.order[0]!) {
      // The share is looked at once: a function that is within it gets all the room there is.
      if (this.waiting.firstAt(node, cls) === NONE || this.share?.passesOver(node, cls)) continue;
      while (this.dispatchOne(node, cls));
    }
  }

  private dispatchOne(node: number, cls: number): boolean {
    const lease = this.waiting.firstAt(node, cls);
    if (lease === NONE) return false;
    if (this.host.dropMoot(lease)) {
      this.waiting.remove(lease);
      return true;
    }
    const { nodes, events } = this.parts;
    const shape = this.classShape[cls]!;
    const fits = nodes.fits(node, shape);
    const isHeldBack = this.cap?.holdsBack(node, cls, this.share!.grantedTo(node, cls), events) ?? false;
    const target = fits ? (isHeldBack ? NONE : node) : nodes.another(shape, node);
    if (target === NONE) return false;
    this.waiting.remove(lease);
    this.place(lease, target, this.spillGrantLine);
    return true;
  }

  /** Raylets that hear of room on another node send what waits there. */
  private spillAnywhere(): void {
    const { nodes } = this.parts;
    for (const cls of this.order[0]!) {
      const shape = this.classShape[cls]!;
      const first = this.waiting.first(cls);
      if (first === NONE || this.share?.passesOver(this.pool.home[first]!, cls)) continue;
      for (let lease = first; lease !== NONE; lease = this.waiting.first(cls)) {
        const isMoot = this.host.dropMoot(lease);
        const node = isMoot ? NONE : nodes.another(shape, this.pool.home[lease]!);
        if (!isMoot && node === NONE) break;
        this.waiting.remove(lease);
        if (!isMoot) this.place(lease, node, this.reportGrantLine);
      }
    }
  }

  /** Where nothing takes time: the oldest request that fits anywhere. */
  private drain(): void {
    const blocked = new Set<number>();
    for (;;) {
      const lease = this.waiting.oldest((cls) => !blocked.has(cls));
      if (lease === NONE) return;
      const cls = this.classOf(lease);
      const node = this.parts.nodes.choose(this.classShape[cls]!, this.pool.home[lease]!);
      if (node === NONE) {
        blocked.add(cls);
        continue;
      }
      this.waiting.remove(lease);
      if (!this.host.dropMoot(lease)) this.place(lease, node, this.grantLine);
    }
  }

  /** `spill` is the way of a grant on another node than the one that was asked. */
  private place(lease: number, node: number, spill: DelayLine): void {
    const { pool } = this;
    const { prepared, nodes, args, events, workers, costs } = this.parts;
    const home = pool.home[lease]!;
    const shape = prepared.keyShape[pool.key[lease]!]!;
    if (!nodes.fits(node, shape)) {
      // The raylet believed in room that is gone: the other one refuses, and the owner asks again.
      nodes.report(node);
      events.after(this.requestLine, lease);
      return;
    }
    const thereMs = args.bring(pool.task[lease]!, node, events.now);
    if (thereMs > events.now) {
      // Room is only taken once the arguments are on the node.
      pool.home[lease] = node;
      events.at(thereMs, EVENT.leaseArrives, lease);
      return;
    }
    workers.endIdle(node, nodes.freeCpus(node), events.now);
    nodes.take(node, shape, this.isInstant || node !== home);
    this.share?.grant(node, this.classOf(lease), 1);
    this.cap?.granted(node, this.classOf(lease));
    if (node === home) this.reportLater(node);
    pool.node[lease] = node;
    const readyMs = workers.take(node, events.now);
    if (this.isInstant) this.host.granted(lease);
    else if (readyMs > events.now) events.at(readyMs + costs.grantMs, EVENT.leaseGranted, lease);
    else events.after(node === home ? this.grantLine : spill, lease);
  }

  private reportLater(node: number): void {
    const { nodes, events, costs } = this.parts;
    if (this.isInstant || this.isReportDue[node] || nodes.count === 1) return;
    this.isReportDue[node] = 1;
    const period = costs.reportPeriodMs;
    const phase = this.phaseMs[node]!;
    const ticks = Math.floor((events.now - phase) / period) + 1;
    events.at(phase + ticks * period, EVENT.nodeReports, node);
  }
}
