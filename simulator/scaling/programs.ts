/**
 * The driver and the tasks that submit others: what they do between their steps, and what each step waits for. A
 * program has one step under way at a time.
 */
import { EVENT, type Events } from './events';
import { NONE, STEP, type TaskGraph } from './taskGraph';

export interface ProgramHost {
  submit(task: number): void;
  /** A program wants a task's result: true where it has ended. */
  take(task: number): boolean;
  /** Whether results are on the program's node; otherwise they are asked for, and it is told when, from `fromMs` on. */
  fetch(program: number, results: Iterable<number>, fromMs: number): boolean;
  /** The program waits, or goes on; a task lends its CPUs meanwhile. */
  blocked(program: number, isBlocked: boolean): void;
  /** A program is busy by itself for so long from `fromMs` on, and takes its next step then. */
  busy(program: number, fromMs: number, ownMs: number): void;
  /** All steps are done. */
  finished(program: number): void;
}

/** Program 0 is the driver's, program t + 1 that of task t. */
export class Programs {
  /** How long the driver has waited at each of its steps. */
  readonly driverWaitMs: Float64Array;
  private readonly position: Int32Array;
  private readonly remaining: Int32Array;
  /** Tasks that have ended: of each program, then of each pool. */
  private readonly finishedCount: Int32Array;
  /** Which count a program waits for, and until when. */
  private readonly wantedCount: Int32Array;
  /** The program that waits for a count, and the next one after each that does so too; -1 is none. */
  private readonly countWaiter: Int32Array;
  private readonly nextWaiter: Int32Array;
  /** Tasks of each pool that is a stream, as they ended, and how many of their results were taken. */
  private readonly finishedOf: { task: number; ms: number }[][];
  private readonly takenCount: Int32Array;
  private readonly isWaiting: Uint8Array;
  /** The program that waits for a task; more than one are in `others`. */
  private readonly waiter: Int32Array;
  private readonly others = new Map<number, number[]>();
  private driverSinceMs = 0;

  constructor(
    private readonly graph: TaskGraph,
    private readonly events: Events,
    private readonly costs: { submitMs: number; getMs: number },
    private readonly host: ProgramHost,
  ) {
    const programs = graph.size + 1;
    this.position = graph.programStart.slice(0, programs);
    this.remaining = new Int32Array(programs);
    this.finishedCount = new Int32Array(programs + graph.poolCount);
    this.wantedCount = new Int32Array(programs);
    this.countWaiter = new Int32Array(programs + graph.poolCount).fill(-1);
    this.nextWaiter = new Int32Array(programs).fill(-1);
    this.finishedOf = Array.from(graph.poolLatencyMs, () => []);
    this.takenCount = new Int32Array(graph.poolLatencyMs.length);
    this.isWaiting = new Uint8Array(programs);
    this.waiter = new Int32Array(graph.size).fill(-1);
    this.driverWaitMs = new Float64Array(graph.programStart[1]!);
  }

  hasSteps(program: number): boolean {
    return this.graph.programStart[program] !== this.graph.programStart[program + 1];
  }

  /** Goes on from `atMs`: the time before the next step begins. */
  proceed(program: number, atMs: number): void {
    const { graph, events } = this;
    for (;;) {
      const at = this.position[program]!;
      if (at === graph.programStart[program + 1]) {
        if (atMs > events.now) events.at(atMs, EVENT.fetched, program);
        else this.host.finished(program);
        return;
      }
      const ownMs = graph.stepMs[at]! + (graph.stepKind[at] === STEP.submit ? this.costs.submitMs : 0);
      if (atMs + ownMs > events.now) {
        this.host.busy(program, atMs, ownMs);
        return;
      }
      if (!this.take(program)) return;
      atMs = events.now;
    }
  }

  /** The time before a step is over: takes it, and goes on if it waits for nothing. */
  step(program: number): void {
    if (this.take(program)) this.proceed(program, this.events.now);
  }

  /** A task's end is known to its owner and to whoever waits for it. */
  taskDone(task: number): void {
    this.counted(this.graph.parent[task]! + 1);
    const pool = this.graph.pool?.[task] ?? NONE;
    if (pool !== NONE) {
      this.finishedOf[pool]?.push({ task, ms: this.events.now });
      this.counted(this.graph.size + 1 + pool);
    }
    const waiter = this.waiter[task]!;
    if (waiter === -1) return;
    this.waiter[task] = -1;
    this.told(waiter);
    const others = this.others.get(task);
    if (!others) return;
    this.others.delete(task);
    others.forEach((program) => this.told(program));
  }

