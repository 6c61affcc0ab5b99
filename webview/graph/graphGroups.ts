/** What the nodes of the task graph show: groups of tasks, with what is known of their functions. Pure. */
import type { TaskGroup } from '../../simulator/model/runGraph';
import type { FunctionSummary, RunView } from '../../simulator/model/trace';

export interface GroupShown {
  group: TaskGroup;
  /** Of the group's own tasks. Its id is the function's. */
  fn: FunctionSummary;
  /** Who submitted them, where the function has other groups too; else empty. */
  submitter: string;
}

/** By the group's id, in the order of the functions. */
export function groupsShown({ functions, graph }: RunView): Map<string, GroupShown> {
  const byFunction = new Map<string, TaskGroup[]>();
  for (const group of graph.groups)
    byFunction.set(group.functionId, [...(byFunction.get(group.functionId) ?? []), group]);
  const functionOf = new Map(graph.groups.map((group) => [group.id, group.functionId]));
  const names = new Map(functions.map((fn) => [fn.id, fn.name]));
  const shown = new Map<string, GroupShown>();
  for (const fn of functions)
    for (const group of byFunction.get(fn.id) ?? []) {
      const parent = group.parent === null ? '' : names.get(functionOf.get(group.parent)!);
      const submitter = group.part === null ? '' : parent || 'unknown';
      shown.set(group.id, { group, fn: { ...fn, ...group.part }, submitter });
    }
  return shown;
}
