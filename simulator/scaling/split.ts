/** A graph in which every task of one function is split into several that share its time and its output. */
import { PoolParts } from './poolParts';
import { NONE, packLists, packPrograms, STEP, type Step, type TaskGraph } from './taskGraph';

/** Tasks of actors and tasks that submit others stay whole. Who waits for a task waits for all of its parts. */
export function split(graph: TaskGraph, name: string, into: number): TaskGraph {
  const { size } = graph;
  const parts = new Int32Array(size).fill(1);
  const creations = new Set(graph.actors.map(({ creation }) => creation));
  for (let task = 0; task < size; task++) {
    const isPlain =
      graph.actor[task] === NONE && graph.programStart[task + 1] === graph.programStart[task + 2];
    if (isPlain && !creations.has(task) && graph.functions[graph.fn[task]!]!.name === name)
      parts[task] = into;
  }
  const first = new Int32Array(size + 1);
  for (let task = 0; task < size; task++) first[task + 1] = first[task]! + parts[task]!;
  const origin = new Int32Array(first[size]!);
  for (let task = 0; task < size; task++) origin.fill(task, first[task], first[task + 1]);
  const partsOf = (task: number) => Array.from({ length: parts[task]! }, (_, at) => first[task]! + at);
  const map = (from: ArrayLike<number>, share: boolean) =>
    Float64Array.from(origin, (task) => from[task]! / (share ? parts[task]! : 1));
  const deps = packLists(Array.from(origin, (task) => depsOf(graph, task, first[size]!, partsOf)));
  const lists = packLists(
    Array.from({ length: graph.waitStart.length - 1 }, (_, list) =>
      Array.from(graph.waitTasks.subarray(graph.waitStart[list], graph.waitStart[list + 1])).flatMap(partsOf),
    ),
  );
  const pools = new PoolParts(graph, parts);
  const moved = (task: number) => (task === NONE ? NONE : first[task]!);
  return {
    ...graph,
    size: first[size]!,
    ids: [],
    fn: Int32Array.from(origin, (task) => graph.fn[task]!),
    durationMs: map(graph.durationMs, true),
    cpuShare: graph.cpuShare && map(graph.cpuShare, false),
    shape: Int32Array.from(origin, (task) => graph.shape[task]!),
    outputBytes: map(graph.outputBytes, true),
    depStart: deps.start,
    deps: deps.values,
    putBy: graph.putBy.map(moved),
    actors: graph.actors.map((actor) => ({ ...actor, creation: first[actor.creation]! })),
    actor: Int32Array.from(origin, (task) => graph.actor[task]!),
    parent: Int32Array.from(origin, (task) => moved(graph.parent[task]!)),
    pool: graph.pool === null ? null : Int32Array.from(origin, (task) => graph.pool![task]!),
    streamed: graph.streamed && Int32Array.from(origin, (task) => graph.streamed![task]!),
    ...packPrograms([
      stepsOf(graph, 0, partsOf, pools),
      ...Array.from(origin, (task, at) =>
        at === first[task] ? stepsOf(graph, task + 1, partsOf, pools) : [],
      ),
    ]),
    waitStart: lists.start,
    waitTasks: lists.values,
  };
}

function depsOf(
  graph: TaskGraph,
  task: number,
  newSize: number,
  partsOf: (task: number) => number[],
): number[] {
  const deps = Array.from(graph.deps.subarray(graph.depStart[task], graph.depStart[task + 1]));
  return deps.flatMap((object) => (object < graph.size ? partsOf(object) : [object - graph.size + newSize]));
}

function stepsOf(
  graph: TaskGraph,
  program: number,
  partsOf: (task: number) => number[],
  pools: PoolParts,
): Step[] {
  const steps: Step[] = [];
  let submitted = 0;
  let parts = 0;
  for (let at = graph.programStart[program]!; at < graph.programStart[program + 1]!; at++) {
    const [kind, arg] = [graph.stepKind[at]!, graph.stepArg[at]!];
    const step = {
      kind,
      ms: graph.stepMs[at]!,
      arg,
      pool: graph.stepPool[at]!,
      where: graph.stepWhere[at]!,
    };
    if (kind === STEP.submit) {
      submitted++;
      partsOf(arg).forEach((part, index) => {
        parts++;
        steps.push({ ...step, ms: index === 0 ? step.ms : 0, arg: part });
      });
    } else if (step.pool !== NONE) {
      const counted = { ...step, arg: pools.partsOfFirst(arg, step.pool) };
      for (let one = 0; one < pools.stepsFor(at); one++)
        steps.push({ ...counted, ms: one === 0 ? step.ms : 0 });
    } else if (kind === STEP.countFinished && submitted > 0) {
      steps.push({ ...step, arg: Math.floor((arg * parts) / submitted) });
    } else steps.push(step);
  }
  return steps;
}
