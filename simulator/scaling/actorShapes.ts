/** What actors hold that a graph does not list. */
import type { GraphTask } from '../model/scaling';
import { pushTo } from './pushTo';

/** Calls by actor, actors in the order of their first call. */
export function callsByActor(tasks: readonly GraphTask[]): Map<string, GraphTask[]> {
  const calls = new Map<string, GraphTask[]>();
  for (const task of tasks) {
    if (task.actor === undefined) continue;
    pushTo(calls, task.actor, task);
  }
  return calls;
}

/** An actor that is not listed holds the most that one of its calls asks for. */
export function largestOf(calls: readonly GraphTask[]): {
  cpus: number;
  gpus: number;
  resources: Record<string, number>;
} {
  const most = { cpus: 0, gpus: 0, resources: {} as Record<string, number> };
  for (const { cpus, gpus, resources = {} } of calls) {
    most.cpus = Math.max(most.cpus, cpus);
    most.gpus = Math.max(most.gpus, gpus);
    for (const [name, amount] of Object.entries(resources))
      most.resources[name] = Math.max(most.resources[name] ?? 0, amount);
  }
  return most;
}
