/**
 * Whether functions computed longer the more cores others kept busy beside them: memory, caches and clocks, which all
 * share. A regression over a run's own tasks, of which only what leaves no doubt is told; what is behind it (it may be larger
 * inputs in fuller times) nobody knows, so that it changes no prediction but its range.
 */
import type { TraceStore } from '../trace/traceStore';
import { isTimed } from './capturedTasks';
import { pushTo } from './pushTo';

export interface BesideOthers {
  functions: {
    fn: number;
    /** The fewest and the most cores that others kept busy, the rarest left out, and how many times as long it took then. */
    leastCores: number;
    mostCores: number;
    longer: number;
  }[];
  /** Of all tasks' time, what others seem to have cost. */
  share: number;
}

const LEAST_TASKS = 20;
/** Of more tasks nothing is told: it would take longer than a replay. */
const MOST_TASKS = 200_000;
const LEAST_CPU_MS = 1;
/** The slope, in its own standard errors. */
const LEAST_SURE = 4;
const LEAST_LONGER = 1.1;
const LEAST_SHARE = 0.02;
const OUTER = 0.05;

/** `isOneMachine`: one machine plays all nodes. */
export function besideOthers(
  store: TraceStore,
  rows: readonly number[],
  isOneMachine: boolean,
): BesideOthers {
  const { tasks } = store;
  const timed = rows.filter((row) => isTimed(store, row) && tasks.endMs[row]! > tasks.startMs[row]!);
  const found: BesideOthers = { functions: [], share: 0 };
  if (timed.length > MOST_TASKS) return found;
  const like = new Map<number, number[]>();
  for (const row of timed) {
    if (tasks.cpuMs[row]! >= LEAST_CPU_MS) pushTo(like, tasks.fn[row]!, row);
  }
  const enough = [...like].filter(([, all]) => all.length >= LEAST_TASKS);
  if (enough.length === 0) return found;
  const others = coresOfOthers(store, timed, isOneMachine);
  const allMs = timed.reduce((sum, row) => sum + tasks.endMs[row]! - tasks.startMs[row]!, 0);
  for (const [fn, all] of enough) {
    const cores = all.map((row) => others.get(row)!);
    const sorted = [...cores].sort((a, b) => a - b);
    const leastCores = sorted[Math.floor(OUTER * sorted.length)]!;
    const mostCores = sorted[Math.ceil((1 - OUTER) * sorted.length) - 1]!;
    const slope = sureSlope(
      cores,
      all.map((row) => Math.log(tasks.cpuMs[row]!)),
    );
    // Sharing one thing fairly costs no more than its being divided among all.
    const longerFor = (at: number): number =>
      Math.min(Math.exp(slope * Math.max(0, at - leastCores)), (1 + at) / (1 + leastCores));
    const longer = longerFor(mostCores);
    if (longer < LEAST_LONGER) continue;
    const costMs = all.reduce((sum, row, at) => {
      return sum + tasks.cpuMs[row]! * (1 - 1 / longerFor(Math.min(cores[at]!, mostCores)));
    }, 0);
    if (costMs < LEAST_SHARE * allMs) continue;
    found.functions.push({ fn, leastCores, mostCores, longer });
    found.share += costMs / allMs;
  }
  return found;
}

/** By row, the cores that others kept busy on its machine from its start to its end, on average. */
function coresOfOthers(
  { tasks }: TraceStore,
  rows: readonly number[],
  isOneMachine: boolean,
): Map<number, number> {
  const changes = rows.flatMap((row) => [
    { ms: tasks.startMs[row]!, row, isStart: true },
    { ms: tasks.endMs[row]!, row, isStart: false },
  ]);
  changes.sort((a, b) => a.ms - b.ms);
  const ownCores = (row: number): number =>
    Math.max(tasks.cpuMs[row]! || 0, tasks.processCpuMs[row]! || 0) /
    (tasks.endMs[row]! - tasks.startMs[row]!);
  const machines = new Map<number, { busyCores: number; coreMs: number; lastMs: number }>();
  const others = new Map<number, number>();
  for (const { ms, row, isStart } of changes) {
    const number = isOneMachine ? 0 : tasks.node[row]!;
    let machine = machines.get(number);
    if (!machine) machines.set(number, (machine = { busyCores: 0, coreMs: 0, lastMs: ms }));
    machine.coreMs += machine.busyCores * (ms - machine.lastMs);
    machine.lastMs = ms;
    const cores = ownCores(row);
    if (isStart) others.set(row, -machine.coreMs);
    else {
      const allMs = others.get(row)! + machine.coreMs;
      others.set(row, Math.max(0, allMs / (ms - tasks.startMs[row]!) - cores));
    }
    machine.busyCores += isStart ? cores : -cores;
  }
  return others;
}

/** Of the line through the points that is nearest to them (least squares); 0 where it may as well be level. */
function sureSlope(x: readonly number[], y: readonly number[]): number {
  const n = x.length;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, xy, yy] = [0, 0, 0];
  for (let at = 0; at < n; at++) {
    const [dx, dy] = [x[at]! - meanX, y[at]! - meanY];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  if (!(xx > 0)) return 0;
  const slope = xy / xx;
  const error = Math.sqrt(Math.max(0, yy - slope * xy) / (n - 2) / xx);
  return slope > LEAST_SURE * error ? slope : 0;
}
