/** A user's graph as flat arrays, with the programs that submit it. */
import { fail } from '../model/failure';
import type { GraphActor, GraphFile, GraphTask } from '../model/scaling';
import { callsByActor, largestOf } from './actorShapes';
import { submissionOrder } from './submissionOrder';
import {
  NONE,
  packLists,
  packPrograms,
  Shapes,
  STEP,
  type Actor,
  type GraphFunction,
  type Step,
  type TaskGraph,
} from './taskGraph';

/** Fails as `graph-invalid` where the graph has a cycle; everything else was checked when it was read. */
export function fromGraphFile(file: GraphFile, path: string): TaskGraph {
  const order = submissionOrder(file.tasks);
  if ('cycle' in order) {
    const ring = order.cycle.map((at) => file.tasks[at]!.id);
    fail({
      code: 'graph-invalid',
      path,
      problems: [`These tasks wait for each other: ${ring.join(' → ')}.`],
    });
  }
  return new Builder(file).build(order.order);
}

class Builder {
  private readonly number = new Map<string, number>();
  private readonly shapes = new Shapes();
  private readonly functions: GraphFunction[] = [];
  private readonly functionIndex = new Map<string, number>();
  private readonly rows: { task: GraphTask | null; id: string; fn: number; ms: number; shape: number }[] = [];
  private readonly actorIndex = new Map<string, number>();
  private readonly actors: Actor[] = [];
  private readonly actorOf: number[] = [];
  private readonly programs: Step[][] = [[]];
  private readonly lists: number[][] = [];

  private readonly listed: ReadonlyMap<string, GraphActor>;
  private readonly calls: ReadonlyMap<string, GraphTask[]>;

  constructor(private readonly file: GraphFile) {
    this.listed = new Map(file.actors?.map((actor) => [actor.id, actor]));
    this.calls = callsByActor(file.tasks);
  }

  build(order: readonly number[]): TaskGraph {
    for (const at of order) this.add(this.file.tasks[at]!);
    const size = this.rows.length;
    for (let program = 0; program <= size; program++) this.programs[program] ??= [];
    const children: number[][] = [];
    this.rows.forEach(({ task }, at) => {
      if (task?.parent !== undefined) (children[this.number.get(task.parent)!] ??= []).push(at);
    });
    children.forEach((list, parent) => this.step(parent, STEP.join, 0, this.list(list)));
    this.step(NONE, STEP.join, 0, this.list(this.rows.map((_, at) => at)));
    const deps = packLists(this.rows.map(({ task }) => (task?.deps ?? []).map((id) => this.number.get(id)!)));
    const waits = packLists(this.lists);
    return {
      size,
      ids: this.rows.map(({ id }) => id),
      functions: this.functions,
      fn: Int32Array.from(this.rows, ({ fn }) => fn),
      durationMs: Float64Array.from(this.rows, ({ ms }) => ms),
      cpuShare: null,
      driverCpuShare: 0,
      warmupMs: new Float64Array(this.functions.length),
      callGapMs: new Float64Array(this.functions.length).fill(NaN),
      firstCallMs: new Float64Array(this.functions.length),
      shapes: this.shapes.values,
      shape: Int32Array.from(this.rows, ({ shape }) => shape),
      outputBytes: Float64Array.from(this.rows, ({ task }) => task?.outputBytes ?? 0),
      depStart: deps.start,
      deps: deps.values,
      putBytes: new Float64Array(0),
      putBy: new Int32Array(0),
      actors: this.actors,
      actor: Int32Array.from(this.actorOf),
      parent: Int32Array.from(this.rows, ({ task }) =>
        task?.parent === undefined ? NONE : this.number.get(task.parent)!,
      ),
      ...packPrograms(this.programs),
      pool: null,
      poolCount: 0,
      poolLatencyMs: new Float64Array(0),
      streamed: null,
      waitStart: waits.start,
      waitTasks: waits.values,
      driverTailMs: 0,
    };
  }

  private add(task: GraphTask): void {
    const submitter = task.parent === undefined ? NONE : this.number.get(task.parent)!;
    const actor = task.actor === undefined ? NONE : this.actor(task.actor, submitter);
    const shape = actor === NONE ? this.shapeOf(task) : this.shapes.of(NOTHING);
    const row = this.push(task, task.id, task.name, task.durationMs, shape, actor);
    this.number.set(task.id, row);
    if (task.after?.length) {
      this.step(submitter, STEP.get, 0, this.list(task.after.map((id) => this.number.get(id)!)));
    }
    if (task.afterFinished) this.step(submitter, STEP.countFinished, 0, task.afterFinished);
    this.step(submitter, STEP.submit, task.thinkMs ?? 0, row);
  }

  /** The actor's number; its creation is submitted just before its first call. */
  private actor(id: string, submitter: number): number {
    const known = this.actorIndex.get(id);
    if (known !== undefined) return known;
    const listed = this.listed.get(id);
    const shape = this.shapeOf(listed ?? largestOf(this.calls.get(id)!));
    const index = this.actors.length;
    this.actorIndex.set(id, index);
    const creation = this.push(null, id, `${id}.__init__`, listed?.durationMs ?? 0, shape, NONE);
    this.actors.push({ creation, concurrency: Math.max(1, listed?.concurrency ?? 1), shape });
    this.step(submitter, STEP.submit, 0, creation);
    return index;
  }

  private push(
    task: GraphTask | null,
    id: string,
    name: string,
    ms: number,
    shape: number,
    actor: number,
  ): number {
    let fn = this.functionIndex.get(name);
    if (fn === undefined) {
      fn = this.functions.length;
      this.functions.push({ name, where: null });
      this.functionIndex.set(name, fn);
    }
    this.rows.push({ task, id, fn, ms, shape });
    this.actorOf.push(actor);
    return this.rows.length - 1;
  }

  private step(submitter: number, kind: number, ms: number, arg: number): void {
    (this.programs[submitter + 1] ??= []).push({ kind, ms, arg });
  }

  private list(tasks: number[]): number {
    this.lists.push(tasks);
    return this.lists.length - 1;
  }

  private shapeOf(one: { cpus: number; gpus: number; resources?: Record<string, number> }): number {
    return this.shapes.of({ cpus: one.cpus, gpus: one.gpus, memoryBytes: 0, custom: one.resources ?? {} });
  }
}

const NOTHING = { cpus: 0, gpus: 0, memoryBytes: 0, custom: {} };
