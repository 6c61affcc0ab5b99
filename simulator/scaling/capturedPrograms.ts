/**
 * What the driver, and tasks that submit others, did between their submissions and waits. A replay waits where they
 * waited, so it is never more parallel than the code was.
 */
import type { TraceStore } from '../trace/traceStore';
import { NONE } from '../trace/taskTable';
import { WAIT_KINDS } from '../trace/waitTable';
import type { StreamWait, Streams } from './capturedStreams';
import { startedMeanwhile } from './libraryWaits';
import { pushTo } from './pushTo';
import { STEP, type Step } from './taskGraph';
import { WaitLines } from './waitLines';

const GET = WAIT_KINDS.indexOf('get');

export interface CapturedPrograms {
  /** The driver's, then those of tasks by their number. */
  programs: CapturedStep[][];
  lists: number[][];
  pool: Int32Array | null;
  poolCount: number;
  driverTailMs: number;
  driverMs: number;
  /** How many cores the driver kept busy on average between its waits. */
  driverCpuShare: number;
}

/** With what it took here, in a crowd. */
interface CapturedStep extends Step {
  wallMs: number;
}

interface Costs {
  submitMs: number;
  replyMs: number;
  getMs: number;
}

/** `number` maps rows to tasks of the graph. */
export function capturePrograms(
  store: TraceStore,
  rows: readonly number[],
  number: ReadonlyMap<number, number>,
  driver: number,
  costs: Costs,
  streams: Streams,
): CapturedPrograms {
  return new Capture(store, rows, number, driver, costs, streams).run();
}

class Capture {
  private readonly programs: CapturedStep[][] = [];
  private readonly lists: number[][] = [];
  private readonly pool: Int32Array;
  private readonly lines: WaitLines;
  private readonly pools = new Map<string, { id: number; members: Set<number>; returned: number }>();

  constructor(
    private readonly store: TraceStore,
    private readonly rows: readonly number[],
    private readonly number: ReadonlyMap<number, number>,
    private readonly driver: number,
    private readonly costs: Costs,
    private readonly streams: Streams,
  ) {
    this.lines = new WaitLines(store);
    this.pool = Int32Array.from(rows, (_, at) => streams.pool.get(at) ?? NONE);
  }

  run(): CapturedPrograms {
    const { tasks } = this.store;
    const moments = this.momentsBySubmitter();
    for (let at = 0; at <= this.rows.length; at++) this.programs.push([]);
    let driverTailMs = 0;
    let driverCpuShare = 0;
    for (const [submitter, list] of moments) {
      const at = submitter === this.driver ? NONE : this.number.get(submitter);
      if (at === undefined) continue;
      list.sort((a, b) => a.startMs - b.startMs);
      const beganMs = Number.isNaN(tasks.startMs[submitter]!) ? list[0]!.startMs : tasks.startMs[submitter]!;
      const scale = this.ownShare(submitter, list);
      const endedMs = this.take(at + 1, list, beganMs, scale);
      if (at !== NONE) continue;
      driverTailMs = Math.max(0, tasks.endMs[submitter]! - endedMs) * scale || 0;
      driverCpuShare = Math.min(1, tasks.cpuMs[submitter]! / (this.ownMs(submitter, list) * scale)) || 0;
    }
    return {
      programs: this.programs,
      lists: this.lists,
      pool: this.poolCount > 0 ? this.pool : null,
      poolCount: this.poolCount,
      driverTailMs,
      driverCpuShare,
      driverMs: this.driver === NONE ? NaN : tasks.endMs[this.driver]! - tasks.startMs[this.driver]!,
    };
  }

  /** Pools of streams, then those of `ray.wait`. */
  private get poolCount(): number {
    return this.streams.latencyMs.length + this.pools.size;
  }

