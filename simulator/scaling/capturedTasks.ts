/** Times of a run's tasks as they would be without this machine's own crowding, warm-up kept apart. */
import type { TraceStore } from '../trace/traceStore';
import { KINDS, NONE, STATES } from '../trace/taskTable';

const FINISHED = STATES.indexOf('finished');
const CREATION = KINDS.indexOf('actor-creation');
const CALL = KINDS.indexOf('actor-task');

/** A first call that is slower than the others by less is no warm-up. */
const LEAST_WARMUP_MS = 5;
const LEAST_WARMUP_FACTOR = 1.2;
const LEAST_CALLS = 3;

/** With a larger share of tasks whose times are lost, too much of a replay would be made up. */
const MOST_UNTIMED = 0.05;

export interface Ran {
  /** Of tasks that ran, in the order of their submission. */
  rows: number[];
  /** How many had to be left out. */
  unfinished: number;
  /** How many of `rows` are known to have finished, but not when: what their node knew was lost with it. */
  untimed: number;
  /** The driver's row, or `NONE`. */
  driver: number;
}

export function ranInOrder(store: TraceStore): Ran {
  const { tasks } = store;
  const rows: number[] = [];
  const untimedRows: number[] = [];
  let unfinished = 0;
  let unknown = 0;
  let driver = NONE;
  for (let row = 0; row < tasks.size; row++) {
    if (tasks.isDriver(row)) {
      if (driver === NONE || !Number.isNaN(tasks.endMs[row]!)) driver = row;
    } else if (tasks.fn[row] === NONE) {
      unknown++;
    } else if (isTimed(store, row) && !Number.isNaN(tasks.submitMs[row]!)) {
      rows.push(row);
    } else if (tasks.state[row] === FINISHED && !Number.isNaN(tasks.submitMs[row]!)) {
      untimedRows.push(row);
    } else {
      unfinished++;
    }
  }
  const timedFunctions = new Set(rows.map((row) => tasks.fn[row]!));
  const isLikeOthers = untimedRows.every((row) => timedFunctions.has(tasks.fn[row]!));
  const untimed = isLikeOthers && untimedRows.length <= MOST_UNTIMED * rows.length ? untimedRows.length : 0;
  if (untimed > 0) rows.push(...untimedRows);
  else unfinished += untimedRows.length;
  rows.sort((a, b) => tasks.submitMs[a]! - tasks.submitMs[b]! || a - b);
  // Of calls of Ray's own nothing but their ids is known, from those who waited for them.
  unfinished += Math.max(0, unknown - store.servants);
  return { rows, unfinished, untimed, driver };
}

/** Whether an attempt's start and end are recorded. */
export function isTimed({ tasks }: TraceStore, row: number): boolean {
  return !Number.isNaN(tasks.startMs[row]!) && !Number.isNaN(tasks.endMs[row]!);
}

/** CPUs that a task or an actor holds while it runs. Where it asked for no number, Ray gives a task one and an actor none. */
export function heldCpus({ tasks }: TraceStore, row: number): number {
  const cpus = tasks.cpus[row]!;
  if (Number.isNaN(cpus)) return tasks.kind[row] === CREATION ? 0 : 1;
  return rounded(cpus);
}

/** Resources come as 32-bit fractions. */
export function rounded(amount: number): number {
  return Math.round(amount * 10_000) / 10_000;
}

export interface OwnTimes {
  /** By position in `rows`: what the task would take on an idle machine, without its waits. */
  ownMs: Float64Array;
  /** By position: what it took here, without its waits. */
  wallMs: Float64Array;
  /** By position: how many cores the task kept busy on average over its own time. */
  cpuShare: Float64Array;
  /** By function: extra time of a first call in a worker. */
  warmupMs: Float64Array;
  /** Share of all tasks' time that they were ready to run and had no CPU; null where nobody measured it. */
  crowding: number | null;
  /** Share of a function's own time in which it used no CPU, by function. */
  idleShare: Float64Array;
  /** Own time of all its tasks, by function. */
  sumMs: Float64Array;
}

