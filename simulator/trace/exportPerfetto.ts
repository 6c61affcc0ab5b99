/**
 * A trace in Chrome's trace event format, which ui.perfetto.dev opens: nodes as processes, workers as threads (several
 * where a worker ran several tasks at once), a slice for each attempt with its blocking calls inside, flow arrows along
 * data edges, CPU and memory of the nodes as counters. Times are microseconds.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
import { KINDS, NONE, STATES } from './taskTable';
import { shortName } from './summary';
import { WAIT_NAMES } from '../model/trace';
import type { TraceStore } from './traceStore';
import { WAIT_KINDS } from './waitTable';

const US = 1000;
/** Threads of one worker are numbered on from here. */
const LANES_PER_WORKER = 1000;

interface Place {
  /** Lane of each task within its worker; NONE for those that never began. */
  lane: Int32Array;
  lanes: Map<number, number>;
}

/** Pieces of one JSON text. */
export function* perfettoPieces(store: TraceStore, nowMs: number): Generator<string> {
  const place = lanes(store);
  const rest = { displayTimeUnit: 'ms', otherData: { source: 'Heliostat', lost: [...store.lost.values()] } };
  yield `${JSON.stringify(rest).slice(0, -1)},"traceEvents":[\n`;
  yield JSON.stringify({ ph: 'M', name: 'process_name', pid: 0, args: { name: 'unknown node' } });
  for (const event of names(store, place)) yield `,\n${JSON.stringify(event)}`;
  for (const event of counters(store)) yield `,\n${JSON.stringify(event)}`;
  for (let row = 0; row < store.tasks.size; row++) {
    if (place.lane[row] === NONE) continue;
    for (const event of taskEvents(store, place, row, nowMs)) yield `,\n${JSON.stringify(event)}`;
  }
  for (let row = 0; row < store.waits.size; row++) {
    const event = waitEvent(store, place, row);
    if (event) yield `,\n${JSON.stringify(event)}`;
  }
  yield '\n]}\n';
}

function* names(store: TraceStore, { lanes: counts }: Place): Generator<object> {
  const { tasks } = store;
  for (const [index, node] of store.nodes)
    yield { ph: 'M', name: 'process_name', pid: index + 1, args: { name: node.name } };
  const seen = new Set<string>();
  for (let row = 0; row < tasks.size; row++) {
    const worker = tasks.worker[row]!;
    const key = `${tasks.node[row]} ${worker}`;
    if (worker === NONE || seen.has(key)) continue;
    seen.add(key);
    const isDriver = tasks.isDriver(row);
    for (let lane = 0; lane < (counts.get(worker) ?? 0); lane++) {
      const name = `${isDriver ? 'driver' : 'worker'} ${tasks.pid[row]}${lane > 0 ? ` (${lane + 1})` : ''}`;
      const thread = { pid: tasks.node[row]! + 1, tid: threadOf(worker, lane) };
      yield { ph: 'M', name: 'thread_name', ...thread, args: { name } };
    }
  }
}

function* counters(store: TraceStore): Generator<object> {
  for (const [index, { samples }] of store.nodes) {
    for (const { timeMs, cpuPct, memoryUsedBytes, gpuPct, objectStoreUsedBytes } of samples) {
      const values = {
        'CPU %': cpuPct,
        'memory MiB': memoryUsedBytes === null ? null : memoryUsedBytes / 1048576,
        'GPU %': gpuPct,
        'object store MiB': objectStoreUsedBytes === null ? null : objectStoreUsedBytes / 1048576,
      };
      for (const [name, value] of Object.entries(values))
        if (value !== null) yield { ph: 'C', name, pid: index + 1, ts: timeMs * US, args: { value } };
    }
  }
}