  private momentsBySubmitter(): Map<number, Moment[]> {
    const { tasks, waits } = this.store;
    const all = new Map<number, Moment[]>();
    this.rows.forEach((row, at) => {
      if (this.streams.starter.has(at)) return;
      const startMs = tasks.submitMs[row]!;
      const parent = tasks.parent[row]!;
      const submitter = this.number.has(parent) ? parent : this.driver;
      pushTo(all, submitter, { startMs, endMs: startMs, task: at, wait: NONE });
    });
    for (let wait = 0; wait < waits.size; wait++) {
      const [startMs, endMs] = [waits.startMs[wait]!, waits.endMs[wait]!];
      pushTo(all, waits.task[wait]!, { startMs, endMs, task: NONE, wait });
    }
    return all;
  }

  /** How much of a submitter's own time it really ran: the rest it waited for a CPU of this machine. */
  private ownShare(submitter: number, moments: readonly Moment[]): number {
    const { tasks } = this.store;
    const delay = tasks.runDelayMs[submitter]!;
    const own = this.ownMs(submitter, moments);
    return Number.isNaN(delay) || !(own > 0) ? 1 : Math.max(0.05, 1 - delay / own);
  }

  private ownMs(submitter: number, moments: readonly Moment[]): number {
    const { tasks } = this.store;
    const waited = moments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    return tasks.endMs[submitter]! - tasks.startMs[submitter]! - waited;
  }

  /** Appends the steps of one program; returns when the last of them was over. */
  private take(program: number, moments: readonly Moment[], beganMs: number, scale: number): number {
    const steps = this.programs[program]!;
    let cursorMs = beganMs;
    let carryMs = 0;
    let open: LibraryWait | null = null;
    const own = (untilMs: number): OwnTime => {
      const gapMs = Math.max(0, untilMs - cursorMs);
      cursorMs = Math.max(cursorMs, untilMs);
      const time = { ms: carryMs + gapMs * scale, wallMs: carryMs + gapMs };
      carryMs = 0;
      return time;
    };
    const close = ({ endMs, tasks, lastEndMs }: LibraryWait): void => {
      steps.push({ kind: STEP.join, ...own(cursorMs), arg: this.lists.push(tasks) - 1 });
      carryMs = endMs - lastEndMs;
      cursorMs = Math.max(cursorMs, endMs);
      open = null;
    };
    for (const { startMs, endMs, task, wait } of moments) {
      if (open !== null && startMs >= (open as LibraryWait).endMs) close(open);
      if (task !== NONE) {
        const { ms, wallMs } = own(startMs);
        const where = this.siteOfTask(task);
        const { submitMs } = this.costs;
        steps.push({
          ...{ kind: STEP.submit, arg: task, where },
          ...{ ms: Math.max(0, ms - submitMs), wallMs: Math.max(0, wallMs - submitMs) },
        });
        continue;
      }
      const stream = this.streams.waits.get(wait);
      const step = stream ? null : this.waitStep(wait);
      if (stream) {
        const time = own(startMs);
        carryMs = this.streamSteps(steps, stream, wait, time);
      } else if (step) {
        steps.push({ ...step, ...own(startMs) });
        carryMs = this.afterMs(wait);
      } else {
        open = open ?? this.libraryWait(program, wait);
        // Nobody knows what for: it takes as long elsewhere.
        if (open === null) carryMs = own(startMs).ms + (this.lines.goesOn(wait) ? 0 : endMs - startMs);
        else continue;
      }
      cursorMs = Math.max(cursorMs, endMs);
    }
    if (open !== null) close(open);
    if (carryMs > 0)
      steps.push({ kind: STEP.join, ms: carryMs, wallMs: carryMs, arg: this.lists.push([]) - 1 });
    return cursorMs;
  }

  private libraryWait(program: number, wait: number): LibraryWait | null {
    const { tasks, waits } = this.store;
    if (program !== 0 || this.streams.latencyMs.length === 0) return null;
    const rows = startedMeanwhile(this.store, this.rows, wait).filter(
      (row) => !this.streams.starter.has(this.number.get(row)!),
    );
    if (rows.length === 0) return null;
    return {
      endMs: waits.endMs[wait]!,
      tasks: rows.map((row) => this.number.get(row)!),
      lastEndMs: rows.reduce((last, row) => Math.max(last, tasks.endMs[row]!), 0),
    };
  }

