/** What views are drawn from: functions, node series, waits. All derived from the store on demand, none of it kept. */
import type { NodeSample } from '../model/cluster';
import type { Accounts } from '../model/accounts';
import type { TaskCounts } from '../model/run';
import type { FunctionSummary, FunctionWait, TaskKind } from '../model/trace';
import { functionKey, type FunctionStats } from './functionStats';
import type { Relations } from './relations';
import { KINDS, NONE, STATES, type TaskTable } from './taskTable';
import type { NodeTrace, TraceStore } from './traceStore';
import { WAIT_KINDS } from './waitTable';

/** Where functions are defined in the user's folder: short name to file and line. */
export type Definitions = Map<string, { file: string; line: number }>;

export const DRIVER = 'driver';
const MAX_WAITS = 200;

/** One entry per function, the driver first, then by first sight. The driver's name is the script's. */
export function summariseFunctions(
  store: TraceStore,
  relations: Relations,
  driverName: string,
  definitions: Definitions,
): FunctionSummary[] {
  return store.stats
    .all()
    .filter((stats) => stats.counts.some((count) => count > 0))
    .map((stats) => summary(store, stats, relations, driverName, definitions))
    .sort((a, b) => Number(b.kind === 'driver') - Number(a.kind === 'driver'));
}

/** Blocking calls by function and place, the costliest first. */
export function summariseWaits(store: TraceStore): FunctionWait[] {
  const { waits, waitEdges, tasks } = store;
  const byPlace = new Map<string, FunctionWait & { producers: Set<number> }>();
  for (let row = 0; row < waits.size; row++) {
    const id = functionId(tasks, waits.task[row]!);
    if (id === null) continue;
    const key = `${id} ${waits.kind[row]} ${waits.site[row]}`;
    let wait = byPlace.get(key);
    if (!wait) {
      const kind = WAIT_KINDS[waits.kind[row]!]!;
      const site = tasks.sites.site(waits.site[row]!);
      wait = { function: id, kind, site, count: 0, totalMs: 0, on: [], producers: new Set() };
      byPlace.set(key, wait);
    }
    wait.count++;
    wait.totalMs += Math.max(0, waits.endMs[row]! - waits.startMs[row]!);
    const first = waitEdges.first(row);
    for (let edge = first; edge < first + waitEdges.count(row); edge++)
      wait.producers.add(functionKey(tasks, waitEdges.task[edge]!));
  }
  return [...byPlace.values()]
    .sort((a, b) => b.totalMs - a.totalMs)
    .slice(0, MAX_WAITS)
    .map(({ producers, ...wait }) => ({
      ...wait,
      on: [...producers].filter((key) => key !== NONE).map((key) => keyId(tasks, key)),
    }));
}

/** What is shown against what Ray counts. Ray counts attempts and its own servants too, but no drivers. */
export function accounts(store: TraceStore): Accounts {
  const { total, finished, failed } = store.counts();
  let retries = 0;
  for (let row = 0; row < store.tasks.size; row++) retries += Math.max(0, store.tasks.attempts[row]! - 1);
  const countedByRay =
    store.countedByRay === null ? null : Math.max(0, store.countedByRay - store.servants - retries);
  const unseen = countedByRay === null ? 0 : Math.max(0, countedByRay - total);
  return { tasks: total, ended: finished + failed, countedByRay, lost: Math.max(store.lostCount(), unseen) };
}

/** Of the samples of one node: at most `most`, evenly thinned, the newest kept. */
export function thin(samples: NodeSample[], most: number): NodeSample[] {
  if (samples.length <= most) return samples;
  const step = samples.length / most;
  return Array.from({ length: most }, (_, i) => samples[Math.ceil((i + 1) * step) - 1]!);
}

