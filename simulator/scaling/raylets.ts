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
import { Reports } from './reports';
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
  private readonly requestLine: DelayLine;
  private readonly grantLine: DelayLine;
  private readonly redirectLine: DelayLine;
  private readonly reportRedirectLine: DelayLine;
  private readonly redirectedGrantLine: DelayLine;
  private readonly rejectionLine: DelayLine;
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
    this.requestLine = events.line(costs.leaseRequestMs, EVENT.leaseArrives);
    this.grantLine = events.line(costs.grantMs, EVENT.leaseGranted);
    this.redirectLine = events.line(costs.grantMs, EVENT.leaseRedirected);
    this.reportRedirectLine = events.line(costs.reportMs + costs.grantMs, EVENT.leaseRedirected);
    this.redirectedGrantLine = events.line(costs.leaseRequestMs + costs.grantMs, EVENT.leaseGranted);
    this.rejectionLine = events.line(2 * costs.leaseRequestMs + costs.grantMs, EVENT.leaseArrives);
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
    if (node !== NONE && node !== home) return this.redirect(lease, node, this.redirectLine);
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
    if (target === node) this.place(lease, node, this.grantLine);
    else this.redirect(lease, target, this.redirectLine);
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
        if (!isMoot) this.redirect(lease, node, this.reportRedirectLine);
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

  /** Tells the owner to ask another node, which is from then on believed to have less room. */
  private redirect(lease: number, node: number, line: DelayLine): void {
    this.parts.nodes.promise(node, this.classShape[this.classOf(lease)]!);
    this.pool.node[lease] = node;
    this.parts.events.after(line, lease);
  }

  /**
   * The owner asks the other node if it has more tasks than requests that are under way (`RequestNewWorkerIfNeeded`), and
   * the node refuses where the room is gone. Either way nothing changes there, so that no report comes, and the raylet
   * that sent the request on goes on believing that the room is taken (cluster_resource_manager.cc).
   */
  redirected(lease: number): void {
    const { nodes, events } = this.parts;
    const node = this.pool.node[lease]!;
    const hasRoom = nodes.fits(node, this.classShape[this.classOf(lease)]!);
    const isDropped = this.host.dropSurplus(lease);
    if (hasRoom && !isDropped) return this.place(lease, node, this.redirectedGrantLine);
    this.reportTimes.inVain(node);
    if (!isDropped) events.after(this.rejectionLine, lease);
  }

  refreshes(node: number): void {
    if (this.reportTimes.refreshes(node)) this.reports(node);
  }

  private place(lease: number, node: number, line: DelayLine): void {
    const { pool } = this;
    const { prepared, nodes, args, events, workers, costs } = this.parts;
    const shape = prepared.keyShape[pool.key[lease]!]!;
    const thereMs = args.bring(pool.task[lease]!, node, events.now);
    if (thereMs > events.now) {
      // Room is only taken once the arguments are on the node.
      pool.home[lease] = node;
      events.at(thereMs, EVENT.leaseArrives, lease);
      return;
    }
    workers.endIdle(node, nodes.freeCpus(node), events.now);
    nodes.take(node, shape);
    if (this.isInstant) nodes.promise(node, shape);
    else this.reportTimes.later(node);
    this.share?.grant(node, this.classOf(lease), 1);
    this.cap?.granted(node, this.classOf(lease));
    pool.node[lease] = node;
    const readyMs = workers.take(node, prepared.graph.fn[pool.task[lease]!]!, events.now);
    if (this.isInstant) this.host.granted(lease);
    else if (readyMs > events.now) events.at(readyMs + costs.grantMs, EVENT.leaseGranted, lease);
    else events.after(line, lease);
  }
}
