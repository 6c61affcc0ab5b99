/**
 * How much longer functions compute the more cores others keep busy beside them: memory, caches and clocks, which all
 * share. A regression over a run's own tasks, and only where these leave no doubt.
 */
import type { TraceStore } from '../trace/traceStore';
import { isTimed, type OwnTimes } from './capturedTasks';

/** By function. */
export interface Beside {
  /** So much longer, as a logarithm, for each core that others keep busy; 0 where nothing shows. */
  perCore: Float64Array;
  /** The fewest and the most such cores that were seen: nothing is said of others. */
  leastCores: Float64Array;
  mostCores: Float64Array;
}

const LEAST_TASKS = 20;
/** The slope, in its own standard errors. */
const LEAST_SURE = 4;
const LEAST_LONGER = Math.log(1.1);
/** The rarest loneliness and crowd are left out. */
const OUTER = 0.05;

/**
 * Takes it out of `ownMs`, down to what they would take with the fewest others that were seen; null where nothing shows.
 * Times are those of `rows`; `isOneMachine`: all nodes are played by one.
 */
export function takeBeside(
  store: TraceStore,
  rows: readonly number[],
  times: Pick<OwnTimes, 'ownMs' | 'wallMs' | 'cpuShare'>,
  isOneMachine: boolean,
): Beside | null {
  const { ownMs, cpuShare } = times;
  const { tasks } = store;
  const functions = tasks.functions.values.length;
  const others = othersBeside(store, rows, coresOf(times), isOneMachine);
  const like: number[][] = Array.from({ length: functions }, () => []);
  rows.forEach((row, at) => {
    if (isTimed(store, row) && ownMs[at]! > 0 && cpuShare[at]! > 0) like[tasks.fn[row]!]!.push(at);
  });
  const found: Beside = {
    perCore: new Float64Array(functions),
    leastCores: new Float64Array(functions),
    mostCores: new Float64Array(functions),
  };
  like.forEach((all, fn) => {
    const cores = all.map((at) => others[at]!).sort((a, b) => a - b);
    const least = cores[Math.floor(OUTER * cores.length)]!;
    const most = cores[Math.ceil((1 - OUTER) * cores.length) - 1]!;
    const slope = sureSlope(
      all.map((at) => others[at]!),
      all.map((at) => Math.log(ownMs[at]! * Math.min(1, cpuShare[at]!))),
    );
    if (slope * (most - least) < LEAST_LONGER) return;
    found.perCore[fn] = slope;
    found.leastCores[fn] = least;
    found.mostCores[fn] = most;
    for (const at of all) {
      const shorter = 1 - Math.exp(-slope * Math.max(0, others[at]! - least));
      ownMs[at]! *= 1 - Math.min(1, cpuShare[at]!) * shorter;
    }
  });
  return found.perCore.some((slope) => slope > 0) ? found : null;
}

/** How many cores each keeps busy on average from its start to its end. */
function coresOf({ ownMs, wallMs, cpuShare }: Pick<OwnTimes, 'ownMs' | 'wallMs' | 'cpuShare'>): Float64Array {
  return ownMs.map((ms, at) => (wallMs[at]! > 0 ? (ms * cpuShare[at]!) / wallMs[at]! : 0));
}

/** By position, the cores that others kept busy on its machine meanwhile, on average. */
function othersBeside(
  store: TraceStore,
  rows: readonly number[],
  cores: Float64Array,
  isOneMachine: boolean,
): Float64Array {
  const { tasks } = store;
  const others = new Float64Array(rows.length);
  const machineOf = (row: number): number => (isOneMachine ? 0 : tasks.node[row]!);
  const timed = [...rows.keys()].filter((at) => isTimed(store, rows[at]!));
  for (const machine of new Set(timed.map((at) => machineOf(rows[at]!)))) {
    const here = timed.filter((at) => machineOf(rows[at]!) === machine);
    const changes = here.flatMap((at) => [
      { ms: tasks.startMs[rows[at]!]!, at, isStart: true },
      { ms: tasks.endMs[rows[at]!]!, at, isStart: false },
    ]);
    changes.sort((a, b) => a.ms - b.ms);
    let [busyCores, coreMs, lastMs] = [0, 0, changes[0]?.ms ?? 0];
    for (const { ms, at, isStart } of changes) {
      coreMs += busyCores * (ms - lastMs);
      lastMs = ms;
      // What all have used between its start and its end.
      others[at]! += isStart ? -coreMs : coreMs;
      busyCores += isStart ? cores[at]! : -cores[at]!;
    }
    for (const at of here) {
      const spanMs = tasks.endMs[rows[at]!]! - tasks.startMs[rows[at]!]!;
      others[at] = spanMs > 0 ? Math.max(0, others[at]! / spanMs - cores[at]!) : 0;
    }
  }
  return others;
}

/** Of the line through the points that is nearest to them (least squares); 0 where it may as well be level. */
function sureSlope(x: readonly number[], y: readonly number[]): number {
  const n = x.length;
  if (n < LEAST_TASKS) return 0;
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
