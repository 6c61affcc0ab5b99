/** One task with those that led to it and those that came of it, nearest first. */
import type { Neighbourhood } from '../model/views';
import { taskBrief } from './taskBrief';
import { childrenOf, inputsOf, outputsOf, type Link } from './taskLinks';
import { NONE } from './taskTable';
import type { TraceStore } from './traceStore';

export const MAX_NEIGHBOURS = 200;
/** A task with thousands of inputs shows so many of them, so that its other side has room. */
const MOST_PER_TASK = 40;

/** At most `most` tasks, never more than `MAX_NEIGHBOURS`. Half of the room is for each side while both need it. */
export function neighbourhood(store: TraceStore, centre: number, most: number): Neighbourhood {
  const limit = Math.max(1, Math.min(most, MAX_NEIGHBOURS));
  const rows = new Set([centre]);
  const up = walk(store, centre, before, rows, Math.floor((limit - 1) / 2));
  const down = walk(store, centre, after, rows, limit - rows.size);
  const cutUp = up && walk(store, centre, before, rows, limit - rows.size);
  return {
    centre: store.tasks.id(centre),
    tasks: [...rows].map((row) => taskBrief(store, row)),
    edges: edgesAmong(store, rows),
    cut: cutUp || down,
  };
}

/** What a task needed: its inputs; without any, who submitted it. */
function before(store: TraceStore, row: number): number[] {
  const inputs = inputsOf(store, row).map((link) => link.row);
  if (inputs.length > 0) return inputs;
  const parent = store.tasks.parent[row]!;
  return parent === NONE ? [] : [parent];
}

/** What came of it: who took its results; without any, whom it submitted. */
function after(store: TraceStore, row: number): number[] {
  const outputs = outputsOf(store, row).map((link) => link.row);
  if (outputs.length > 0 || store.tasks.isDriver(row)) return outputs;
  return [...childrenOf(store, row).subarray(0, MOST_PER_TASK + 1)];
}

/** Breadth first; true when there was no room for all. */
function walk(
  store: TraceStore,
  from: number,
  next: (store: TraceStore, row: number) => number[],
  rows: Set<number>,
  room: number,
): boolean {
  const visited = new Set([from]);
  let front = [from];
  let left = room;
  let cut = false;
  while (front.length > 0) {
    const following: number[] = [];
    for (const row of front) {
      const found = next(store, row);
      cut ||= found.length > MOST_PER_TASK;
      for (const other of found.slice(0, MOST_PER_TASK)) {
        if (visited.has(other)) continue;
        visited.add(other);
        if (!rows.has(other)) {
          if (left === 0) return true;
          left--;
          rows.add(other);
        }
        following.push(other);
      }
    }
    front = following;
  }
  return cut;
}

function edgesAmong(store: TraceStore, rows: ReadonlySet<number>): Neighbourhood['edges'] {
  const { tasks } = store;
  const { parent } = tasks;
  const edges: Neighbourhood['edges'] = [];
  for (const row of rows) {
    const inputs: Link[] = inputsOf(store, row).filter((link) => rows.has(link.row));
    if (inputs.length === 0 && parent[row] !== NONE && rows.has(parent[row]!)) {
      inputs.push({ row: parent[row]!, kind: 'parent', bytes: null });
    }
    for (const { row: from, kind, bytes } of inputs) {
      edges.push({ from: tasks.id(from), to: tasks.id(row), kind, bytes });
    }
  }
  return edges;
}