  /** Appends what a reader of a stream does; returns what it needs for itself when all is there. */
  private streamSteps(steps: CapturedStep[], stream: StreamWait, wait: number, time: OwnTime): number {
    const { pool, starts, takes, ended, ownMs } = stream;
    const where = this.siteOf(this.store.waits.site[wait]!);
    let next = time;
    const push = (kind: number, arg: number) => {
      steps.push({ kind, arg, pool, where, ...next });
      next = { ms: 0, wallMs: 0 };
    };
    if (starts.length > 0) {
      push(STEP.join, this.lists.push([]) - 1);
      const plannedMs = Math.max(0, stream.firstSubmitMs - this.store.waits.startMs[wait]!);
      next = { ms: plannedMs, wallMs: plannedMs };
    }
    for (const task of starts) push(STEP.submit, task);
    for (const count of takes) push(STEP.take, count);
    if (ended > 0) push(STEP.countFinished, ended);
    return next.ms + ownMs;
  }

  private waitStep(wait: number): Omit<Step, 'ms'> | null {
    const { waits, waitEdges } = this.store;
    const on: number[] = [];
    const first = waitEdges.first(wait);
    for (let edge = first; edge < first + waitEdges.count(wait); edge++) {
      const task = this.number.get(waitEdges.task[edge]!);
      if (task !== undefined) on.push(task);
    }
    if (on.length === 0) return null;
    const where = this.siteOf(waits.site[wait]!);
    if (waits.kind[wait] !== GET) return this.poolStep(wait, on, where);
    this.lists.push([...new Set(on)]);
    return { kind: STEP.get, arg: this.lists.length - 1, where };
  }

  /** `ray.wait` returns what is ready first: any of those that this line ever got, as many as it has got so far. */
  private poolStep(wait: number, on: number[], where: string | null): Omit<Step, 'ms'> {
    const key = this.lines.of(wait);
    let pool = this.pools.get(key);
    if (!pool) this.pools.set(key, (pool = { id: this.poolCount, members: new Set(), returned: 0 }));
    for (const task of on) {
      if (this.pool[task] !== NONE) continue;
      this.pool[task] = pool.id;
      pool.members.add(task);
    }
    return { kind: STEP.countFinished, arg: pool.members.size, pool: pool.id, where };
  }

  /** Time between the end of the last task that was waited for and the wait's own, beyond what Ray takes anyway. */
  private afterMs(wait: number): number {
    const { waits, waitEdges, tasks } = this.store;
    let readyMs = waits.startMs[wait]!;
    const first = waitEdges.first(wait);
    const count = waitEdges.count(wait);
    for (let edge = first; edge < first + count; edge++) {
      const endMs = tasks.endMs[waitEdges.task[edge]!]!;
      if (endMs > readyMs) readyMs = endMs;
    }
    return Math.max(0, waits.endMs[wait]! - readyMs - this.costs.replyMs - count * this.costs.getMs);
  }

  private siteOfTask(task: number): string | null {
    return this.siteOf(this.store.tasks.site[this.rows[task]!]!);
  }

  private siteOf(site: number): string | null {
    return siteWords(this.store, site);
  }
}

interface OwnTime {
  ms: number;
  wallMs: number;
}

/** A wait for a library, and what the library did meanwhile. */
interface LibraryWait {
  endMs: number;
  tasks: number[];
  lastEndMs: number;
}

interface Moment {
  startMs: number;
  endMs: number;
  /** What was submitted, NONE for a wait. */
  task: number;
  wait: number;
}

/** `file.py:41`. */
export function siteWords(store: TraceStore, site: number): string | null {
  const at = store.tasks.sites.site(site);
  return at === null ? null : `${at.file.slice(at.file.lastIndexOf('/') + 1)}:${at.line}`;
}
