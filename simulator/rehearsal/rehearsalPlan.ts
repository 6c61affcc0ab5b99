/** From a task graph to what `rehearsal.py` runs, and what it answers. Pure. */
import { fail } from '../model/failure';
import type { GraphActor, GraphFile, GraphTask } from '../model/scaling';
import { callsByActor, largestOf } from '../scaling/actorShapes';
import { submissionOrder } from '../scaling/submissionOrder';

/** Times in ms from the first submission, of bodies and as the machine's clock saw them. */
export interface RehearsedTask {
  id: string;
  startMs: number;
  endMs: number;
  node: number;
  pid: number;
}

export interface RehearsedGraph {
  /** From the first submission to the driver's hearing that the last task has ended. */
  wallMs: number;
  /** Until everything was submitted. */
  submitMs: number;
  /** How much longer than asked a body took, on average: this machine's own load. */
  lateMs: number;
  /** Share of this machine's CPU time that anything used meanwhile, 0–1; null where it is not known. */
  busy: number | null;
  tasks: RehearsedTask[];
}

export interface RehearsalResult {
  /** Until every slot had its worker; before the clock of any graph. */
  coldStartMs: number;
  slots: number;
  graphs: RehearsedGraph[];
}

/**
 * The graph with its tasks in the order of their submission, every actor described, and every input one that its
 * submitter can name: the result of a task that another task submitted reaches others as that task's own.
 * Fails as `graph-invalid` on a cycle or on a task that needs the one that submits it.
 */
export function rehearsalPlan(graph: GraphFile, path: string): Required<GraphFile> {
  const found = submissionOrder(graph.tasks);
  const invalid = (problem: string) => fail({ code: 'graph-invalid', path, problems: [problem] });
  if ('cycle' in found)
    return invalid(
      `These tasks wait for each other: ${found.cycle.map((at) => graph.tasks[at]!.id).join(' → ')}.`,
    );
  const byId = new Map(graph.tasks.map((task) => [task.id, task]));
  const tasks = found.order.map((at) => {
    const task = graph.tasks[at]!;
    const scopes = submitters(task, byId);
    const seen = (need: string): string => {
      let one = byId.get(need)!;
      if (scopes.has(need)) invalid(`Task ${task.id} needs ${need}, which submits it and waits for it.`);
      while (!scopes.has(one.parent)) one = byId.get(one.parent!)!;
      return one.id;
    };
    const after = task.after ? { after: task.after.map(seen) } : {};
    return { ...task, deps: task.deps.map(seen), ...after };
  });
  return { tasks, actors: describeActors(graph) };
}

/** The task that submits it, the one that submits that, and so on to the driver (undefined). */
function submitters(task: GraphTask, byId: Map<string, GraphTask>): Set<string | undefined> {
  const found = new Set<string | undefined>([undefined]);
  for (let { parent } = task; parent !== undefined; parent = byId.get(parent)!.parent) found.add(parent);
  return found;
}

/** Those that have calls, in the order of their first one. */
function describeActors({ tasks, actors = [] }: GraphFile): GraphActor[] {
  const listed = new Map(actors.map((actor) => [actor.id, actor]));
  return [...callsByActor(tasks)].map(([id, calls]) => listed.get(id) ?? { id, ...largestOf(calls) });
}

/** What `rehearsal.py` has written, with tasks as objects. */
export function readRehearsalResult(text: string): RehearsalResult {
  const { coldStartMs, slots, graphs } = JSON.parse(text) as WrittenResult;
  return {
    coldStartMs,
    slots,
    graphs: graphs.map((graph) => ({
      ...graph,
      tasks: graph.tasks.map(([id, startMs, endMs, node, pid]) => ({ id, startMs, endMs, node, pid })),
    })),
  };
}

type WrittenTask = [id: string, startMs: number, endMs: number, node: number, pid: number];
interface WrittenResult extends Omit<RehearsalResult, 'graphs'> {
  graphs: (Omit<RehearsedGraph, 'tasks'> & { tasks: WrittenTask[] })[];
}
