/**
 * A task graph as flat arrays, so that a million tasks cost numbers and not objects. Tasks are numbered in the order
 * of their submission; a task's producers always have smaller numbers than it has.
 *
 * The driver and every task that submits others have a *program*: steps, each after some time of the submitter's own.
 * What a step waits for is part of the graph, so a replay is never more parallel than the code was.
 */
import type { LibraryName } from '../model/library';

export const NONE = -1;

export interface GraphFunction {
  name: string;
  /** Where it is defined or called, `file.py:41`, when known. */
  where: string | null;
  /** The library of Ray's that it is of, where it is not the user's own. */
  library?: LibraryName;
}

/** What a task holds while it runs. */
export interface ResourceShape {
  cpus: number;
  gpus: number;
  memoryBytes: number;
  custom: Record<string, number>;
}

export interface Actor {
  /** The task that makes it. */
  creation: number;
  concurrency: number;
  /** Into `shapes`: what it holds as long as it lives. */
  shape: number;
}

export const STEP = {
  /** `arg` is the task that is submitted. */
  submit: 0,
  /** `arg` is a list of `waitLists`: all of them must have ended, and their results come here. */
  get: 1,
  /** As `get`, but results stay where they are. */
  join: 2,
  /** So many (`arg`) of the tasks that this program has submitted, or of the step's pool, must have ended. */
  countFinished: 3,
  /** As `countFinished`, of the step's pool; then the next of their results that nobody has taken yet comes here. */
  take: 4,
} as const;

export interface TaskGraph {
  size: number;
  ids: string[];
  functions: GraphFunction[];
  fn: Int32Array;
  /** Own time on an idle machine; for a submitter, without its waits. */
  durationMs: Float64Array;
  /** How many cores a task keeps busy on average over its own time; null where nobody measured it, so that it counts as none. */
  cpuShare: Float64Array | null;
  /** The same of the driver, over what it does between its waits. */
  driverCpuShare: number;
  /** Extra time of the first call of its function in a worker (imports, first touch), by function. */
  warmupMs: Float64Array;
  shapes: ResourceShape[];
  shape: Int32Array;
  outputBytes: Float64Array;
  /** Producers of task t: `deps[depStart[t]] … deps[depStart[t + 1] - 1]`; a number from `size` on is a put object. */
  depStart: Int32Array;
  deps: Int32Array;
  /** Sizes of objects that a program made itself (`ray.put`), and the task that did (NONE: the driver). */
  putBytes: Float64Array;
  putBy: Int32Array;
  actors: Actor[];
  /** Actor that runs the task, NONE for a plain task. */
  actor: Int32Array;
  /** From the end of what an actor did before until it begins a call that is there, by the call's function; NaN: as usual. */
  callGapMs: Float64Array;
  /** What Ray does in a worker before the first call of its actor (imports), by the function that makes the actor. */
  firstCallMs: Float64Array;
  /** Task that submits it, NONE for the driver. */
  parent: Int32Array;
  /** Program 0 is the driver's, program t + 1 that of task t: steps `programStart[p] … programStart[p + 1] - 1`. */
  programStart: Int32Array;
  stepKind: Uint8Array;
  /** Own time of the submitter before the step. */
  stepMs: Float64Array;
  stepArg: Int32Array;
  /** Of `countFinished` and `take`: the pool that is counted; NONE: all that the program has submitted. */
  stepPool: Int32Array;
  /** Pool that a task belongs to, NONE for most; null where there are no pools. */
  pool: Int32Array | null;
  poolCount: number;
  /** How long after a task's end its result can be taken, of pools that are streams; they come before the others. */
  poolLatencyMs: Float64Array;
  /**
   * Stream that the task is of, from 1 on: Ray Data keeps few of its results at a time, so that they fill no object store.
   * 0 for other tasks; null where there are none.
   */
  streamed: Int32Array | null;
  waitStart: Int32Array;
  waitTasks: Int32Array;
  /** Lines of the driver's waits and submissions, by step; null where unknown. */
  stepWhere: (string | null)[];
  /** What the driver does after its last step. */
  driverTailMs: number;
}

