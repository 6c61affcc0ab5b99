/** What an engine does first: finds the clusters of earlier ones, and removes what one of them left half-made. */
import type { Log } from '../base/context';
import { toFailure } from '../model/failure';
import type { ClusterBackend } from './backend';
import { clusterFiles, listClusterIds, loadPlan } from './clusterFiles';
import { newEntry, type Entry } from './entry';

interface Recovery {
  /** `Paths.clusters`. */
  dir: string;
  backends: ClusterBackend[];
  log: Log;
}

/** `connect` takes a cluster over, or throws when it is not up. */
export async function recoverClusters(
  recovery: Recovery,
  connect: (entry: Entry) => Promise<void>,
): Promise<void> {
  const { dir, backends, log } = recovery;
  const kept = new Set<string>();
  for (const id of listClusterIds(dir)) if (await recoverOne(recovery, id, connect)) kept.add(id);
  for (const backend of backends) {
    const found = await backend.found().catch(() => []);
    for (const id of found.filter((one) => !kept.has(one))) {
      log.warn(`Removing what is left of cluster ${id}.`);
      await backend.remove({ log, step: () => {} }, id);
    }
  }
}

/** Whether the cluster stays: it is up, or a newer Heliostat knows what it is. */
async function recoverOne(
  { dir, backends, log }: Recovery,
  id: string,
  connect: (entry: Entry) => Promise<void>,
): Promise<boolean> {
  const files = clusterFiles(dir, id);
  const onDisk = loadPlan(files);
  if (onDisk.kind === 'newer') return true;
  const plan = onDisk.kind === 'plan' ? onDisk.plan : null;
  const backend = backends.find((one) => one.kind === plan?.spec.backend);
  if (plan && backend) {
    try {
      await connect(newEntry(plan, files, backend, { kind: 'starting', step: 'Finding the cluster again' }));
      return true;
    } catch (thrown) {
      log.info(`Cluster ${id} is not up: ${JSON.stringify(toFailure(thrown))}`);
    }
  }
  for (const one of backend ? [backend] : backends) await one.remove({ log, step: () => {} }, id);
  return false;
}
