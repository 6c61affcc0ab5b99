/** The faults of an annotation: done to the run's cluster when they are due, counted from the script's start. */
import type { Clusters } from '../cluster/clusters';
import { failureMessage } from '../model/failureWords';
import type { ScheduledFault } from '../model/fault';
import { toFailure } from '../model/failure';

/** The start becomes known a moment after it was. */
const LATE_MS = 2000;

/**
 * Those that were due long before (an engine went on with a run) and those that come after the run's end are left out.
 * One that cannot be done leaves a mark in the run, and the others go on.
 */
export function scheduleFaults(
  clusters: Clusters,
  on: { clusterId: string; run: string },
  faults: readonly ScheduledFault[],
  startMs: number,
): void {
  const nowMs = Date.now();
  for (const fault of faults) {
    const dueInMs = startMs + fault.atMs - nowMs;
    if (dueInMs < -LATE_MS) continue;
    setTimeout(() => void inject(clusters, on, fault), Math.max(0, dueInMs)).unref();
  }
}

async function inject(
  clusters: Clusters,
  { clusterId, run }: { clusterId: string; run: string },
  fault: ScheduledFault,
): Promise<void> {
  const { node, kind, deadlineMs } = fault;
  const isOn = clusters.list().some(({ id, activeRuns }) => id === clusterId && activeRuns.includes(run));
  if (!isOn) return;
  try {
    await clusters.faults.inject(clusters.entry(clusterId), node, kind, deadlineMs);
  } catch (thrown) {
    const words = failureMessage(toFailure(thrown));
    clusters.mark(clusterId, { timeMs: Date.now(), node, kind: 'refused', words });
  }
}
