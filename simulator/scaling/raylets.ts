/**
 * Raylets: which node a lease request goes to, in which order requests get the room of a node, and when others hear of
 * it. A request goes to the node with most of its arguments, else to its owner's; it waits there until that node has
 * room, or until its raylet hears that another has (cluster_lease_manager.cc, local_lease_manager.cc).
 */
import type { Arguments } from './arguments';
import { EVENT, type DelayLine, type Events } from './events';
import { FairShare } from './fairShare';
import { leaseLines, type LeaseLines } from './leaseLines';
import { ListOfLeases, type LeasePool } from './leasePool';
import type { Nodes } from './nodes';
import type { Overheads } from './overheads';
import type { Placement } from './placement';
import type { Prepared } from './prepared';
import type { Processor } from './processor';
import type { Random } from './random';
import { Reports } from './reports';
import { NONE } from './taskGraph';
import { WorkerCap } from './workerCap';
import type { Workers } from './workers';

/** With more lists of waiting requests than this, they wait by what they ask for alone. */
const MAX_LISTS = 1_000_000;

export interface RayletParts {
  prepared: Prepared;
  nodes: Nodes;
  placement: Placement;
  args: Arguments;
  workers: Workers;
  /** What all nodes' processes run on, where that is one machine. */
  cpu: Processor;
  events: Events;
  costs: Overheads;
}