/** One step of a program, as a builder takes it. */
export interface Step {
  kind: number;
  ms: number;
  arg: number;
  pool?: number;
  where?: string | null;
}

/** What a task holds while it runs: an actor's call is held for by its actor. */
export function heldShape(graph: TaskGraph, task: number): ResourceShape {
  const actor = graph.actor[task]!;
  return graph.shapes[actor === NONE ? graph.shape[task]! : graph.actors[actor]!.shape]!;
}

/** Consumers of each task, from the producers of each: `outs[outStart[t]] …`. Put objects have none. */
export function consumers(graph: Pick<TaskGraph, 'size' | 'depStart' | 'deps'>): {
  outStart: Int32Array;
  outs: Int32Array;
} {
  const { size, depStart, deps } = graph;
  const outStart = new Int32Array(size + 1);
  for (let edge = 0; edge < deps.length; edge++) if (deps[edge]! < size) outStart[deps[edge]! + 1]!++;
  for (let task = 0; task < size; task++) outStart[task + 1]! += outStart[task]!;
  const outs = new Int32Array(outStart[size]!);
  const next = outStart.slice(0, size);
  for (let task = 0; task < size; task++) {
    for (let edge = depStart[task]!; edge < depStart[task + 1]!; edge++) {
      const producer = deps[edge]!;
      if (producer < size) outs[next[producer]!++] = task;
    }
  }
  return { outStart, outs };
}

/** Lists of numbers, one after another: where each begins, and all of them. */
export function packLists(lists: readonly (readonly number[])[]): { start: Int32Array; values: Int32Array } {
  const start = new Int32Array(lists.length + 1);
  let total = 0;
  lists.forEach((list, at) => (start[at + 1] = total += list.length));
  const values = new Int32Array(total);
  lists.forEach((list, at) => values.set(list, start[at]));
  return { start, values };
}

/** Programs, the driver's first, as the flat arrays of a graph. */
export function packPrograms(
  programs: readonly (readonly Step[])[],
): Pick<TaskGraph, 'programStart' | 'stepKind' | 'stepMs' | 'stepArg' | 'stepPool' | 'stepWhere'> {
  const programStart = new Int32Array(programs.length + 1);
  let total = 0;
  programs.forEach((steps, at) => (programStart[at + 1] = total += steps.length));
  const stepKind = new Uint8Array(total);
  const stepMs = new Float64Array(total);
  const stepArg = new Int32Array(total);
  const stepPool = new Int32Array(total).fill(NONE);
  const stepWhere: (string | null)[] = [];
  let at = 0;
  for (const steps of programs) {
    for (const step of steps) {
      stepKind[at] = step.kind;
      stepMs[at] = step.ms;
      stepArg[at] = step.arg;
      if (step.pool !== undefined) stepPool[at] = step.pool;
      stepWhere.push(step.where ?? null);
      at++;
    }
  }
  return { programStart, stepKind, stepMs, stepArg, stepPool, stepWhere };
}

/** Shapes by number, each kept once. */
export class Shapes {
  readonly values: ResourceShape[] = [];
  private readonly index = new Map<string, number>();

  of(shape: ResourceShape): number {
    const custom = Object.entries(shape.custom)
      .filter(([, amount]) => amount > 0)
      .sort();
    const key = `${shape.cpus}/${shape.gpus}/${shape.memoryBytes}/${JSON.stringify(custom)}`;
    let at = this.index.get(key);
    if (at === undefined) {
      at = this.values.length;
      this.values.push({ ...shape, custom: Object.fromEntries(custom) });
      this.index.set(key, at);
    }
    return at;
  }
}

/** By task: what the steps of its program take of its own time. */
export function stepsMs(graph: TaskGraph): Float64Array {
  const sums = new Float64Array(graph.size);
  if (graph.programStart[1] === graph.stepMs.length) return sums;
  for (let task = 0; task < graph.size; task++) {
    for (let step = graph.programStart[task + 1]!; step < graph.programStart[task + 2]!; step++) {
      sums[task]! += graph.stepMs[step]!;
    }
  }
  return sums;
}
