/** The task graph as it is drawn: groups of tasks and what goes between them. */
import type { FunctionSummary } from './trace';

/**
 * Tasks of one function that tasks of one other group submitted: `decode` called by the script is another group than
 * `decode` called inside `train`. A call inside itself, by way of others or not, stays in the group it came from.
 */
export interface TaskGroup {
  /** Stable within a run. That of its function for the first group of each. */
  id: string;
  functionId: string;
  /** Id of the group that submitted it; null for the driver and where that is not known. */
  parent: string | null;
  /** Of its own tasks; null where it has all tasks of its function. */
  part: Pick<FunctionSummary, 'counts' | 'p50Ms' | 'p95Ms' | 'spark'> | null;
}

/** The task graph, of bounded size. */
export interface RunGraph {
  groups: TaskGroup[];
  /** Who submitted what, by ids of groups. */
  edges: TaskEdge[];
  /** Whose results went into what, by ids of groups; empty where nobody recorded it. */
  dataEdges: DataEdge[];
}

/** `from` submitted `count` tasks of `to`: two groups of the graph, or two functions. */
export interface TaskEdge {
  from: string;
  to: string;
  count: number;
}

/** `count` results of `from` went into tasks of `to`. */
export interface DataEdge extends TaskEdge {
  /** Sum of the sizes that are known; null where none is. */
  bytes: number | null;
}

export interface FunctionEdges {
  /** Who submitted what, by ids of functions. */
  edges: TaskEdge[];
  dataEdges: DataEdge[];
}

/** The edges of the graph between functions, where its groups do not matter. */
export function functionEdges({ groups, edges, dataEdges }: RunGraph): FunctionEdges {
  const functions = new Map(groups.map((group) => [group.id, group.functionId]));
  return { edges: merged(edges, functions), dataEdges: merged(dataEdges, functions) };
}

function merged<T extends TaskEdge & { bytes?: number | null }>(
  edges: readonly T[],
  functions: ReadonlyMap<string, string>,
): T[] {
  const byPair = new Map<string, T>();
  for (const edge of edges) {
    const [from, to] = [functions.get(edge.from)!, functions.get(edge.to)!];
    const key = `${from}\n${to}`;
    const known = byPair.get(key);
    if (!known) {
      byPair.set(key, { ...edge, from, to });
      continue;
    }
    known.count += edge.count;
    if (typeof edge.bytes === 'number') known.bytes = (known.bytes ?? 0) + edge.bytes;
  }
  return [...byPair.values()];
}
