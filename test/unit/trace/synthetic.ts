/** Traces of any size with a known shape, the same for the same wish. */
import type { TraceEvent } from '../../../simulator/model/trace';

export const JOB = '01000000';
export const DRIVER = 'f'.repeat(40) + JOB;
export const T0_MS = 1_800_000_000_000;

/** A plain task's id. */
export function taskId(number: number): string {
  return `${(Math.imul(number + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}${number.toString(16).padStart(8, '0')}${'f'.repeat(24)}${JOB}`;
}

export interface Wish {
  tasks: number;
  functions?: number;
  /** Dependencies of each task on tasks before it. */
  fanIn?: number;
}

/**
 * Task `n` is of function `n mod functions`, submitted by the driver 10 µs after the one before it, runs for 1 to 4 ms
 * on one of 8 workers of 2 nodes, and takes the results of the `fanIn` tasks before it. Three events a task.
 */
export function* synthetic({ tasks, functions = 8, fanIn = 2 }: Wish): Generator<TraceEvent> {
  yield* [0, 1].map((nodeIndex): TraceEvent => ({ type: 'node', nodeIndex, node: facts(nodeIndex) }));
  yield {
    type: 'started',
    task: DRIVER,
    node: '0',
    worker: 'd',
    pid: 1,
    timeMs: T0_MS,
    function: '__main__',
  };
  const random = seeded(7);
  for (let n = 0; n < tasks; n++) {
    const task = taskId(n);
    const name = `synthetic.step${n % functions}`;
    const timeMs = micro(T0_MS + n * 0.01);
    const deps = Array.from({ length: Math.min(fanIn, n) }, (_, at) => ({
      task: taskId(n - 1 - at),
      kind: 'argument' as const,
      index: 1,
      bytes: null,
    }));
    const site = { file: '/work/synthetic.py', line: 10 + (n % functions) };
    yield {
      type: 'submitted',
      task,
      parent: DRIVER,
      kind: 'task',
      function: name,
      timeMs,
      cpus: 1,
      deps,
      site,
    };
    const startMs = micro(timeMs + 1 + random());
    const endMs = micro(startMs + 1 + 3 * random());
    const where = { node: String(n % 2), worker: `w${n % 8}`, pid: 100 + (n % 8) };
    yield {
      type: 'ended',
      task,
      ...where,
      startMs,
      timeMs: endMs,
      cpuMs: (endMs - startMs) * 0.9,
      error: n % 997 === 996 ? 'ValueError: no such row' : null,
      runDelayMs: (endMs - startMs) * 0.02,
      fetchMs: 0.1,
      bytesIn: 200,
      bytesOut: 100,
      peakMemoryBytes: n < 8 ? 120_000_000 : null,
    };
  }
}

function facts(nodeIndex: number) {
  return {
    name: nodeIndex === 0 ? 'head' : `node ${nodeIndex}`,
    state: 'alive',
    rayNodeId: `${nodeIndex}`.repeat(56),
    cpus: 4,
    gpus: 0,
    gpusSimulated: false,
    memoryBytes: 2 ** 31,
  } as const;
}

/** Mulberry32: between 0 and 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The probe's resolution. */
function micro(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
