/** What views are drawn from: functions, edges, node series. All derived from the store on demand, none of it kept. */
import type { NodeSample } from '../model/cluster';
import type { FunctionEdge, FunctionSummary, TaskKind, TaskRow } from '../model/trace';
import { KINDS, NONE, STATES, type TaskTable } from './taskTable';
import type { NodeTrace, TraceStore } from './traceStore';

/** Where functions are defined in the user's folder: short name to file and line. */
export type Definitions = Map<string, { file: string; line: number }>;

export const DRIVER = 'driver';

/** One entry per function, the driver first, then by first sight. The driver's name is the script's. */
export function summariseFunctions(
  store: TraceStore,
  driverName: string,
  definitions: Definitions,
): FunctionSummary[] {
  const t = store.tasks;
  const byKey = new Map<string, FunctionSummary>();
  for (let row = 0; row < t.size; row++) {
    const key = functionKey(t, row);
    if (key === null) continue;
    let summary = byKey.get(key);
    if (!summary) {
      summary = emptySummary(t, row, key, driverName, definitions);
      byKey.set(key, summary);
    }
    count(summary, t, row);
  }
  for (const summary of byKey.values()) measure(summary, store);
  return [...byKey.values()].sort((a, b) => Number(b.kind === 'driver') - Number(a.kind === 'driver'));
}

/** Edges by parent: who submitted how many of what. */
export function summariseEdges(store: TraceStore): FunctionEdge[] {
  const t = store.tasks;
  const edges = new Map<string, FunctionEdge>();
  for (let row = 0; row < t.size; row++) {
    const parent = t.parent[row]!;
    if (parent === NONE) continue;
    const from = functionKey(t, parent);
    const to = functionKey(t, row);
    if (from === null || to === null) continue;
    const edge = edges.get(`${from}>${to}`);
    if (edge) edge.count++;
    else edges.set(`${from}>${to}`, { from, to, count: 1 });
  }
  return [...edges.values()];
}

/** Tasks in order of first sight; the driver is not one of them. */
export function taskRows(store: TraceStore, from: number, limit: number): TaskRow[] {
  const rows: TaskRow[] = [];
  for (let row = from; row < Math.min(from + limit, store.tasks.size); row++)
    rows.push(taskRow(store.tasks, row));
  return rows;
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
  const result = new Map<number, number>();
  const { node, kind, size } = store.tasks;
  for (let row = 0; row < size; row++) {
    if (kind[row] !== 0 && node[row] !== NONE) result.set(node[row]!, (result.get(node[row]!) ?? 0) + 1);
  }
  return result;
}

/** `p` between 0 and 1 of unsorted values, by the nearest rank; null for none. */
export function percentile(values: number[], p: number): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]!;
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

function functionKey(t: TaskTable, row: number): string | null {
  const kind = KINDS[t.kind[row]!]!;
  if (kind === 'driver') return DRIVER;
  return t.fn[row] === NONE
    ? null
    : `${kind === 'actor-creation' ? 'new ' : ''}${t.functions.values[t.fn[row]!]!}`;
}

function emptySummary(
  t: TaskTable,
  row: number,
  id: string,
  driverName: string,
  definitions: Definitions,
): FunctionSummary {
  const kind: TaskKind = KINDS[t.kind[row]!]!;
  const fullName = kind === 'driver' ? driverName : t.functions.values[t.fn[row]!]!;
  const name = kind === 'driver' ? driverName : shortName(fullName).replace(/\.__init__$/, '');
  return {
    id,
    name,
    fullName,
    kind,
    counts: { total: 0, waiting: 0, running: 0, finished: 0, failed: 0 },
    p50Ms: null,
    p95Ms: null,
    totalMs: 0,
    gpus: 0,
    firstMs: null,
    lastMs: null,
    source: definitions.get(name) ?? null,
    lastError: null,
  };
}

function count(summary: FunctionSummary, t: TaskTable, row: number): void {
  summary.counts.total++;
  summary.counts[STATES[t.state[row]!]!]++;
  summary.gpus = Math.max(summary.gpus, t.gpus[row]!);
  const first = t.startMs[row]!;
  const last = t.endMs[row]!;
  if (!Number.isNaN(first)) summary.firstMs = Math.min(summary.firstMs ?? Infinity, first);
  if (!Number.isNaN(last)) summary.lastMs = Math.max(summary.lastMs ?? -Infinity, last);
  if (t.error[row] !== NONE) summary.lastError = t.errors.values[t.error[row]!]!;
}

function measure(summary: FunctionSummary, store: TraceStore): void {
  if (summary.kind === 'driver') {
    if (summary.firstMs !== null && summary.lastMs !== null)
      summary.totalMs = summary.lastMs - summary.firstMs;
    return;
  }
  const durations = store.durations[store.tasks.functions.of(summary.fullName)] ?? [];
  summary.p50Ms = percentile(durations, 0.5);
  summary.p95Ms = percentile(durations, 0.95);
  summary.totalMs = durations.reduce((sum, value) => sum + value, 0);
}

function taskRow(t: TaskTable, row: number): TaskRow {
  return {
    id: t.ids[row]!,
    name: t.fn[row] === NONE ? '?' : t.functions.values[t.fn[row]!]!,
    kind: KINDS[t.kind[row]!]!,
    parent: t.parent[row] === NONE ? '' : t.ids[t.parent[row]!]!,
    state: STATES[t.state[row]!]!,
    attempt: Math.max(0, t.attempts[row]! - 1),
    node: t.node[row] === NONE ? null : t.node[row]!,
    worker: t.worker[row] === NONE ? null : t.workers.values[t.worker[row]!]!,
    pid: t.pid[row] === NONE ? null : t.pid[row]!,
    submitMs: known(t.submitMs[row]!),
    startMs: known(t.startMs[row]!),
    endMs: known(t.endMs[row]!),
    cpuMs: known(t.cpuMs[row]!),
    error: t.error[row] === NONE ? null : t.errors.values[t.error[row]!]!,
  };
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function largest(values: (number | null)[]): number | null {
  return values.reduce((max, value) => (value !== null && (max === null || value > max) ? value : max), null);
}
