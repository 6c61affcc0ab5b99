/** Two runs side by side, function by function: what got slower, and in which part of a task's life. */
import type { ComparedFunction, FunctionPhases, RunComparison } from '../model/comparison';
import type { RunInfo } from '../model/run';
import { waitedMs } from './dataEdges';
import { functionKey } from './functionStats';
import { Sketch } from './sketch';
import { keyId, shortName } from './summary';
import { NONE } from './taskTable';
import type { TraceStore } from './traceStore';

export interface ComparedRun {
  info: RunInfo;
  store: TraceStore;
}

/** Functions by name, those whose total time differs most first; one that a run did not have is null there. */
export function compareRuns(a: ComparedRun, b: ComparedRun): RunComparison {
  const [before, after] = [phases(a.store), phases(b.store)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const functions = names.map((name): ComparedFunction => {
    const [one, other] = [before.get(name) ?? null, after.get(name) ?? null];
    return { function: name, name: shortName(name), a: one, b: other, why: why(one, other) };
  });
  const differenceMs = ({ a: one, b: other }: ComparedFunction) =>
    Math.abs((other?.totalMs ?? 0) - (one?.totalMs ?? 0));
  return {
    a: side(a),
    b: side(b),
    functions: functions.sort((x, y) => differenceMs(y) - differenceMs(x)),
    cluster: clusterChanges(a, b),
  };
}

function side({ info, store }: ComparedRun): RunComparison['a'] {
  const wallMs = info.startMs !== null && info.endMs !== null ? info.endMs - info.startMs : null;
  return {
    run: info.id,
    wallMs,
    counts: store.counts(),
    lost: store.lostCount(),
  };
}

/** By function id; drivers are told by their run's wall time. */
function phases(store: TraceStore): Map<string, FunctionPhases> {
  const { tasks } = store;
  const parts = new Map<number, { run: Sketch; queue: Sketch; fetch: Sketch }>();
  for (let row = 0; row < tasks.size; row++) {
    const key = functionKey(tasks, row);
    if (key === NONE || tasks.isDriver(row)) continue;
    let part = parts.get(key);
    if (!part) parts.set(key, (part = { run: new Sketch(), queue: new Sketch(), fetch: new Sketch() }));
    const fetchMs = tasks.fetchMs[row]!;
    addKnown(part.run, tasks.endMs[row]! - tasks.startMs[row]!);
    addKnown(part.fetch, fetchMs);
    addKnown(part.queue, waitedMs(store, row) - (Number.isNaN(fetchMs) ? 0 : fetchMs));
  }
  return new Map(
    store.stats.all().flatMap((stats) => {
      const key = functionKey(tasks, stats.row);
      const part = parts.get(key);
      if (!part) return [];
      const count = stats.counts.reduce((sum, one) => sum + one, 0);
      const measured: FunctionPhases = {
        count,
        failed: stats.counts[3]!,
        p50Ms: part.run.percentile(0.5),
        p95Ms: part.run.percentile(0.95),
        totalMs: part.run.sum,
        queueP50Ms: part.queue.percentile(0.5),
        fetchP50Ms: part.fetch.percentile(0.5),
      };
      return [[keyId(tasks, key), measured] as const];
    }),
  );
}

function addKnown(sketch: Sketch, ms: number): void {
  if (!Number.isNaN(ms)) sketch.add(Math.max(0, ms));
}

/** The part that changed most, where anything changed by more than a tenth and a millisecond. */
function why(a: FunctionPhases | null, b: FunctionPhases | null): ComparedFunction['why'] {
  if (!a || !b) return null;
  const parts = (['queueP50Ms', 'fetchP50Ms', 'p50Ms'] as const).map((name) => ({
    part:
      name === 'p50Ms' ? ('run' as const) : name === 'queueP50Ms' ? ('queue' as const) : ('fetch' as const),
    beforeMs: a[name] ?? 0,
    changeMs: (b[name] ?? 0) - (a[name] ?? 0),
  }));
  const largest = parts.reduce((most, part) =>
    Math.abs(part.changeMs) > Math.abs(most.changeMs) ? part : most,
  );
  const isClear = Math.abs(largest.changeMs) > 1 && Math.abs(largest.changeMs) > largest.beforeMs / 10;
  return isClear ? { part: largest.part, changeMs: largest.changeMs } : null;
}

/** What differs between the clusters, as `what: then → now`. */
function clusterChanges(a: ComparedRun, b: ComparedRun): RunComparison['cluster'] {
  const facts = ({ info, store }: ComparedRun): Record<string, string> => {
    const nodes = [...store.nodes.values()];
    const sum = (read: (node: (typeof nodes)[number]) => number) =>
      String(nodes.reduce((all, node) => all + read(node), 0));
    return {
      cluster: info.clusterName ?? 'none',
      backend: info.backend ?? 'none',
      nodes: String(nodes.length),
      CPUs: sum((node) => node.cpus),
      GPUs: sum((node) => node.gpus),
      'memory MiB': String(Math.round(nodes.reduce((all, node) => all + node.memoryBytes, 0) / 1048576)),
      arguments: info.args.join(' '),
    };
  };
  const [before, after] = [facts(a), facts(b)];
  return Object.keys(before)
    .filter((what) => before[what] !== after[what])
    .map((what) => ({ what, a: before[what]!, b: after[what]! }));
}
