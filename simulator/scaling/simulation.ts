/** One replay of a graph on one cluster: the clock, and what a task does from its submission to its end. */
import { ActorCalls } from './actorCalls';
import { Arguments } from './arguments';
import { Machine } from './machine';
import { EVENT, Events, isOfRaylets } from './events';
import { Leases } from './leases';
import { Nodes } from './nodes';
import { Objects } from './objects';
import { Placement } from './placement';
import { Processor } from './processor';
import { Programs } from './programs';
import { Random } from './random';
import { Results } from './results';
import type { SimInput, SimResult } from './simInput';
import { NONE } from './taskGraph';
import { StreamGate } from './streamGate';
import { Warmups } from './warmups';

/** Times that differ by less are one moment. */
const MOMENT_MS = 1e-9;
const NO_OBJECTS: readonly number[] = [];

/** Deterministic: the same input gives the same result. */
export function simulate(input: SimInput): SimResult {
  return new Simulation(input).run();
}

class Simulation {
  private readonly events = new Events();
  private readonly nodes: Nodes;
  private readonly objects: Objects;
  private readonly args: Arguments;
  private readonly machine: Machine;
  /** One thread of the driver takes in all replies, one after another. */
  private readonly ownerThread = new Processor(1);
  private readonly leases: Leases;
  private readonly programs: Programs;
  private readonly actors: ActorCalls;
  private readonly isInstant: boolean;
  private readonly results: Results;
  private readonly readers: Int32Array;
  private readonly lease: Int32Array;
  private readonly submitMs: Float64Array;
  private readonly startMs: Float64Array;
  private readonly endMs: Float64Array;
  private readonly node: Int32Array;
  private readonly durationMs: Float64Array;
  private readonly warmups: Warmups;
  private readonly streamGate: StreamGate;
  private justReady: number[] = [];
  private timeMs = NaN;

  constructor(private readonly input: SimInput) {
    const { prepared, cluster, costs, seed } = input;
    const { graph } = prepared;
    const { size } = graph;
    const random = new Random(seed);
    this.nodes = new Nodes(cluster, graph.shapes, costs.spreadThreshold);
    this.objects = new Objects(cluster, costs, prepared, this.events, new Random(~seed));
    this.isInstant = costs.reportPeriodMs === 0;
    this.results = new Results(prepared, this.objects, (task) => this.ready(task));
    this.readers = prepared.consumerCount.slice();
    this.lease = new Int32Array(size).fill(NONE);
    this.submitMs = new Float64Array(size).fill(NaN);
    this.startMs = new Float64Array(size).fill(NaN);
    this.endMs = new Float64Array(size).fill(NaN);
    this.node = new Int32Array(size).fill(NONE);
    this.durationMs = input.durationMs ?? graph.durationMs;
    this.warmups = new Warmups(graph, this.nodes.count);
    this.streamGate = new StreamGate(prepared, cluster, this.events, costs, (task) => this.enqueue(task));
    this.args = new Arguments(prepared, this.objects, costs);
    this.machine = new Machine(input, this.events, random);
    const { nodes, args, events } = this;
    const { cpu, workers } = this.machine;
    const placement = new Placement(nodes, costs, random);
    this.leases = new Leases(
      { prepared, nodes, placement, args, workers, cpu, events, costs },
      {
        start: (task, node, lease, atMs) => this.start(task, node, lease, atMs),
        ownerNode: (task) => this.programNode(graph.parent[task]! + 1),
      },
      random,
    );
    this.programs = new Programs(graph, events, costs, {
      take: (task) => this.results.take(task),
      submit: (task) => this.submit(task),
      fetch: (program, results, fromMs) => {
        const then = { fromMs, kind: EVENT.fetched, arg: program };
        return this.objects.bring(results, this.programNode(program), then);
      },
      blocked: (program, isBlocked) => this.blocked(program, isBlocked),
      busy: (program, fromMs, ownMs) => this.machine.after(program, fromMs, ownMs, 0, EVENT.step, program),
      finished: (program) => this.programFinished(program),
    });
    this.actors = new ActorCalls(graph, costs, {
      startCall: (task, node, atMs) => this.startCall(task, node, atMs),
    });
  }

