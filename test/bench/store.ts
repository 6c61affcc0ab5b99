/** The trace of a million tasks with two million edges: memory, speed of taking it in, its file, and what views ask. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TraceEvent } from '../../simulator/model/trace';
import { relate } from '../../simulator/trace/relations';
import { summariseFunctions, summariseWaits, tasksByNode } from '../../simulator/trace/summary';
import { readTrace, writeTrace } from '../../simulator/trace/traceFile';
import { TraceStore } from '../../simulator/trace/traceStore';
import { synthetic } from '../unit/trace/synthetic';
import { within, type Bench, type Row } from './harness';

const TASKS = 1_000_000;
const FAN_IN = 2;
const MIB = 1048576;

export const bench: Bench = {
  about: 'A trace of 1,000,000 tasks with 2,000,000 edges in one process, no peer.',
  async run(say) {
    const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-bench-'));
    try {
      return await measure(path.join(dir, 'trace.heliostat'), say);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

async function measure(file: string, say: (progress: string) => void): Promise<Row[]> {
  const before = heldBytes();
  say('taking in events');
  const { store, perSecond } = takeIn();
  const held = heldBytes() - before;
  say('writing');
  const writeMs = await timed(() => writeTrace(file, store));
  say('reading');
  let read = store;
  const readMs = await timed(async () => void (read = await readTrace(file)));
  if (read.tasks.size !== store.tasks.size) throw new Error('The file lost tasks.');
  say('drawing views');
  const viewMs = await Promise.all([1, 2, 3].map(() => timed(() => Promise.resolve(view(read)))));
  return [
    amount('Memory', held / MIB, 'MiB', { atMost: 400 }),
    amount('Events taken in', perSecond, 'a second', { atLeast: 50_000 }),
    amount('File', statSync(file).size / store.tasks.size, 'bytes a task', { atMost: 60 }),
    within('Loading the file', [readMs], 3000),
    { what: 'Writing the file', ours: `${(writeMs / 1000).toFixed(2)} s`, peer: '', value: writeMs },
    within('All functions, edges and waits for a view', viewMs, 1000),
  ];
}

/** In pieces, as they come from the probe; the making of the events does not count. */
function takeIn(): { store: TraceStore; perSecond: number } {
  const store = new TraceStore();
  let events = 0;
  let tookMs = 0;
  const apply = (piece: TraceEvent[]) => {
    const startMs = performance.now();
    for (const event of piece) store.apply(event);
    tookMs += performance.now() - startMs;
    events += piece.length;
  };
  let piece: TraceEvent[] = [];
  for (const event of synthetic({ tasks: TASKS, functions: 50, fanIn: FAN_IN })) {
    if (piece.push(event) < 4000) continue;
    apply(piece);
    piece = [];
  }
  apply(piece);
  return { store, perSecond: (events / tookMs) * 1000 };
}

function view(store: TraceStore): number {
  const relations = relate(store);
  summariseWaits(store);
  tasksByNode(store);
  return summariseFunctions(store, relations, 'x.py', new Map()).length;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** Of this process; what is free but not given back yet is collected first where that is possible. */
function heldBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function amount(what: string, value: number, unit: string, target: NonNullable<Row['target']>): Row {
  return {
    what,
    ours: `${value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1)} ${unit}`,
    peer: '',
    value,
    target,
  };
}
