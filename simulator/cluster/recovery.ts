/** What an engine does first: finds the clusters of earlier ones, and removes what one of them left half-made. */
import path from 'node:path';
import { sleep, type Log } from '../base/context';
import { modifiedMs, namesIn } from '../base/files';
import { toFailure, type Failure } from '../model/failure';
import type { ClusterBackend, ClusterFiles } from './backend';
import { clusterFiles, listClusterIds, loadPlan, wasStarted } from './clusterFiles';
import { newEntry, type Entry } from './entry';

interface Recovery {
  /** `Paths.clusters`. */
  dir: string;
  backends: ClusterBackend[];
  log: Log;
}

/** `connect` takes a cluster over, or throws when it is not up. Returns what became of those that were not. */
export async function recoverClusters(
  recovery: Recovery,
  connect: (entry: Entry) => Promise<void>,
): Promise<Map<string, Failure>> {
  const { dir, backends, log } = recovery;
  const kept = new Set<string>();
  const lost = new Map<string, Failure>();
  const recoverEach = async (id: string) => {
    const failure = await recoverOne(recovery, id, connect);
    if (failure) lost.set(id, failure);
    else kept.add(id);
  };
  await Promise.all(listClusterIds(dir).map(recoverEach));
  for (const backend of backends) {
    const swept = (await backend.sweep?.().catch(() => [])) ?? [];
    if (swept.length > 0)
      log.warn(`Removed what was left of clusters without a directory: ${swept.join(', ')}`);
    const found = await backend.found().catch(() => []);
    for (const id of found.filter((one) => !kept.has(one))) {
      log.warn(`Removing what is left of cluster ${id}.`);
      await removeQuietly(backend, id, log);
    }
  }
  return lost;
}

const ENDED_ALONE = 'It ended while no engine of Heliostat was there to see it.';

/** When a cluster last wrote anything: what tasks recorded, and Ray's own logs. The mark of its engine says nothing. */
function lastChangeMs({ dir, spool, ray }: ClusterFiles): number | null {
  const folders = [spool, path.join(dir, 'events'), path.join(ray, 'session_latest', 'logs')];
  const files = folders.flatMap((folder) => namesIn(folder).map((name) => path.join(folder, name)));
  const times = files.map(modifiedMs).filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}

/** Null where the cluster stays: it is up, or a newer Heliostat knows what it is. Else it is removed. */
async function recoverOne(
  { dir, backends, log }: Recovery,
  id: string,
  connect: (entry: Entry) => Promise<void>,
): Promise<Failure | null> {
  const files = clusterFiles(dir, id);
  const onDisk = loadPlan(files);
  if (onDisk.kind === 'newer') return null;
  const plan = onDisk.kind === 'plan' ? onDisk.plan : null;
  const backend = backends.find((one) => one.kind === plan?.spec.backend);
  if (plan && backend && wasStarted(files)) {
    const entry = newEntry(plan, files, backend, { kind: 'starting', step: 'Finding the cluster again' });
    if (await connects(entry, connect, log)) return null;
  }
  const seenMs = lastChangeMs(files);
  for (const one of backend ? [backend] : backends) await removeQuietly(one, id, log);
  return { code: 'cluster-lost', id, detail: ENDED_ALONE, ...(seenMs === null ? {} : { seenMs }) };
}

/** A Docker that does not answer now must not keep the engine from starting. */
async function removeQuietly(backend: ClusterBackend, id: string, log: Log): Promise<void> {
  await backend.remove({ log, step: () => {} }, id).catch((thrown: unknown) => {
    log.error(`Removing cluster ${id}: ${JSON.stringify(toFailure(thrown))}`);
  });
}

/** A head that is there but too busy to answer gets time: the runs on it are somebody's work. */
async function connects(entry: Entry, connect: (entry: Entry) => Promise<void>, log: Log): Promise<boolean> {
  const { plan, files, backend } = entry;
  for (const endMs = performance.now() + BUSY_HEAD_MS; ; await sleep(500)) {
    try {
      await connect(entry);
      return true;
    } catch (thrown) {
      log.info(`Cluster ${plan.id} does not answer: ${JSON.stringify(toFailure(thrown))}`);
    }
    const nodes = await backend.nodes(plan, files).catch(() => []);
    if (!nodes[0]?.alive || performance.now() > endMs) return false;
  }
}

const BUSY_HEAD_MS = 30_000;