  run(): SimResult {
    this.begin();
    const { events } = this;
    while (Number.isNaN(this.timeMs) && events.next()) {
      const momentMs = events.now + MOMENT_MS;
      this.handle(events.kind, events.arg);
      if (!this.isInstant) continue;
      while (events.peekMs() <= momentMs && events.next()) this.handle(events.kind, events.arg);
      this.settle();
    }
    const stuck = Number.isNaN(this.timeMs) ? this.leases.raylets.waitingShapes() : [];
    return {
      timeMs: this.timeMs,
      submitMs: this.submitMs,
      startMs: this.startMs,
      endMs: this.endMs,
      node: this.node,
      player: this.results.player,
      coldStarts: this.machine.workers.coldStarts,
      transferredBytes: this.objects.transferredBytes,
      transferMs: this.objects.transferMs,
      spilledBytes: this.objects.spilledBytes,
      driverWaitMs: this.programs.driverWaitMs,
      stuck: stuck.map((shape) => this.input.prepared.graph.shapes[shape]!),
    };
  }

  private begin(): void {
    const { cluster } = this.input;
    for (let node = 0; node < this.nodes.count; node++) {
      if (node === 0 || cluster.bootMs === 0) this.nodeUp(node);
      else this.events.at(cluster.bootMs, EVENT.nodeUp, node);
    }
    this.objects.createPuts();
    this.programs.proceed(0, 0);
    if (this.isInstant) this.settle();
  }

  private handle(kind: number, arg: number): void {
    if (isOfRaylets(kind)) return this.leases.handle(kind, arg);
    switch (kind) {
      case EVENT.taskEnded:
        return this.taskEnded(arg);
      case EVENT.step:
        return this.programs.step(arg);
      case EVENT.streamKnown:
        return this.streamGate.known();
      case EVENT.nodeUp:
        this.nodeUp(arg);
        return this.leases.raylets.freed(arg);
      case EVENT.argumentsThere:
        return this.argumentsThere(arg);
      case EVENT.fetched:
        return this.programs.fetched(arg);
      default:
        this.objects.handle(kind, arg);
        this.machine.handle(kind, arg);
    }
  }

  /** Without delays, what happens in one moment is decided together, in the order of submission. */
  private settle(): void {
    do {
      const tasks = this.justReady;
      this.justReady = [];
      tasks.sort((a, b) => a - b).forEach((task) => this.leases.enqueue(task));
    } while (this.leases.raylets.settle() || this.justReady.length > 0);
  }

  private nodeUp(node: number): void {
    this.nodes.up(node);
    this.machine.workers.up(node, this.events.now);
  }

  private submit(task: number): void {
    const { graph } = this.input.prepared;
    this.submitMs[task] = this.events.now;
    if (graph.actor[task] !== NONE) this.actors.submitted(task);
    if (this.results.submitted(task)) this.ready(task);
  }

  private ready(task: number): void {
    if (this.input.prepared.graph.actor[task] !== NONE) this.actors.ready(task, this.events.now);
    else if (this.streamGate.admits(task)) this.enqueue(task);
  }

  private enqueue(task: number): void {
    if (this.isInstant) this.justReady.push(task);
    else this.leases.enqueue(task);
  }

  private start(task: number, node: number, lease: number, atMs: number): void {
    const { graph, makesActor } = this.input.prepared;
    this.lease[task] = lease;
    const createMs = makesActor[task] === NONE ? 0 : this.input.costs.actorCreateMs;
    this.execute(task, node, atMs + createMs + this.warmups.begin(graph.fn[task]!, node));
  }

  private startCall(task: number, node: number, atMs: number): void {
    this.node[task] = node;
    if (this.hasArguments(task, atMs)) this.execute(task, node, atMs);
  }