export function ownTimes(store: TraceStore, rows: readonly number[]): OwnTimes {
  const { tasks } = store;
  const waits = waitedMs(store);
  const functions = tasks.functions.values.length;
  const ownMs = new Float64Array(rows.length);
  const wallMs = new Float64Array(rows.length);
  const cpuShare = new Float64Array(rows.length);
  const cpuMs = new Float64Array(functions);
  const sumMs = new Float64Array(functions);
  let delayMs = 0;
  let totalMs = 0;
  let isMeasured = false;
  rows.forEach((row, at) => {
    if (!isTimed(store, row)) return;
    const wall = Math.max(0, tasks.endMs[row]! - tasks.startMs[row]! - (waits.get(row) ?? 0));
    const delay = tasks.runDelayMs[row]!;
    if (!Number.isNaN(delay)) isMeasured = true;
    wallMs[at] = wall;
    ownMs[at] = Math.max(0, wall - (Number.isNaN(delay) ? 0 : Math.min(delay, wall)));
    cpuShare[at] = cpuShareOf(store, row, ownMs[at]!);
    delayMs += wall - ownMs[at]!;
    totalMs += wall;
    const fn = tasks.fn[row]!;
    sumMs[fn]! += ownMs[at]!;
    cpuMs[fn]! += Number.isNaN(tasks.cpuMs[row]!) ? ownMs[at]! : Math.min(ownMs[at]!, tasks.cpuMs[row]!);
  });
  const warmupMs = takeWarmups(store, rows, ownMs);
  takeMedians(store, rows, ownMs, wallMs);
  return {
    ownMs,
    wallMs,
    cpuShare,
    warmupMs,
    crowding: isMeasured && totalMs > 0 ? delayMs / totalMs : null,
    idleShare: sumMs.map((sum, fn) => (sum > 0 ? 1 - cpuMs[fn]! / sum : 0)),
    sumMs,
  };
}

/** Of a thread that computes 1, more where a library computes in threads of its own, 0 where nobody measured it. */
function cpuShareOf({ tasks }: TraceStore, row: number, ownMs: number): number {
  const cpuMs = tasks.cpuMs[row]! || 0;
  const allMs = tasks.processCpuMs[row]! || 0;
  return ownMs > 0 ? Math.max(Math.min(1, cpuMs / ownMs), allMs / ownMs) : 0;
}

/** Time that each task was blocked in `ray.get` and `ray.wait`, by row. */
export function waitedMs({ waits }: TraceStore): Map<number, number> {
  const sums = new Map<number, number>();
  for (let wait = 0; wait < waits.size; wait++) {
    const ms = waits.endMs[wait]! - waits.startMs[wait]!;
    sums.set(waits.task[wait]!, (sums.get(waits.task[wait]!) ?? 0) + ms);
  }
  return sums;
}

/**
 * By function, how much longer a worker's first call takes than its others, which is taken out of those calls. An actor's
 * first calls are the same ones on every cluster, so that they keep it.
 */
function takeWarmups(store: TraceStore, rows: readonly number[], ownMs: Float64Array): Float64Array {
  const { tasks } = store;
  const first: number[][] = [];
  const later: number[][] = [];
  const seen = new Set<string>();
  rows.forEach((row, at) => {
    const fn = tasks.fn[row]!;
    if (!isTimed(store, row) || tasks.kind[row] === CALL) return;
    const who = `${tasks.worker[row]!}/${fn}`;
    (seen.has(who) ? (later[fn] ??= []) : (first[fn] ??= [])).push(at);
    seen.add(who);
  });
  return Float64Array.from(tasks.functions.values, (_, fn) => {
    const [firsts, others] = [first[fn] ?? [], later[fn] ?? []];
    if (firsts.length === 0 || others.length < LEAST_CALLS) return 0;
    const usual = median(others.map((at) => ownMs[at]!));
    const extra = median(firsts.map((at) => ownMs[at]!)) - usual;
    if (extra < LEAST_WARMUP_MS || extra < usual * (LEAST_WARMUP_FACTOR - 1)) return 0;
    for (const at of firsts) ownMs[at] = Math.max(Math.min(ownMs[at]!, usual), ownMs[at]! - extra);
    return extra;
  });
}

/** A task whose times are lost is taken to be like the others of its function. */
function takeMedians(
  store: TraceStore,
  rows: readonly number[],
  ownMs: Float64Array,
  wallMs: Float64Array,
): void {
  const { fn } = store.tasks;
  const medians = new Map<number, { ownMs: number; wallMs: number }>();
  for (const [at, row] of rows.entries()) {
    if (isTimed(store, row)) continue;
    let usual = medians.get(fn[row]!);
    if (!usual) {
      const like = [...rows.keys()].filter((n) => fn[rows[n]!] === fn[row] && isTimed(store, rows[n]!));
      usual = { ownMs: median(like.map((n) => ownMs[n]!)), wallMs: median(like.map((n) => wallMs[n]!)) };
      medians.set(fn[row]!, usual);
    }
    ownMs[at] = usual.ownMs;
    wallMs[at] = usual.wallMs;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
