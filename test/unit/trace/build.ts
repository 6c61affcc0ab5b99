/** Small traces by hand, in words of a program: who submitted what, when it ran, what it was given. */
import type { Dependency, FunctionSummary, TraceEvent, TaskKind } from '../../../simulator/model/trace';
import { relate } from '../../../simulator/trace/relations';
import { summariseFunctions } from '../../../simulator/trace/summary';
import { TraceStore } from '../../../simulator/trace/traceStore';
import { DRIVER, JOB, T0_MS, taskId } from './synthetic';

export const ACTOR = '0123456789abcdef01234567' + JOB;
export const CREATION = 'f'.repeat(16) + ACTOR;

export interface Ran {
  fn: string;
  /** Submitted, started and ended, in ms from the run's start. */
  at: [submit: number, start: number, end: number];
  parent?: string;
  kind?: TaskKind;
  id?: string;
  worker?: string;
  deps?: Dependency[];
  line?: number;
  cpus?: number;
  gpus?: number;
  cpuMs?: number;
  processCpuMs?: number;
  valueBytes?: number;
  bytesOut?: number;
  fetchMs?: number;
  error?: string;
}

export class Program {
  readonly store = new TraceStore();
  private count = 0;

  constructor() {
    this.store.source = 'probe';
    this.apply({ type: 'started', task: DRIVER, node: '0', worker: 'd', pid: 1, timeMs: T0_MS });
  }

  apply(event: TraceEvent): void {
    this.store.apply(event);
  }

  /** Returns the task's id. */
  ran(task: Ran): string {
    const id = task.id ?? (task.kind === 'actor-task' ? this.call() : taskId(this.count++));
    const [submit, start, end] = task.at;
    this.apply({
      type: 'submitted',
      task: id,
      parent: task.parent ?? DRIVER,
      kind: task.kind ?? 'task',
      function: `m.${task.fn}`,
      timeMs: T0_MS + submit,
      cpus: task.cpus ?? 1,
      ...(task.gpus === undefined ? {} : { gpus: task.gpus }),
      deps: task.deps ?? [],
      site: { file: '/w/m.py', line: task.line ?? 1 },
      ...(task.valueBytes === undefined ? {} : { valueBytes: task.valueBytes }),
    });
    this.apply({
      type: 'ended',
      task: id,
      node: '0',
      worker: task.worker ?? 'w',
      pid: 2,
      startMs: T0_MS + start,
      timeMs: T0_MS + end,
      cpuMs: task.cpuMs ?? end - start,
      error: task.error ?? null,
      processCpuMs: task.processCpuMs ?? null,
      bytesOut: task.bytesOut ?? null,
      fetchMs: task.fetchMs ?? null,
    });
    return id;
  }

  got(on: string[], start: number, end: number, line = 9, task = DRIVER): void {
    const times = { startMs: T0_MS + start, endMs: T0_MS + end };
    this.apply({ type: 'waited', task, kind: 'get', ...times, on, site: { file: '/w/m.py', line } });
  }

  private call(): string {
    return taskId(this.count++).slice(0, 16) + ACTOR;
  }
}

/** The functions of a run of which only the driver is known. */
export function driverSummary(): FunctionSummary[] {
  const { store } = new Program();
  return summariseFunctions(store, relate(store), 'm.py', new Map());
}
