/** Which rows a task's inputs came from and where its results went. The second is turned around when it is wanted. */
import type { TaskLink } from '../model/views';
import { edgeBytes } from './dataEdges';
import { DEPENDENCY_KINDS } from './edgeTable';
import { KeptByVersion } from './keptByVersion';
import { NONE } from './taskTable';
import type { TraceStore } from './traceStore';

export interface Link {
  row: number;
  kind: TaskLink['kind'];
  bytes: number | null;
}

/** What went into a task, as it was given. */
export function inputsOf(store: TraceStore, row: number): Link[] {
  const { edges } = store;
  const first = edges.first(row);
  return Array.from({ length: edges.count(row) }, (_, at) =>
    link(store, first + at, edges.task[first + at]!),
  );
}

/** Tasks that took a task's results, in order of first sight. */
export function outputsOf(store: TraceStore, row: number): Link[] {
  const { offsets, edge, taker } = turned.of(store, '', () => turnAround(store));
  const result: Link[] = [];
  for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++)
    result.push(link(store, edge[at]!, taker[at]!));
  return result;
}

/** Tasks that a task submitted, in order of first sight. */
export function childrenOf(store: TraceStore, row: number): Int32Array {
  const { offsets, child } = families.of(store, '', () => byParent(store));
  return child.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0);
}

function link(store: TraceStore, edge: number, row: number): Link {
  const bytes = edgeBytes(store, edge);
  return { row, kind: DEPENDENCY_KINDS[store.edges.kind[edge]!]!, bytes: Number.isNaN(bytes) ? null : bytes };
}

interface Turned {
  /** By row: where its outputs begin; one more at the end. */
  offsets: Uint32Array;
  edge: Uint32Array;
  taker: Int32Array;
}

const turned = new KeptByVersion<Turned>(1);

function turnAround(store: TraceStore): Turned {
  const { edges, tasks } = store;
  const offsets = new Uint32Array(tasks.size + 1);
  eachEdge(store, (edge) => offsets[edges.task[edge]! + 1]!++);
  for (let row = 0; row < tasks.size; row++) offsets[row + 1]! += offsets[row]!;
  const at = offsets.slice();
  const total = offsets[tasks.size]!;
  const result = { offsets, edge: new Uint32Array(total), taker: new Int32Array(total) };
  eachEdge(store, (edge, taker) => {
    const place = at[edges.task[edge]!]!++;
    result.edge[place] = edge;
    result.taker[place] = taker;
  });
  return result;
}

function eachEdge(store: TraceStore, visit: (edge: number, taker: number) => void): void {
  const { edges, tasks } = store;
  for (let row = 0; row < tasks.size; row++) {
    const first = edges.first(row);
    for (let edge = first; edge < first + edges.count(row); edge++) visit(edge, row);
  }
}

interface Families {
  /** By row: where its children begin; one more at the end. */
  offsets: Uint32Array;
  child: Int32Array;
}

const families = new KeptByVersion<Families>(1);

function byParent({ tasks }: TraceStore): Families {
  const { parent, size } = tasks;
  const offsets = new Uint32Array(size + 1);
  for (let row = 0; row < size; row++) if (parent[row] !== NONE) offsets[parent[row]! + 1]!++;
  for (let row = 0; row < size; row++) offsets[row + 1]! += offsets[row]!;
  const at = offsets.slice();
  const child = new Int32Array(offsets[size]!);
  for (let row = 0; row < size; row++) if (parent[row] !== NONE) child[at[parent[row]!]!++] = row;
  return { offsets, child };
}
