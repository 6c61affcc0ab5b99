/** The trace of the pipeline sample: what the timeline and the tables are drawn from, event by event. */
import type { TaskKind } from '../../simulator/model/trace';
import { TraceStore } from '../../simulator/trace/traceStore';
import { DRIVER, JOB, seeded } from '../unit/trace/synthetic';
import { nodes, SCRIPT, START_MS } from './sampleRun';

export const DRIVER_TASK = DRIVER;
const WORKERS_PER_NODE = 2;

/** Ids of plain tasks end with the job; those of actors' tasks name the actor before it. */
export function taskId(number: number, actor = 'f'.repeat(24)): string {
  const unique = (BigInt(number) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
  return `${unique.toString(16).padStart(16, '0')}${actor}${JOB}`;
}

interface Job {
  kind: TaskKind;
  fn: string;
  submitMs: number;
  /** When its inputs are there. */
  readyMs?: number;
  runMs: number;
  node?: number;
  inputs?: number[];
  error?: string;
}

export class TraceMaker {
  readonly store = new TraceStore();
  private readonly freeAtMs = new Map<number, number[]>();
  private readonly ids = new Map<number, string>();
  private next = 1;

  constructor() {
    for (const { nodeIndex, samples, ...facts } of nodes(74)) {
      this.store.apply({ type: 'node', nodeIndex, node: facts });
      for (const sample of samples) this.store.apply({ type: 'node-sample', nodeIndex, sample });
      this.freeAtMs.set(nodeIndex, new Array<number>(WORKERS_PER_NODE).fill(0));
    }
    this.store.source = 'probe';
    const where = { node: '0', worker: 'driver', pid: 4000 };
    this.store.apply({ type: 'started', task: DRIVER_TASK, ...where, timeMs: START_MS });
  }

  /** Runs it on the worker that is free first; returns its number and its end. */
  run(job: Job): { number: number; endMs: number } {
    const number = this.next++;
    const id = taskId(number, job.kind === 'task' ? undefined : 'a'.repeat(24));
    const submitMs = START_MS + job.submitMs;
    this.store.apply({
      type: 'submitted',
      task: id,
      parent: DRIVER_TASK,
      kind: job.kind,
      function: `__main__.${job.fn}`,
      timeMs: submitMs,
      deps: (job.inputs ?? []).map((input) => ({
        task: this.ids.get(input)!,
        kind: 'argument',
        bytes: 600_000,
      })),
      site: { file: SCRIPT, line: 140 },
    });
    this.ids.set(number, id);
    const { node, slot, startMs } = this.place(Math.max(submitMs, START_MS + (job.readyMs ?? 0)), job.node);
    const endMs = startMs + job.runMs;
    this.freeAtMs.get(node)![slot] = endMs + 0.4;
    this.store.apply({
      type: 'ended',
      task: id,
      node: String(node),
      worker: `worker-${node}-${slot}`,
      pid: 4100 + node * 10 + slot,
      startMs,
      timeMs: endMs,
      cpuMs: job.runMs * 0.93,
      error: job.error ?? null,
      runDelayMs: 0.4,
      fetchMs: (job.inputs?.length ?? 0) * 0.6,
      bytesOut: 600_000,
    });
    return { number, endMs: endMs - START_MS };
  }

  /** The driver waits for a task's result. */
  get(number: number, fromMs: number, toMs: number): void {
    this.store.apply({
      type: 'waited',
      task: DRIVER_TASK,
      kind: 'get',
      startMs: START_MS + fromMs,
      endMs: START_MS + toMs,
      on: [this.ids.get(number)!],
      site: { file: SCRIPT, line: 150 },
    });
  }

  private place(
    submitMs: number,
    wanted: number | undefined,
  ): { node: number; slot: number; startMs: number } {
    let best = { node: 0, slot: 0, startMs: Infinity };
    for (const [node, slots] of this.freeAtMs) {
      if (wanted !== undefined && node !== wanted) continue;
      slots.forEach((free, slot) => {
        const startMs = Math.max(free, submitMs + 1.5 + node * 0.2);
        if (startMs < best.startMs) best = { node, slot, startMs };
      });
    }
    return best;
  }
}

/** Three nodes busy for a minute with batches that are read, augmented, trained on and counted. */
/** `slower`: how many times longer `augment` runs. */
export function pipelineTrace(batches = 300, slower = 1): TraceStore {
  const maker = new TraceMaker();
  const random = seeded(7);
  for (let batch = 0; batch < batches; batch++) {
    const submitMs = batch * 200;
    const read = maker.run({ kind: 'task', fn: 'read', submitMs, runMs: 10 + 30 * random() });
    const augment = maker.run({
      kind: 'task',
      fn: 'augment',
      submitMs: submitMs + 1,
      readyMs: read.endMs,
      runMs: slower * (150 + 240 * random()),
      inputs: [read.number],
      ...(batch % 97 === 50 ? { error: 'ValueError: cannot distort an image of 0 x 28 pixels' } : {}),
    });
    const train = maker.run({
      kind: 'task',
      fn: 'train',
      submitMs: submitMs + 2,
      readyMs: augment.endMs,
      runMs: 80 + 50 * random(),
      node: 2,
      inputs: [augment.number],
    });
    maker.run({
      kind: 'actor-task',
      fn: 'Scores.add',
      submitMs: submitMs + 3,
      readyMs: train.endMs,
      runMs: 0.3 + random(),
      node: 0,
      inputs: [train.number],
    });
  }
  maker.get(1, 200, 9_000);
  maker.get(5, 9_100, 42_000);
  return maker.store;
}