export interface RayletHost {
  /** A worker is there for a lease, and its owner knows now. */
  granted(lease: number): void;
  /** Takes a request back that has nothing left to do; false for others. */
  dropMoot(lease: number): boolean;
  /** Takes a request back that has to be asked again while the others of its key are enough for what waits. */
  dropSurplus(lease: number): boolean;
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
  private readonly reportTimes: Reports;
  private readonly lines: LeaseLines;
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
    this.reportTimes = new Reports(nodes.count, costs.reportPeriodMs, events, random);
    this.lines = leaseLines(events, costs);
  }

  /** An owner asks for a worker. */
  request(lease: number): void {
    if (this.isInstant) this.arrive(lease);
    else this.parts.events.after(this.lines.request, lease);
  }

  arrive(lease: number): void {
    const { pool } = this;
    const { nodes, placement, prepared } = this.parts;
    if (this.host.dropMoot(lease)) return;
    const home = pool.home[lease]!;
    if (pool.isSent[lease]) return this.asked(lease, home, this.lines.grant);
    const cls = this.classOf(lease);
    if (this.isInstant) {
      this.isDrainDue = true;
      return this.waiting.add(lease, home, cls);
    }
    const shape = this.classShape[cls]!;
    const isThereForArguments = prepared.hasLargeArguments[pool.task[lease]!] === 1;
    const free = isThereForArguments && nodes.fits(home, shape) ? home : placement.choose(shape, home);
    const node = free === NONE ? placement.waitsAt(shape, home, isThereForArguments) : free;
    if (node !== home) return this.redirect(lease, node, this.lines.redirect);
    this.waitAt(home, lease);
    this.dispatchAt(home);
  }

  private waitAt(node: number, lease: number): void {
    this.pool.home[lease] = node;
    this.waiting.add(lease, node, this.classOf(lease));
    this.parts.args.bring(this.pool.task[lease]!, node);
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
    this.reportTimes.later(node);
  }

  /** A node has less room than before, through no lease. */
  filled(node: number): void {
    if (this.isInstant) this.parts.nodes.report(node);
    else this.reportTimes.later(node);
  }

  reports(node: number): void {
    this.reportTimes.done(node);
    this.parts.nodes.report(node);
    this.spillAnywhere();
  }

  /** A function that a node has held back may have a worker more. */
  retries(node: number): void {
    this.dispatchAt(node);
  }

  /** At the end of a moment, where nothing takes time. True when something was decided. */
  settle(): boolean {
    const isDue = this.isDrainDue;
    this.isDrainDue = false;
    if (isDue) this.drain();
    return isDue;
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
    const { nodes, placement, events } = this.parts;
    const shape = this.classShape[cls]!;
    const fits = nodes.fits(node, shape);
    const isHeldBack = this.cap?.holdsBack(node, cls, this.share!.grantedTo(node, cls), events) ?? false;
    const target = fits ? (isHeldBack ? NONE : node) : placement.another(shape, node);
    if (target === NONE) return false;
    this.waiting.remove(lease);
    if (target === node) this.place(lease, node, this.lines.grant);
    else this.redirect(lease, target, this.lines.redirect);
    return true;
  }

  /** Raylets that hear of room on another node send what waits there. */
  private spillAnywhere(): void {
    const { placement } = this.parts;
    for (const cls of this.order[0]!) {
      const shape = this.classShape[cls]!;
      const first = this.waiting.first(cls);
      if (first === NONE || this.share?.passesOver(this.pool.home[first]!, cls)) continue;
      for (let lease = first; lease !== NONE; lease = this.waiting.first(cls)) {
        const isMoot = this.host.dropMoot(lease);
        const node = isMoot ? NONE : placement.another(shape, this.pool.home[lease]!);
        if (!isMoot && node === NONE) break;
        this.waiting.remove(lease);
        if (!isMoot) this.redirect(lease, node, this.lines.reportRedirect);
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
      const node = this.parts.placement.choose(this.classShape[cls]!, this.pool.home[lease]!);
      if (node === NONE) {
        blocked.add(cls);
        continue;
      }
      this.waiting.remove(lease);
      if (!this.host.dropMoot(lease)) this.place(lease, node, this.lines.grant);
    }
  }

  /** Tells the owner to ask another node, which is from then on believed to have less room. */
  private redirect(lease: number, node: number, line: DelayLine): void {
    if (this.pool.isSent[lease]) return this.reject(lease);
    const shape = this.classShape[this.classOf(lease)]!;
    if (this.parts.nodes.seemsToFit(node, shape)) this.parts.nodes.promise(node, shape);
    this.pool.node[lease] = node;
    this.parts.cpu.wait(this.parts.events.now, this.parts.costs.redirectCpuMs);
    this.parts.events.after(line, lease);
  }

  /**
   * The owner asks the other node if it has more tasks than requests that are under way (`RequestNewWorkerIfNeeded`).
   * Where it does not, nothing changes there, so that no report comes, and the raylet that sent the request on goes on
   * believing that the room is taken (cluster_resource_manager.cc).
   */
  redirected(lease: number): void {
    const node = this.pool.node[lease]!;
    if (this.host.dropSurplus(lease)) this.reportTimes.inVain(node);
    else this.asked(lease, node, this.lines.redirectedGrant);
  }

  /** A request that another raylet has sent: gets the node's room, waits for it, or is refused where there is room elsewhere. */
  private asked(lease: number, node: number, line: DelayLine): void {
    const shape = this.classShape[this.classOf(lease)]!;
    this.pool.isSent[lease] = 1;
    if (this.parts.nodes.fits(node, shape)) return this.place(lease, node, line);
    this.reportTimes.inVain(node);
    if (this.parts.placement.another(shape, node) !== NONE) this.reject(lease);
    else this.waitAt(node, lease);
  }

  /** The owner asks the first raylet again, if its other requests are not enough. */
  private reject(lease: number): void {
    if (this.host.dropSurplus(lease)) return;
    this.pool.isSent[lease] = 0;
    this.pool.home[lease] = this.pool.first[lease]!;
    this.parts.events.after(this.lines.rejection, lease);
  }

  refreshes(node: number): void {
    if (this.reportTimes.refreshes(node)) this.reports(node);
  }

  private place(lease: number, node: number, line: DelayLine): void {
    const { pool } = this;
    const { prepared, nodes, args, events, workers, costs } = this.parts;
    const shape = prepared.keyShape[pool.key[lease]!]!;
    if (!args.areThere(pool.task[lease]!, node, events.now, EVENT.leaseArrives, lease)) {
      // Room is only taken once the arguments are on the node.
      pool.home[lease] = node;
      return;
    }
    workers.endIdle(node, nodes.freeCpus(node), events.now);
    nodes.take(node, shape);
    if (this.isInstant) nodes.promise(node, shape);
    else this.reportTimes.later(node);
    this.share?.grant(node, this.classOf(lease), 1);
    this.cap?.granted(node, this.classOf(lease));
    pool.node[lease] = node;
    const readyMs = workers.take(node, prepared.graph.fn[pool.task[lease]!]!, events.now, lease);
    if (this.isInstant && readyMs < Infinity) this.host.granted(lease);
    else if (readyMs === events.now) events.after(line, lease);
    else if (readyMs < Infinity) events.at(readyMs + costs.grantMs, EVENT.leaseGranted, lease);
  }
}