function* taskEvents(store: TraceStore, place: Place, row: number, nowMs: number): Generator<object> {
  const { tasks, edges } = store;
  const thread = threadOfTask(store, place, row);
  const ts = tasks.startMs[row]! * US;
  const id = tasks.id(row);
  yield {
    ph: 'X',
    name: shortName(tasks.functionName(row) ?? '?'),
    cat: KINDS[tasks.kind[row]!]!,
    ...thread,
    ts,
    dur: endOf(store, row, nowMs) * US - ts,
    args: {
      task: id,
      state: STATES[tasks.state[row]!],
      ...known('submittedMs', tasks.submitMs[row]!),
      ...known('cpuMs', tasks.cpuMs[row]!),
      ...known('runDelayMs', tasks.runDelayMs[row]!),
      ...known('fetchMs', tasks.fetchMs[row]!),
      ...known('bytesIn', tasks.bytesIn[row]!),
      ...known('bytesOut', tasks.bytesOut[row]!),
      ...(tasks.error[row] === NONE ? {} : { error: tasks.errors.values[tasks.error[row]!] }),
    },
  };
  const first = edges.first(row);
  for (let edge = first; edge < first + edges.count(row); edge++) {
    const producer = edges.task[edge]!;
    if (place.lane[producer] === NONE) continue;
    const flow = { cat: 'data', name: 'data', id: edge };
    // An item of a generator, or what a task put, was on its way before its maker ended.
    const leftMs = Math.min(endOf(store, producer, nowMs), tasks.startMs[row]!);
    const from = Math.max(tasks.startMs[producer]!, leftMs);
    yield { ph: 's', ...flow, ...threadOfTask(store, place, producer), ts: from * US };
    yield { ph: 'f', bp: 'e', ...flow, ...thread, ts };
  }
}

function waitEvent(store: TraceStore, place: Place, row: number): object | null {
  const { waits, tasks } = store;
  const task = waits.task[row]!;
  if (place.lane[task] === NONE) return null;
  const site = tasks.sites.site(waits.site[row]!);
  return {
    ph: 'X',
    name: WAIT_NAMES[WAIT_KINDS[waits.kind[row]!]!],
    cat: 'wait',
    ...threadOfTask(store, place, task),
    ts: waits.startMs[row]! * US,
    dur: Math.max(0, waits.endMs[row]! - waits.startMs[row]!) * US,
    ...(site ? { args: { site: `${site.file}:${site.line}` } } : {}),
  };
}

/** Slices of one thread must not overlap: each worker gets as many lanes as it ran tasks at once. */
function lanes({ tasks }: TraceStore): Place {
  const lane = new Int32Array(tasks.size).fill(NONE);
  const began: number[] = [];
  for (let row = 0; row < tasks.size; row++)
    if (tasks.worker[row] !== NONE && !Number.isNaN(tasks.startMs[row]!)) began.push(row);
  began.sort((a, b) => tasks.startMs[a]! - tasks.startMs[b]!);
  const free = new Map<number, number[]>();
  for (const row of began) {
    const worker = tasks.worker[row]!;
    let ends = free.get(worker);
    if (!ends) free.set(worker, (ends = []));
    const at = ends.findIndex((endMs) => endMs <= tasks.startMs[row]!);
    lane[row] = at === -1 ? ends.length : at;
    ends[lane[row]] = Number.isNaN(tasks.endMs[row]!) ? Infinity : tasks.endMs[row]!;
  }
  return { lane, lanes: new Map([...free].map(([worker, ends]) => [worker, ends.length])) };
}

function threadOfTask({ tasks }: TraceStore, { lane }: Place, row: number): { pid: number; tid: number } {
  return { pid: tasks.node[row]! + 1, tid: threadOf(tasks.worker[row]!, lane[row]!) };
}

function threadOf(worker: number, lane: number): number {
  return (worker + 1) * LANES_PER_WORKER + lane;
}

/** Of what still runs, now. */
function endOf({ tasks }: TraceStore, row: number, nowMs: number): number {
  const endMs = tasks.endMs[row]!;
  return Math.max(tasks.startMs[row]!, Number.isNaN(endMs) ? nowMs : endMs);
}

function known(name: string, value: number): Record<string, number> {
  return Number.isNaN(value) ? {} : { [name]: Math.round(value * 1000) / 1000 };
}
