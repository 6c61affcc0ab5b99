/**
 * Readings of Ray Data sets: which tasks made what a reader took, and when there had to be how much of it. Ray Data
 * starts the tasks of a set from a loop of its own when its readers ask for the first of it (`streaming_split` when the
 * last of them does), and hands blocks to whoever asks, in the order in which they are made.
 */
import { DEPENDENCY_KINDS } from '../trace/edgeTable';
import { isForData, ofRayData } from '../trace/ingestWaits';
import { KINDS } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';
import { WAIT_KINDS } from '../trace/waitTable';
import { median } from './capturedTasks';
import { usualAhead } from './streamAhead';
import { usualIdleMs } from './streamIdle';

const FIRST = WAIT_KINDS.indexOf('first-data');
const NESTED = DEPENDENCY_KINDS.indexOf('nested');
const TASK = KINDS.indexOf('task');

/** What one wait of a reader is in a replay. */
export interface StreamWait {
  pool: number;
  /** It begins the stream: tasks that start with it, by their numbers. */
  starts: readonly number[];
  /** When the first of them started to be asked for. */
  firstSubmitMs: number;
  /** For each block that came in: how many tasks of the pool have to have ended. */
  takes: readonly number[];
  /** How many have to have ended where no block came in: all of them at a stream's end, otherwise 0. */
  ended: number;
  /** What it took though all was there: Ray Data's own work for the reader. */
  ownMs: number;
}

export interface Streams {
  /** By row of the wait table. */
  waits: Map<number, StreamWait>;
  /** Row of the reader that begins the stream of each task, by the task's number. */
  starter: Map<number, number>;
  /** By number of the task: which stream it is of, from 1 on. */
  stream: Map<number, number>;
  /** By number of the task: whose results readers take. */
  pool: Map<number, number>;
  /** By pool: how long it usually took from a task's end until its result was with a reader that waited for it. */
  latencyMs: number[];
  /** By number of the task: how long its CPU had been free before Ray Data gave it the task. */
  idleMs: Map<number, number>;
  /** Tasks of Ray Data of which no reader is known. */
  unread: number;
}

/** `number` maps rows of tasks that ran, in the order of their submission, to their numbers. */
export function captureStreams(
  store: TraceStore,
  rows: readonly number[],
  number: ReadonlyMap<number, number>,
): Streams {
  return new StreamCapture(store, rows, number).run();
}

/** One reader's way through one set. */
interface Reading {
  reader: number;
  waits: number[];
  startMs: number;
  endMs: number;
}

interface Execution {
  readings: Reading[];
  endMs: number;
  /** Numbers of its tasks, and of those among them whose results are taken. */
  tasks: Set<number>;
  taken: Set<number>;
}

class StreamCapture {
  private readonly executions: Execution[] = [];
  private readonly executionOf = new Map<number, Execution>();
  private readonly isOfRayData: (row: number) => boolean;

  constructor(
    private readonly store: TraceStore,
    private readonly rows: readonly number[],
    private readonly number: ReadonlyMap<number, number>,
  ) {
    this.isOfRayData = ofRayData(store);
  }

  run(): Streams {
    const own = [...this.rows.keys()].filter((at) => this.isOfRayData(this.rows[at]!));
    const streams: Streams = {
      waits: new Map(),
      starter: new Map(),
      stream: new Map(),
      pool: new Map(),
      latencyMs: [],
      idleMs: new Map(),
      unread: own.length,
    };
    if (own.length === 0) return streams;
    this.groupReadings();
    this.executions.forEach((execution) => this.findTaken(execution));
    const read = this.executions.filter(({ taken }) => taken.size > 0);
    if (read.length === 0) return streams;
    this.shareOut(own);
    const latenciesMs = read.flatMap((execution, pool) => this.describe(execution, pool, streams));
    // Of all streams together: the first of them has workers that still start.
    const usualMs = median(latenciesMs) || 0;
    return { ...streams, latencyMs: read.map(() => usualMs), unread: 0 };
  }

  /** Readers of one function that read at the same time read one set. */
  private groupReadings(): void {
    const { tasks } = this.store;
    const last = new Map<string, Execution>();
    for (const { reading, index } of this.readings()) {
      const key = `${tasks.isDriver(reading.reader) ? 'driver' : tasks.fn[reading.reader]}/${index}`;
      let execution = last.get(key);
      const isAnother =
        execution === undefined ||
        reading.startMs > execution.endMs ||
        execution.readings.some(({ reader }) => reader === reading.reader);
      if (execution === undefined || isAnother) {
        execution = { readings: [], endMs: -Infinity, tasks: new Set(), taken: new Set() };
        this.executions.push(execution);
        last.set(key, execution);
      }
      execution.readings.push(reading);
      execution.endMs = Math.max(execution.endMs, reading.endMs);
    }
  }

  /** In the order of their starts, each with how many its reader had begun before. */
  private readings(): { reading: Reading; index: number }[] {
    const { waits } = this.store;
    const order: number[] = [];
    for (let wait = 0; wait < waits.size; wait++) {
      if (isForData(this.store, wait)) order.push(wait);
    }
    order.sort((a, b) => waits.startMs[a]! - waits.startMs[b]!);
    const byReader = new Map<number, Reading[]>();
    const all: { reading: Reading; index: number }[] = [];
    for (const wait of order) {
      const reader = waits.task[wait]!;
      let known = byReader.get(reader);
      if (!known) byReader.set(reader, (known = []));
      if (known.length === 0 || (waits.kind[wait] === FIRST && !this.goesOn(known.at(-1)!, wait))) {
        const reading = { reader, waits: [], startMs: waits.startMs[wait]!, endMs: -Infinity };
        all.push({ reading, index: known.length });
        known.push(reading);
      }
      const reading = known.at(-1)!;
      reading.waits.push(wait);
      reading.endMs = Math.max(reading.endMs, waits.endMs[wait]!);
    }
    return all;
  }

