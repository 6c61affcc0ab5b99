/** How functions hang together, from one pass over all tasks and edges (some 50 ms for a million of each). */
import type { DataEdge, FunctionEdge } from '../model/trace';
import { edgeBytes, waitedMs } from './dataEdges';
import { functionKey } from './functionStats';
import { Sketch } from './sketch';
import { keyId } from './summary';
import { NONE } from './taskTable';
import type { TraceStore } from './traceStore';

export interface Relations {
  /** Who submitted how many of what. */
  edges: FunctionEdge[];
  dataEdges: DataEdge[];
  /** By `functionKey`: how long tasks waited from when their inputs were there to their start. */
  waits: Map<number, Sketch>;
}

export function relate(store: TraceStore): Relations {
  const { tasks, edges } = store;
  const parents = new Flows();
  const data = new Flows();
  const waits = new Map<number, Sketch>();
  for (let row = 0; row < tasks.size; row++) {
    const to = functionKey(tasks, row);
    if (to === NONE) continue;
    const parent = tasks.parent[row]!;
    if (parent !== NONE) parents.add(functionKey(tasks, parent), to, NaN);
    const first = edges.first(row);
    for (let edge = first; edge < first + edges.count(row); edge++)
      data.add(functionKey(tasks, edges.task[edge]!), to, edgeBytes(store, edge));
    addWait(store, row, to, waits);
  }
  const named = (key: number) => keyId(tasks, key);
  return {
    edges: parents.list(named).map(({ from, to, count }) => ({ from, to, count })),
    dataEdges: data.list(named),
    waits,
  };
}

function addWait(store: TraceStore, row: number, key: number, waits: Map<number, Sketch>): void {
  const ms = waitedMs(store, row);
  if (Number.isNaN(ms)) return;
  let sketch = waits.get(key);
  if (!sketch) waits.set(key, (sketch = new Sketch()));
  sketch.add(ms);
}

/** Counts and bytes by pairs of functions. */
class Flows {
  private readonly byPair = new Map<number, { count: number; bytes: number }>();
  private last = NaN;
  private flow = { count: 0, bytes: NaN };

  add(from: number, to: number, bytes: number): void {
    if (from === NONE) return;
    const pair = from * 2 ** 26 + to;
    // Runs of one pair are the rule.
    if (pair !== this.last) {
      this.last = pair;
      const known = this.byPair.get(pair);
      if (known) this.flow = known;
      else this.byPair.set(pair, (this.flow = { count: 0, bytes: NaN }));
    }
    this.flow.count++;
    if (!Number.isNaN(bytes)) this.flow.bytes = (Number.isNaN(this.flow.bytes) ? 0 : this.flow.bytes) + bytes;
  }

  list(named: (key: number) => string): DataEdge[] {
    return [...this.byPair].map(([pair, { count, bytes }]) => ({
      from: named(Math.floor(pair / 2 ** 26)),
      to: named(pair % 2 ** 26),
      count,
      bytes: Number.isNaN(bytes) ? null : bytes,
    }));
  }
}
