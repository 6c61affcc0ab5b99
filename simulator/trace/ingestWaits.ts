/** Readers of Ray Data: how long tasks waited for what its tasks prepare, and how busy those kept the CPUs meanwhile. */
import type { CallSite } from '../model/trace';
import { KINDS, NONE } from './taskTable';
import type { TraceStore } from './traceStore';
import { WAIT_KINDS } from './waitTable';

const DATA = WAIT_KINDS.indexOf('data');
const FIRST = WAIT_KINDS.indexOf('first-data');
const CREATION = KINDS.indexOf('actor-creation');
/** Before the names of Ray Data's operators. */
const OF_RAY_DATA = 'ray.data.';

/** What the tasks of one function went through that read what Ray Data prepares. */
export interface IngestWaits {
  /** A task of that function. */
  reader: number;
  /** How many tasks read. */
  readers: number;
  /** The line that waits. */
  site: CallSite | null;
  /** From each one's first wait to the end of its last, and how much of that they waited, in all. */
  readingMs: number;
  waitedMs: number;
  /** How much of that was until the first data of a stream was there. */
  firstMs: number;
  /** A task of the function that most of the time for preparing went into. */
  feeder: number;
  /** CPUs that Ray Data's tasks kept from the first of them on, on average, and those that no actor held. */
  busyCpus: number;
  cpus: number;
}

interface Reader {
  fromMs: number;
  untilMs: number;
  waitedMs: number;
  firstMs: number;
  site: CallSite | null;
}

/** By function of the readers, those that waited longest first. The script itself has nothing to do but wait. */
export function ingestWaits(store: TraceStore): IngestWaits[] {
  const { tasks } = store;
  const byFunction = new Map<number, Map<number, Reader>>();
  for (const [task, reader] of readersOf(store)) {
    const fn = tasks.fn[task]!;
    const known = byFunction.get(fn);
    if (known) known.set(task, reader);
    else byFunction.set(fn, new Map([[task, reader]]));
  }
  if (byFunction.size === 0) return [];
  const feeders = feedersOf(store);
  return [...byFunction.values()]
    .flatMap((readers) => waitsOf(store, readers, feeders))
    .sort((a, b) => b.waitedMs - a.waitedMs);
}

/** A wait for what Ray Data hands out. */
export function isForData({ waits }: TraceStore, wait: number): boolean {
  return waits.kind[wait] === DATA || waits.kind[wait] === FIRST;
}

/** Tells of a row whether Ray Data's own loop submitted the task: no line of the user's is known. */
export function ofRayData({ tasks }: TraceStore): (row: number) => boolean {
  const isOf = tasks.functions.values.map((name) => name.startsWith(OF_RAY_DATA));
  return (row) => tasks.site[row] === NONE && isOf[tasks.fn[row]!] === true;
}

/** Whether tasks, and not the script itself, read what tasks of Ray Data prepare. */
export function hasReaders(store: TraceStore): boolean {
  return readersOf(store).size > 0 && feedersOf(store).length > 0;
}

function waitsOf(
  store: TraceStore,
  readers: ReadonlyMap<number, Reader>,
  feeders: readonly number[],
): IngestWaits[] {
  const { tasks } = store;
  const all = [...readers.values()];
  const fromMs = Math.min(...all.map((one) => one.fromMs));
  const untilMs = Math.max(...all.map((one) => one.untilMs));
  const sumMs = new Map<number, { row: number; ms: number }>();
  let busyMs = 0;
  let beginMs = untilMs;
  for (const row of feeders) {
    const ms = Math.min(untilMs, tasks.endMs[row]!) - Math.max(fromMs, tasks.startMs[row]!);
    if (!(ms > 0)) continue;
    beginMs = Math.min(beginMs, Math.max(fromMs, tasks.startMs[row]!));
    const cpus = tasks.cpus[row]!;
    busyMs += ms * (Number.isNaN(cpus) ? 1 : cpus);
    const known = sumMs.get(tasks.fn[row]!) ?? { row, ms: 0 };
    sumMs.set(tasks.fn[row]!, { ...known, ms: known.ms + ms });
  }
  if (sumMs.size === 0) return [];
  const { site } = all.reduce((most, one) => (one.waitedMs > most.waitedMs ? one : most));
  return [
    {
      reader: [...readers.keys()][0]!,
      readers: readers.size,
      site,
      readingMs: all.reduce((sum, one) => sum + one.untilMs - one.fromMs, 0),
      waitedMs: all.reduce((sum, one) => sum + one.waitedMs, 0),
      firstMs: all.reduce((sum, one) => sum + one.firstMs, 0),
      feeder: [...sumMs.values()].reduce((most, one) => (one.ms > most.ms ? one : most)).row,
      busyCpus: busyMs / (untilMs - beginMs),
      cpus: freeCpus(store),
    },
  ];
}

function readersOf(store: TraceStore): Map<number, Reader> {
  const { tasks, waits } = store;
  const readers = new Map<number, Reader>();
  for (let wait = 0; wait < waits.size; wait++) {
    const task = waits.task[wait]!;
    if (!isForData(store, wait) || tasks.isDriver(task) || tasks.fn[task] === NONE) continue;
    const [startMs, endMs] = [waits.startMs[wait]!, waits.endMs[wait]!];
    const known = readers.get(task) ?? {
      fromMs: startMs,
      untilMs: endMs,
      waitedMs: 0,
      firstMs: 0,
      site: null,
    };
    readers.set(task, {
      fromMs: Math.min(known.fromMs, startMs),
      untilMs: Math.max(known.untilMs, endMs),
      waitedMs: known.waitedMs + endMs - startMs,
      firstMs: known.firstMs + (waits.kind[wait] === FIRST ? endMs - startMs : 0),
      site: known.site ?? tasks.sites.site(waits.site[wait]!),
    });
  }
  return readers;
}

function feedersOf(store: TraceStore): number[] {
  const { size, kind } = store.tasks;
  const isOfRayData = ofRayData(store);
  const rows: number[] = [];
  for (let row = 0; row < size; row++) if (isOfRayData(row) && kind[row] !== CREATION) rows.push(row);
  return rows;
}

/** Of the cluster's CPUs, those that no actor holds. */
function freeCpus({ tasks, nodes }: TraceStore): number {
  let cpus = [...nodes.values()].reduce((sum, node) => sum + node.cpus, 0);
  for (let row = 0; row < tasks.size; row++)
    if (tasks.kind[row] === CREATION && tasks.cpus[row]! > 0) cpus -= tasks.cpus[row]!;
  return Math.max(0, cpus);
}