  private counted(counter: number): void {
    this.finishedCount[counter]!++;
    let program = this.countWaiter[counter]!;
    if (program === -1) return;
    const isAlone = this.nextWaiter[program] === -1;
    if (isAlone && this.finishedCount[counter]! < this.wantedCount[program]!) return;
    this.countWaiter[counter] = -1;
    const there: number[] = [];
    for (let next; program !== -1; program = next) {
      next = this.nextWaiter[program]!;
      if (this.finishedCount[counter]! < this.wantedCount[program]!) this.waitForCount(program, counter);
      else there.push(program);
    }
    there.forEach((one) => this.goOn(one));
  }

  private waitForCount(program: number, counter: number): void {
    this.nextWaiter[program] = this.countWaiter[counter]!;
    this.countWaiter[counter] = program;
  }

  private told(program: number): void {
    if (--this.remaining[program]! === 0) this.goOn(program);
  }

  /** What a program waits for has ended. */
  private goOn(program: number): void {
    const thereMs = this.collect(program);
    if (thereMs < Infinity) this.resume(program, thereMs);
  }

  /** And is in its hands. */
  fetched(program: number): void {
    this.resume(program, this.events.now);
  }

  private resume(program: number, atMs: number): void {
    if (this.isWaiting[program]) {
      this.isWaiting[program] = 0;
      if (program === 0) {
        this.driverWaitMs[this.position[0]! - 1]! += atMs - this.driverSinceMs;
      }
      this.host.blocked(program, false);
    }
    this.proceed(program, atMs);
  }

  /** Takes the step at the program's position. False when it has to wait. */
  private take(program: number): boolean {
    const { graph } = this;
    const at = this.position[program]!++;
    const arg = graph.stepArg[at]!;
    switch (graph.stepKind[at]) {
      case STEP.submit:
        this.host.submit(arg);
        return true;
      case STEP.countFinished:
      case STEP.take:
        return this.takeCount(program, arg, graph.stepPool[at]!);
      default:
        return this.takeWait(program, arg);
    }
  }

  private takeCount(program: number, wanted: number, pool: number): boolean {
    const counter = pool === NONE ? program : this.graph.size + 1 + pool;
    if (this.finishedCount[counter]! >= wanted) return this.arrives(program);
    this.wantedCount[program] = wanted;
    this.waitForCount(program, counter);
    return this.wait(program);
  }

  private takeWait(program: number, list: number): boolean {
    const { waitStart, waitTasks } = this.graph;
    let open = 0;
    for (let at = waitStart[list]!; at < waitStart[list + 1]!; at++) {
      const task = waitTasks[at]!;
      if (this.host.take(task)) continue;
      open++;
      if (this.waiter[task] === -1) this.waiter[task] = program;
      else this.others.set(task, [...(this.others.get(task) ?? []), program]);
    }
    this.remaining[program] = open;
    return open > 0 ? this.wait(program) : this.arrives(program);
  }

  /** All that the step waits for has ended: true where it is here already. */
  private arrives(program: number): boolean {
    const thereMs = this.collect(program);
    if (thereMs <= this.events.now) return true;
    if (thereMs === Infinity) return this.wait(program);
    // It does not block, so that a task lends no CPUs.
    if (program === 0) this.driverWaitMs[this.position[0]! - 1]! += thereMs - this.events.now;
    this.proceed(program, thereMs);
    return false;
  }

  private wait(program: number): false {
    this.isWaiting[program] = 1;
    if (program === 0) this.driverSinceMs = this.events.now;
    this.host.blocked(program, true);
    return false;
  }

  /** When all that the step before the position has waited for is in the program's hands; infinite: it is told (`fetched`). */
  private collect(program: number): number {
    const { graph } = this;
    const at = this.position[program]! - 1;
    const { now } = this.events;
    if (graph.stepKind[at] === STEP.take) {
      const pool = graph.stepPool[at]!;
      const finished = this.finishedOf[pool]!;
      const thereMs = finished[graph.stepArg[at]! - 1]!.ms + graph.poolLatencyMs[pool]!;
      const { task } = finished[this.takenCount[pool]!++]!;
      return this.inHands(program, [task], Math.max(now + this.costs.getMs, thereMs));
    }
    if (graph.stepKind[at] !== STEP.get) return now;
    const list = graph.stepArg[at]!;
    const results = graph.waitTasks.subarray(graph.waitStart[list], graph.waitStart[list + 1]);
    return this.inHands(program, results, now + results.length * this.costs.getMs);
  }

  private inHands(program: number, results: Iterable<number>, fromMs: number): number {
    return this.host.fetch(program, results, fromMs) ? fromMs : Infinity;
  }
}