export function peaks(node: NodeTrace): { peakCpuPct: number | null; peakMemoryBytes: number | null } {
  return {
    peakCpuPct: largest(node.samples.map((sample) => sample.cpuPct)),
    peakMemoryBytes: largest(node.samples.map((sample) => sample.memoryUsedBytes)),
  };
}

/** How many ended attempts each node ran. */
export function tasksByNode(store: TraceStore): Map<number, number> {
  const counts = new Uint32Array(32768);
  const { node, size } = store.tasks;
  for (let row = 0; row < size; row++)
    if (!store.tasks.isDriver(row) && node[row]! >= 0) counts[node[row]!]!++;
  return new Map([...counts].flatMap((count, index) => (count > 0 ? [[index, count] as const] : [])));
}

/** `decode` of `__main__.decode`, `Trainer.step` of `pkg.train:Trainer.step`. */
export function shortName(fullName: string): string {
  const local = fullName.split('<locals>.').at(-1)!;
  if (local.includes(':')) return local.split(':').at(-1)!;
  if (local.startsWith('__main__.')) return local.slice('__main__.'.length);
  const parts = local.split('.');
  const firstClass = parts.findIndex((part) => /^_*[A-Z]/.test(part));
  return parts.slice(firstClass === -1 ? -1 : firstClass).join('.');
}

/** The id that a task's function has in the view; null while it is not known. */
export function functionId(tasks: TaskTable, row: number): string | null {
  const key = functionKey(tasks, row);
  return key === NONE ? null : keyId(tasks, key);
}

/** Whether a row is of the function with this id; ids are made once for each function. */
export function functionMatcher(tasks: TaskTable, id: string): (row: number) => boolean {
  const isWanted = new Map([[NONE, false]]);
  return (row) => {
    const key = functionKey(tasks, row);
    let wanted = isWanted.get(key);
    if (wanted === undefined) isWanted.set(key, (wanted = keyId(tasks, key) === id));
    return wanted;
  };
}

/** The id behind a `functionKey`. */
export function keyId(tasks: TaskTable, key: number): string {
  if (key === 0) return DRIVER;
  return `${key % 2 === 0 ? 'new ' : ''}${tasks.functions.values[(key - 1) >> 1]!}`;
}

function summary(
  { tasks: t }: TraceStore,
  stats: FunctionStats,
  relations: Relations,
  driverName: string,
  definitions: Definitions,
): FunctionSummary {
  const kind: TaskKind = KINDS[t.kind[stats.row]!]!;
  const isDriver = kind === 'driver';
  const fullName = isDriver ? driverName : t.functions.values[t.fn[stats.row]!]!;
  const name = isDriver ? driverName : shortName(fullName).replace(/\.__init__$/, '');
  return {
    id: functionId(t, stats.row)!,
    name,
    fullName,
    kind,
    counts: taskCounts(stats.counts),
    p50Ms: isDriver ? null : stats.durations.percentile(0.5),
    p95Ms: isDriver ? null : stats.durations.percentile(0.95),
    spark: isDriver ? null : stats.durations.spark(),
    totalMs: stats.durations.sum,
    gpus: stats.gpus,
    waitP50Ms: relations.waits.get(functionKey(t, stats.row))?.percentile(0.5) ?? null,
    firstMs: Number.isFinite(stats.firstMs) ? stats.firstMs : null,
    lastMs: Number.isFinite(stats.lastMs) ? stats.lastMs : null,
    source: definitions.get(name) ?? null,
    lastError: stats.lastError === NONE ? null : t.errors.values[stats.lastError]!,
  };
}

/** Of counts by state. */
export function taskCounts(byState: readonly number[]): TaskCounts {
  const counts = { total: 0, waiting: 0, running: 0, finished: 0, failed: 0 };
  byState.forEach((count, state) => {
    counts.total += count;
    counts[STATES[state]!] += count;
  });
  return counts;
}

function largest(values: (number | null)[]): number | null {
  return values.reduce((max, value) => (value !== null && (max === null || value > max) ? value : max), null);
}
