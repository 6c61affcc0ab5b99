/** Times that no schedule can beat, and the chain of tasks that is longest. */
import type { Bounds } from '../model/scaling';
import type { Overheads } from './overheads';
import type { Prepared } from './prepared';
import { nodeCount, type SimCluster } from './simCluster';
import { heldShape, NONE, STEP, stepsMs, type TaskGraph } from './taskGraph';

export interface CriticalPath {
  lengthMs: number;
  /** Tasks of the chain, first to last. */
  tasks: number[];
}

/**
 * The longest chain of tasks where nothing but producers, waits, parents and the order of an actor's calls holds a
 * task back; neither resources nor the driver's own time count. Waits for any of several tasks are left out.
 */
export function criticalPath(graph: TaskGraph, programMs = stepsMs(graph)): CriticalPath {
  return new Chain(graph, programMs).find();
}

class Chain {
  private readonly endMs: Float64Array;
  private readonly before: Int32Array;
  private readonly actorFree: Float64Array;
  private readonly actorLast: Int32Array;

  constructor(
    private readonly graph: TaskGraph,
    private readonly programMs: Float64Array,
  ) {
    this.endMs = new Float64Array(graph.size);
    this.before = new Int32Array(graph.size).fill(NONE);
    this.actorFree = new Float64Array(graph.actors.length);
    this.actorLast = Int32Array.from(graph.actors, ({ creation }) => creation);
  }

  find(): CriticalPath {
    this.walk(0, 0, NONE);
    let last = NONE;
    for (let task = 0; task < this.graph.size; task++) {
      if (last === NONE || this.endMs[task]! > this.endMs[last]!) last = task;
    }
    const tasks: number[] = [];
    for (let task = last; task !== NONE; task = this.before[task]!) tasks.push(task);
    return { lengthMs: last === NONE ? 0 : this.endMs[last]!, tasks: tasks.reverse() };
  }

  /** Takes a program's steps from `atMs`, with what held it back last; returns when it ends. */
  private walk(program: number, atMs: number, heldBy: number): { endMs: number; heldBy: number } {
    const { graph } = this;
    for (let step = graph.programStart[program]!; step < graph.programStart[program + 1]!; step++) {
      if (program > 0) atMs += graph.stepMs[step]!;
      const arg = graph.stepArg[step]!;
      const kind = graph.stepKind[step];
      if (kind === STEP.submit) this.visit(arg, atMs, heldBy);
      if (kind !== STEP.get && kind !== STEP.join) continue;
      for (let entry = graph.waitStart[arg]!; entry < graph.waitStart[arg + 1]!; entry++) {
        const task = graph.waitTasks[entry]!;
        if (this.endMs[task]! <= atMs) continue;
        atMs = this.endMs[task]!;
        heldBy = task;
      }
    }
    return { endMs: atMs, heldBy };
  }

  private visit(task: number, submittedMs: number, submitter: number): void {
    const { graph } = this;
    let startMs = submittedMs;
    let held = submitter;
    const hold = (byMs: number, by: number) => {
      if (byMs <= startMs && held !== NONE) return;
      if (byMs >= startMs) held = by;
      startMs = Math.max(startMs, byMs);
    };
    for (let edge = graph.depStart[task]!; edge < graph.depStart[task + 1]!; edge++) {
      const producer = graph.deps[edge]!;
      // Of what `ray.wait` hands out, another may be first on another cluster.
      const isOfWait = (graph.pool?.[producer] ?? NONE) >= graph.poolLatencyMs.length;
      if (producer < graph.size && !isOfWait) hold(this.endMs[producer]!, producer);
    }
    const actor = graph.actor[task]!;
    if (actor !== NONE) {
      hold(this.endMs[graph.actors[actor]!.creation]!, graph.actors[actor]!.creation);
      if (graph.actors[actor]!.concurrency === 1) hold(this.actorFree[actor]!, this.actorLast[actor]!);
    }
    this.before[task] = held;
    const own = graph.durationMs[task]!;
    this.endMs[task] = startMs + own;
    if (graph.programStart[task + 1] !== graph.programStart[task + 2]) this.visitProgram(task, startMs);
    if (actor !== NONE && this.endMs[task]! >= this.actorFree[actor]!) {
      this.actorFree[actor] = this.endMs[task]!;
      this.actorLast[actor] = task;
    }
  }

  private visitProgram(task: number, startMs: number): void {
    const { graph } = this;
    const { endMs, heldBy } = this.walk(task + 1, startMs, this.before[task]!);
    this.endMs[task] = endMs + Math.max(0, graph.durationMs[task]! - this.programMs[task]!);
    if (heldBy !== task) this.before[task] = heldBy;
  }
}

/** Work of all tasks by resource, in ms times units. */
export interface Work {
  cpuMs: number;
  gpuMs: number;
  customMs: Record<string, number>;
  /** What tasks need of cores, whatever they hold. */
  coreMs: number;
}

export function workOf(graph: TaskGraph): Work {
  const work: Work = { cpuMs: 0, gpuMs: 0, customMs: {}, coreMs: 0 };
  for (let task = 0; task < graph.size; task++) {
    const actor = graph.actor[task]!;
    const ms = graph.durationMs[task]! / (actor === NONE ? 1 : graph.actors[actor]!.concurrency);
    const { cpus, gpus, custom } = heldShape(graph, task);
    work.coreMs += graph.durationMs[task]! * (graph.cpuShare?.[task] ?? 0);
    work.cpuMs += ms * cpus;
    work.gpuMs += ms * gpus;
    for (const [name, amount] of Object.entries(custom)) {
      work.customMs[name] = (work.customMs[name] ?? 0) + ms * amount;
    }
  }
  return work;
}

/** Lower bounds of the time on a cluster. `transferMs` is the time that the replay's transfers took on their lines. */
export function boundsOf(
  { graph }: Prepared,
  path: CriticalPath,
  work: Work,
  cluster: SimCluster,
  costs: Overheads,
  transferMs: number,
): Bounds {
  let driverMs = graph.driverTailMs;
  for (let step = 0; step < graph.programStart[1]!; step++) {
    driverMs += graph.stepMs[step]! + (graph.stepKind[step] === STEP.submit ? costs.submitMs : 0);
  }
  return {
    criticalPathMs: path.lengthMs,
    workMs: Math.max(0, ...workByResource(work, cluster)),
    driverMs,
    networkMs: transferMs / nodeCount(cluster),
  };
}

/** Work over capacity of each resource that is used. */
function workByResource(work: Work, cluster: SimCluster): number[] {
  const capacity = (of: (group: SimCluster['groups'][number]) => number) =>
    cluster.groups.reduce((sum, group) => sum + of(group) * group.count, 0);
  return [
    work.cpuMs / capacity(({ type }) => type.cpus),
    work.gpuMs / capacity(({ type }) => type.gpus),
    work.coreMs / (cluster.host?.cores ?? Infinity),
    ...Object.entries(work.customMs).map(
      ([resource, ms]) => ms / capacity(({ type }) => type.resources[resource] ?? 0),
    ),
  ].filter((ms) => ms > 0);
}
