/**
 * What the driver, and tasks that submit others, did between their submissions and waits. A replay waits where they
 * waited, so it is never more parallel than the code was.
 */
import type { TraceStore } from '../trace/traceStore';
import { NONE } from '../trace/taskTable';
import { WAIT_KINDS } from '../trace/waitTable';
import { STEP, type Step } from './taskGraph';

const GET = WAIT_KINDS.indexOf('get');

export interface CapturedPrograms {
  /** The driver's, then those of tasks by their number. */
  programs: Step[][];
  lists: number[][];
  pool: Int32Array | null;
  poolCount: number;
  driverTailMs: number;
  driverMs: number;
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
): CapturedPrograms {
  return new Capture(store, rows, number, driver, costs).run();
}

class Capture {
  private readonly programs: Step[][] = [];
  private readonly lists: number[][] = [];
  private readonly pool: Int32Array;
  /** By line, when its last `ray.wait` began that something came of. */
  private lastAnswers: Map<string, number> | null = null;
  private readonly pools = new Map<string, { id: number; members: Set<number>; returned: number }>();

  constructor(
    private readonly store: TraceStore,
    private readonly rows: readonly number[],
    private readonly number: ReadonlyMap<number, number>,
    private readonly driver: number,
    private readonly costs: Costs,
  ) {
    this.pool = new Int32Array(rows.length).fill(NONE);
  }

  run(): CapturedPrograms {
    const { tasks } = this.store;
    const moments = this.momentsBySubmitter();
    for (let at = 0; at <= this.rows.length; at++) this.programs.push([]);
    let driverTailMs = 0;
    for (const [submitter, list] of moments) {
      const at = submitter === this.driver ? NONE : this.number.get(submitter);
      if (at === undefined) continue;
      list.sort((a, b) => a.startMs - b.startMs);
      const beganMs = Number.isNaN(tasks.startMs[submitter]!) ? list[0]!.startMs : tasks.startMs[submitter]!;
      const scale = this.ownShare(submitter, list);
      const endedMs = this.take(at + 1, list, beganMs, scale);
      if (at === NONE && tasks.endMs[submitter]! > endedMs)
        driverTailMs = (tasks.endMs[submitter]! - endedMs) * scale;
    }
    return {
      programs: this.programs,
      lists: this.lists,
      pool: this.pools.size > 0 ? this.pool : null,
      poolCount: this.pools.size,
      driverTailMs,
      driverMs: this.driver === NONE ? NaN : tasks.endMs[this.driver]! - tasks.startMs[this.driver]!,
    };
  }

  private momentsBySubmitter(): Map<number, Moment[]> {
    const { tasks, waits } = this.store;
    const all = new Map<number, Moment[]>();
    const add = (submitter: number, moment: Moment) => {
      const list = all.get(submitter);
      if (list) list.push(moment);
      else all.set(submitter, [moment]);
    };
    this.rows.forEach((row, at) => {
      const startMs = tasks.submitMs[row]!;
      const parent = tasks.parent[row]!;
      const submitter = this.number.has(parent) ? parent : this.driver;
      add(submitter, { startMs, endMs: startMs, task: at, wait: NONE });
    });
    for (let wait = 0; wait < waits.size; wait++) {
      const [startMs, endMs] = [waits.startMs[wait]!, waits.endMs[wait]!];
      add(waits.task[wait]!, { startMs, endMs, task: NONE, wait });
    }
    return all;
  }

  /** How much of a submitter's own time it really ran: the rest it waited for a CPU of this machine. */
  private ownShare(submitter: number, moments: readonly Moment[]): number {
    const { tasks } = this.store;
    const delay = tasks.runDelayMs[submitter]!;
    const waited = moments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    const own = tasks.endMs[submitter]! - tasks.startMs[submitter]! - waited;
    return Number.isNaN(delay) || !(own > 0) ? 1 : Math.max(0.05, 1 - delay / own);
  }

  /** Appends the steps of one program; returns when the last of them was over. */
  private take(program: number, moments: readonly Moment[], beganMs: number, scale: number): number {
    const steps = this.programs[program]!;
    let cursorMs = beganMs;
    let carryMs = 0;
    for (const { startMs, endMs, task, wait } of moments) {
      const ownMs = carryMs + Math.max(0, startMs - cursorMs) * scale;
      carryMs = 0;
      if (task !== NONE) {
        const ms = Math.max(0, ownMs - this.costs.submitMs);
        steps.push({ kind: STEP.submit, ms, arg: task, where: this.siteOfTask(task) });
      } else {
        const step = this.waitStep(wait, ownMs);
        if (step) steps.push(step);
        if (step) carryMs = this.afterMs(wait);
        else carryMs = ownMs + (this.goesOn(wait) ? 0 : endMs - startMs);
      }
      cursorMs = Math.max(cursorMs, endMs);
    }
    if (carryMs > 0) {
      this.lists.push([]);
      steps.push({ kind: STEP.join, ms: carryMs, arg: this.lists.length - 1 });
    }
    return cursorMs;
  }

  private waitStep(wait: number, ms: number): Step | null {
    const { waits, waitEdges } = this.store;
    const on: number[] = [];
    const first = waitEdges.first(wait);
    for (let edge = first; edge < first + waitEdges.count(wait); edge++) {
      const task = this.number.get(waitEdges.task[edge]!);
      if (task !== undefined) on.push(task);
    }
    if (on.length === 0) return null;
    const where = this.siteOf(waits.site[wait]!);
    if (waits.kind[wait] !== GET) return this.poolStep(wait, on, ms, where);
    this.lists.push([...new Set(on)]);
    return { kind: STEP.get, ms, arg: this.lists.length - 1, where };
  }

  /** Whether it is a `ray.wait` that timed out, and whose line waited again until something came: that wait is replayed. */
  private goesOn(wait: number): boolean {
    const { waits, waitEdges } = this.store;
    if (waitEdges.count(wait) > 0 || waits.kind[wait] === GET) return false;
    this.lastAnswers ??= this.lastAnswersByLine();
    return waits.startMs[wait]! < (this.lastAnswers.get(this.lineOf(wait)) ?? -Infinity);
  }

  private lastAnswersByLine(): Map<string, number> {
    const { waits, waitEdges } = this.store;
    const last = new Map<string, number>();
    for (let wait = 0; wait < waits.size; wait++) {
      const line = this.lineOf(wait);
      if (waitEdges.count(wait) > 0) last.set(line, Math.max(last.get(line) ?? 0, waits.startMs[wait]!));
    }
    return last;
  }

  /** Who waited, and where. */
  private lineOf(wait: number): string {
    const { waits } = this.store;
    return `${waits.task[wait]!}/${waits.site[wait]!}`;
  }

  /** `ray.wait` returns what is ready first: any of those that this line ever got, as many as it has got so far. */
  private poolStep(wait: number, on: number[], ms: number, where: string | null): Step {
    const key = this.lineOf(wait);
    let pool = this.pools.get(key);
    if (!pool) this.pools.set(key, (pool = { id: this.pools.size, members: new Set(), returned: 0 }));
    for (const task of on) {
      if (this.pool[task] !== NONE) continue;
      this.pool[task] = pool.id;
      pool.members.add(task);
    }
    return { kind: STEP.countFinished, ms, arg: pool.members.size, pool: pool.id, where };
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