  /** Ray Data looks at the first block itself before it begins to make batches, of that one too. */
  private goesOn(reading: Reading, wait: number): boolean {
    const makers = new Set(this.makersOf(wait));
    return reading.waits.some((earlier) => this.makersOf(earlier).some((task) => makers.has(task)));
  }

  private findTaken(execution: Execution): void {
    for (const { waits } of execution.readings) {
      for (const wait of waits) {
        for (const task of this.makersOf(wait)) {
          if (this.executionOf.has(task)) continue;
          execution.taken.add(task);
          this.join(task, execution);
        }
      }
    }
  }

  /** With all that the task is made from. */
  private join(task: number, execution: Execution): void {
    const open = [task];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (this.executionOf.has(next) || !this.isOfRayData(this.rows[next]!)) continue;
      this.executionOf.set(next, execution);
      execution.tasks.add(next);
      for (const producer of this.producersOf(next)) open.push(producer);
    }
  }

  /** A task whose results nobody took as they are belongs to what was under way when it was submitted. */
  private shareOut(own: readonly number[]): void {
    let execution = own.map((task) => this.executionOf.get(task)).find((one) => one !== undefined)!;
    for (const task of own) {
      const known = this.executionOf.get(task);
      if (known) execution = known;
      else {
        this.executionOf.set(task, execution);
        execution.tasks.add(task);
      }
    }
  }

  /** Returns how long what was waited for took to arrive. */
  private describe(execution: Execution, pool: number, streams: Streams): number[] {
    const { tasks, waits } = this.store;
    const starts = [...execution.tasks].sort((a, b) => a - b);
    const ends = [...execution.taken].map((task) => tasks.endMs[this.rows[task]!]!).sort((a, b) => a - b);
    const total = ends.length;
    const begins = execution.readings.reduce((a, b) => (b.startMs > a.startMs ? b : a));
    for (const task of starts) {
      streams.starter.set(task, begins.reader);
      streams.stream.set(task, pool + 1);
    }
    for (const task of execution.taken) streams.pool.set(task, pool);
    const readers = execution.readings.length;
    const lasts = new Set(execution.readings.map((reading) => reading.waits.at(-1)!));
    const order = execution.readings.flatMap((reading) => reading.waits);
    order.sort((a, b) => waits.endMs[a]! - waits.endMs[b]!);
    const seen = new Set<number>();
    const taken = order.map((wait) => {
      const made = this.makersOf(wait).filter((task) => execution.taken.has(task) && !seen.has(task));
      // Equal shares: a block is handed out when there is one for each reader.
      const counts = made.map((task) => Math.ceil(seen.add(task).size / readers) * readers);
      return { counts, needed: counts.at(-1) ?? 0, startMs: waits.startMs[wait]!, endMs: waits.endMs[wait]! };
    });
    const ahead = usualAhead(taken, ends);
    const latenciesMs: number[] = [];
    for (const [at, wait] of order.entries()) {
      const takes = taken[at]!.counts.map((count) => Math.min(total, count + ahead));
      const ended = takes.length === 0 && (lasts.has(wait) || this.hasUnknownMaker(wait)) ? total : 0;
      const needed = takes.at(-1) ?? ended;
      const readyMs = needed === 0 ? -Infinity : ends[needed - 1]!;
      const { startMs, endMs } = taken[at]!;
      if (readyMs > startMs && readyMs < endMs) latenciesMs.push(endMs - readyMs);
      streams.waits.set(wait, {
        pool,
        starts: wait === begins.waits[0] ? starts : [],
        firstSubmitMs: tasks.submitMs[this.rows[starts[0]!]!]!,
        takes,
        ended,
        ownMs: readyMs <= startMs ? endMs - startMs : 0,
      });
    }
    const plain = starts.filter((task) => this.store.tasks.kind[this.rows[task]!] === TASK);
    const idleMs = usualIdleMs(
      this.store,
      plain.map((task) => ({ row: this.rows[task]!, inputsMs: this.inputsMs(task) })),
    );
    for (const task of plain) streams.idleMs.set(task, idleMs);
    return latenciesMs;
  }

  /** When all that a task is made from had been made. */
  private inputsMs(task: number): number {
    const { endMs } = this.store.tasks;
    return this.producersOf(task).reduce((last, one) => Math.max(last, endMs[this.rows[one]!]!), -Infinity);
  }

  private makersOf(wait: number): number[] {
    return this.waitedFor(wait).flatMap((row) => this.number.get(row) ?? []);
  }

  /** A block that Ray Data cut in two, so that shares are equal. */
  private hasUnknownMaker(wait: number): boolean {
    return this.waitedFor(wait).some((row) => !this.number.has(row));
  }

  private waitedFor(wait: number): number[] {
    const { waitEdges } = this.store;
    const first = waitEdges.first(wait);
    return Array.from(waitEdges.task.subarray(first, first + waitEdges.count(wait)));
  }

  private producersOf(task: number): number[] {
    const { edges } = this.store;
    const first = edges.first(this.rows[task]!);
    const producers: number[] = [];
    for (let edge = first; edge < first + edges.count(this.rows[task]!); edge++) {
      const producer = edges.kind[edge] === NESTED ? undefined : this.number.get(edges.task[edge]!);
      if (producer !== undefined) producers.push(producer);
    }
    return producers;
  }
}
