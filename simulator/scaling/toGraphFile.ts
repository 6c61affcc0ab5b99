/** A captured graph as a file of tasks, which is what a rehearsal takes. Pure. */
import type { GraphActor, GraphFile, GraphTask } from '../model/scaling';
import { NONE, STEP, type TaskGraph } from './taskGraph';

export interface WrittenGraph {
  file: GraphFile;
  /** What the file says in another way than the graph, in words. */
  notes: string[];
  /** Why a file of tasks cannot say what the graph says, in words; then `file` is of no use. */
  refused: string[];
}

/**
 * Tasks are named by their number in the order of submission (`t0`, `t1`, …), actors by that of their creation. What a
 * program waits for before a submission becomes `after` or `afterFinished` of that task, its own time `thinkMs`.
 */
export function toGraphFile(graph: TaskGraph): WrittenGraph {
  const made = new Map(graph.actors.map(({ creation }, actor) => [creation, actor]));
  const tasks: GraphTask[] = [];
  for (let program = 0; program <= graph.size; program++) {
    for (const step of submissions(graph, program)) {
      if (!made.has(step.task)) tasks.push(taskOf(graph, step, made));
    }
  }
  const called = new Set(tasks.map(({ actor }) => actor));
  const actors = graph.actors.map((_, actor) => actorOf(graph, actor)).filter(({ id }) => called.has(id));
  tasks.sort((a, b) => numberOf(a) - numberOf(b));
  return { file: { tasks, actors }, notes: notesOn(graph), refused: refusedOf(graph, tasks) };
}

interface Submission {
  task: number;
  thinkMs: number;
  after: number[];
  afterFinished: number;
}

/** What a program submits, each with what stands between it and the submission before. */
function submissions(graph: TaskGraph, program: number): Submission[] {
  const found: Submission[] = [];
  let next = { thinkMs: 0, after: [] as number[], afterFinished: 0 };
  for (let step = graph.programStart[program]!; step < graph.programStart[program + 1]!; step++) {
    const [kind, arg] = [graph.stepKind[step]!, graph.stepArg[step]!];
    next.thinkMs += graph.stepMs[step]!;
    if (kind === STEP.submit) {
      found.push({ task: arg, ...next });
      next = { thinkMs: 0, after: [], afterFinished: 0 };
    } else if (kind === STEP.countFinished) {
      next.afterFinished = Math.max(next.afterFinished, arg);
    } else if (kind === STEP.get || kind === STEP.join) {
      next.after.push(...graph.waitTasks.subarray(graph.waitStart[arg]!, graph.waitStart[arg + 1]!));
    }
  }
  return found;
}

function taskOf(
  graph: TaskGraph,
  { task, thinkMs, after, afterFinished }: Submission,
  made: ReadonlyMap<number, number>,
): GraphTask {
  const { cpus, gpus, custom } = graph.shapes[graph.shape[task]!]!;
  const [actor, parent] = [graph.actor[task]!, graph.parent[task]!];
  const isTask = (one: number) => one < graph.size && !made.has(one);
  const deps = graph.deps.subarray(graph.depStart[task]!, graph.depStart[task + 1]!);
  const waits = [...new Set(after)].filter(isTask);
  return {
    id: `t${task}`,
    name: graph.functions[graph.fn[task]!]!.name,
    durationMs: graph.durationMs[task]!,
    cpus,
    gpus,
    outputBytes: graph.outputBytes[task]!,
    deps: [...deps].filter(isTask).map((one) => `t${one}`),
    ...(Object.keys(custom).length > 0 && { resources: custom }),
    ...(actor !== NONE && { actor: actorId(graph, actor) }),
    ...(parent !== NONE && { parent: `t${parent}` }),
    ...(waits.length > 0 && { after: waits.map((one) => `t${one}`) }),
    ...(afterFinished > 0 && { afterFinished }),
    ...(thinkMs > 0 && { thinkMs }),
  };
}

function actorOf(graph: TaskGraph, actor: number): GraphActor {
  const { creation, concurrency, shape } = graph.actors[actor]!;
  const { cpus, gpus, custom } = graph.shapes[shape]!;
  return {
    id: actorId(graph, actor),
    cpus,
    gpus,
    concurrency,
    durationMs: graph.durationMs[creation]!,
    ...(Object.keys(custom).length > 0 && { resources: custom }),
  };
}

const actorId = (graph: TaskGraph, actor: number) => `a${graph.actors[actor]!.creation}`;
const numberOf = ({ id }: GraphTask) => Number(id.slice(1));

function notesOn(graph: TaskGraph): string[] {
  const notes: string[] = [];
  if (graph.putBytes.length > 0)
    notes.push('Objects that the script put into the store itself (`ray.put`) are left out.');
  if (graph.shapes.some(({ memoryBytes }) => memoryBytes > 0))
    notes.push('Memory that tasks ask for is left out.');
  if (graph.actors.length > 0) notes.push('Actors are up before the clock starts.');
  return notes;
}

function refusedOf(graph: TaskGraph, tasks: readonly GraphTask[]): string[] {
  const refused: string[] = [];
  if (tasks.length === 0) refused.push('It has no tasks.');
  if (graph.poolLatencyMs.length > 0)
    refused.push(
      'It reads what Ray Data streams to it, which sleeps and blocks in place of tasks cannot show.',
    );
  else if (graph.stepPool.some((pool) => pool !== NONE))
    refused.push(
      'Its driver waits for some of several groups of tasks (`ray.wait`), which a rehearsal cannot do.',
    );
  return refused;
}
