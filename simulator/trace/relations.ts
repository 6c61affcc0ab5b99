/** How tasks hang together, from one pass over all tasks and edges (some 50 ms for a million of each). */
import type { DataEdge, RunGraph, TaskGroup } from '../model/runGraph';
import { edgeBytes, waitedMs } from './dataEdges';
import { FunctionStats } from './functionStats';
import { groupsOf, type Group, type Groups } from './groups';
import { Sketch } from './sketch';
import { keyId, taskCounts } from './summary';
import { NONE } from './taskTable';
import type { TraceStore } from './traceStore';

export interface Relations {
  graph: RunGraph;
  /** By `functionKey`: how long tasks waited from when their inputs were there to their start. */
  waits: Map<number, Sketch>;
}

export function relate(store: TraceStore): Relations {
  const { tasks, edges } = store;
  const groups = groupsOf(store);
  const { ofRow, all } = groups;
  const parents = new Flows();
  const data = new Flows();
  const parts = new Parts(store, groups);
  const waits = new Map<number, Sketch>();
  for (let row = 0; row < ofRow.length; row++) {
    const to = ofRow[row]!;
    if (to === NONE) continue;
    const parent = tasks.parent[row]!;
    if (parent !== NONE) parents.add(ofRow[parent] ?? NONE, to, NaN);
    const first = edges.first(row);
    for (let edge = first; edge < first + edges.count(row); edge++)
      data.add(ofRow[edges.task[edge]!] ?? NONE, to, edgeBytes(store, edge));
    parts.add(row, to);
    addWait(store, row, all[to]!.key, waits);
  }
  const named = (index: number) => all[index]!.id;
  const graph = {
    groups: all.map((group, index) => summary(store, groups, group, parts.of(index))),
    edges: parents.list(named).map(({ from, to, count }) => ({ from, to, count })),
    dataEdges: data.list(named),
  };
  return { graph, waits };
}

function summary(
  { tasks }: TraceStore,
  { all }: Groups,
  { id, key, parent }: Group,
  stats: FunctionStats | null,
): TaskGroup {
  return {
    id,
    functionId: keyId(tasks, key),
    parent: parent === NONE ? null : all[parent]!.id,
    part: stats && {
      counts: taskCounts(stats.counts),
      p50Ms: stats.durations.percentile(0.5),
      p95Ms: stats.durations.percentile(0.95),
      spark: stats.durations.spark(),
    },
  };
}

/** Counts and durations of groups that have not all tasks of their function; those of functions are kept by the store. */
class Parts {
  private readonly byGroup = new Map<number, FunctionStats>();

  constructor(
    private readonly store: TraceStore,
    private readonly groups: Groups,
  ) {}

  add(row: number, group: number): void {
    if (!this.groups.split.has(this.groups.all[group]!.key)) return;
    let stats = this.byGroup.get(group);
    if (!stats) this.byGroup.set(group, (stats = new FunctionStats(row)));
    const { state, startMs, endMs } = this.store.tasks;
    stats.counts[state[row]!]!++;
    const tookMs = endMs[row]! - startMs[row]!;
    if (!Number.isNaN(tookMs)) stats.durations.add(Math.max(0, tookMs));
  }

  of(group: number): FunctionStats | null {
    return this.byGroup.get(group) ?? null;
  }
}

function addWait(store: TraceStore, row: number, key: number, waits: Map<number, Sketch>): void {
  const ms = waitedMs(store, row);
  if (Number.isNaN(ms)) return;
  let sketch = waits.get(key);
  if (!sketch) waits.set(key, (sketch = new Sketch()));
  sketch.add(ms);
}

/** Counts and bytes by pairs of groups. */
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

  list(named: (group: number) => string): DataEdge[] {
    return [...this.byPair].map(([pair, { count, bytes }]) => ({
      from: named(Math.floor(pair / 2 ** 26)),
      to: named(pair % 2 ** 26),
      count,
      bytes: Number.isNaN(bytes) ? null : bytes,
    }));
  }
}