  private execute(task: number, node: number, atMs: number): void {
    this.node[task] = node;
    this.startMs[task] = atMs;
    for (const object of this.input.prepared.puts.get(task) ?? NO_OBJECTS)
      this.objects.create(object, node, atMs);
    if (this.programs.hasSteps(task + 1)) return this.programs.proceed(task + 1, atMs);
    this.ends(task, atMs, this.durationMs[task]!);
  }

  private programFinished(program: number): void {
    const { graph, programMs } = this.input.prepared;
    const { now } = this.events;
    if (program === 0) {
      this.timeMs = now + graph.driverTailMs;
      return;
    }
    const task = program - 1;
    this.ends(task, now, Math.max(0, this.durationMs[task]! - programMs[task]!));
  }

  private ends(task: number, fromMs: number, ownMs: number): void {
    this.machine.after(task + 1, fromMs, ownMs, this.replyMs(task), EVENT.taskEnded, task);
  }

  private taskEnded(task: number): void {
    const { prepared, costs } = this.input;
    const { graph } = prepared;
    const { now } = this.events;
    const role = this.results.roleOf(task);
    if (Number.isNaN(this.endMs[task]!)) {
      const endMs = now - this.replyMs(task);
      this.endMs[task] = endMs;
      if (graph.actor[task] !== NONE) this.actors.ended(task, endMs, this.objects.writeMs(task));
      const roomMs = this.objects.create(role, this.node[task]!, endMs);
      this.endMs[task]! += roomMs;
      const waitMs =
        roomMs + (this.objects.isInline(task) ? 0 : this.machine.cpu.wait(now, costs.storeCpuMs));
      if (waitMs > 0) return this.events.at(now + waitMs, EVENT.taskEnded, task);
    }
    const isOfDriver = graph.parent[task] === NONE;
    const lateMs = isOfDriver ? this.ownerThread.wait(now, costs.ownerMs) + costs.ownerMs : 0;
    this.args.drop(task, this.readers);
    this.results.ended(role);
    this.letWorkerGo(task, lateMs);
    this.programs.taskDone(role);
  }

  /** From a function's end until its owner knows: its result is written first. */
  private replyMs(task: number): number {
    return this.input.costs.replyMs + this.objects.writeMs(task);
  }

  private letWorkerGo(task: number, lateMs: number): void {
    const { makesActor, graph } = this.input.prepared;
    const actor = makesActor[task]!;
    if (actor !== NONE) {
      this.actors.alive(actor, this.node[task]!, this.events.now);
    } else if (graph.actor[task] === NONE) {
      this.warmups.end(graph.fn[task]!, this.node[task]!);
      if (!this.handOn(task)) this.leases.ended(this.lease[task]!, lateMs);
    }
  }

  /** A CPU that Ray Data has for its next task goes to it: how long that takes is part of the task. */
  private handOn(task: number): boolean {
    const heir = this.streamGate.ended(task);
    if (heir === NONE) return false;
    const { now } = this.events;
    this.lease[heir] = this.lease[task]!;
    this.node[heir] = this.node[task]!;
    if (this.hasArguments(heir, now)) this.start(heir, this.node[heir], this.lease[heir], now);
    return true;
  }

  /** Whether all of them are on the task's node; otherwise it goes on when they are, and not before. */
  private hasArguments(task: number, fromMs: number): boolean {
    return this.args.areThere(task, this.node[task]!, fromMs, EVENT.argumentsThere, task);
  }

  private argumentsThere(task: number): void {
    const [node, { now }] = [this.node[task]!, this.events];
    if (this.input.prepared.graph.actor[task] !== NONE) this.execute(task, node, now);
    else this.start(task, node, this.lease[task]!, now);
  }

  private blocked(program: number, isBlocked: boolean): void {
    const { graph } = this.input.prepared;
    if (program === 0 || graph.actor[program - 1] !== NONE) return;
    const node = this.node[program - 1]!;
    this.nodes.lendCpus(node, graph.shape[program - 1]!, isBlocked ? 1 : -1);
    if (isBlocked) this.leases.raylets.freed(node);
    else this.leases.raylets.filled(node);
  }

  private programNode(program: number): number {
    return program === 0 ? 0 : this.node[program - 1]!;
  }
}
