/** What a run's trace shows of readers that waited for Ray Data, as advice: it needs no replay, so it stands where that is refused. */
import type { Advice } from '../model/scaling';
import { hungryReaders } from '../trace/findingsIngest';
import type { TraceStore } from '../trace/traceStore';
import { NONE } from '../trace/taskTable';

/** The share of the run's time is the most that data which is always there would give. */
export function ingestSeen(store: TraceStore, driver: number): Advice[] {
  const { tasks } = store;
  const runMs = driver === NONE ? NaN : tasks.endMs[driver]! - tasks.startMs[driver]!;
  if (!(runMs > 0)) return [];
  return hungryReaders(store).map(({ words, site, evidence }) => ({
    text: words,
    where: site && `${site.file.slice(site.file.lastIndexOf('/') + 1)}:${site.line}`,
    gainPct: Math.min(100, (evidence['waitedMs']! / runMs) * 100),
    nodes: store.nodes.size,
  }));
}
