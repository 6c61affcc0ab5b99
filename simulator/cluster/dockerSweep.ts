/** Containers and networks whose owner's directory is gone: nobody else would ever remove them. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import type Docker from 'dockerode';
import { isMissing, readText } from '../base/files';
import { isClusterId } from './clusterFiles';
import { removeLabelled } from './dockerContainers';
import { CLUSTER_LABEL, HOST_LABEL, KEEP_LABEL, OWNER_LABEL } from './dockerPlan';

/** Tells this machine from others, and from dev containers that use the same engine. */
export function hostId(): string {
  const id = readText('/etc/machine-id')?.trim() ?? '';
  return createHash('sha256').update(`${hostname()}\0${id}`).digest('hex').slice(0, 12);
}

/**
 * A cluster has its directory from before its first container to after its last. One that was made on this machine and has
 * none any more is removed, whosever it was, unless it is to be kept. Returns the ids.
 */
export async function sweepOrphans(docker: Docker): Promise<string[]> {
  const filters = JSON.stringify({ label: [`${HOST_LABEL}=${hostId()}`, OWNER_LABEL, CLUSTER_LABEL] });
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  const labels = [...containers, ...networks].map((one) => one.Labels ?? {});
  const kept = new Set(labels.filter((one) => one[KEEP_LABEL]).map((one) => one[CLUSTER_LABEL]));
  const running = containers.filter(({ State }) => !ENDED.has(State));
  const up = new Set(running.map((one) => one.Labels[CLUSTER_LABEL]));
  const orphans = new Map<string, string>();
  for (const { [OWNER_LABEL]: owner = '', [CLUSTER_LABEL]: id = '' } of labels) {
    if (!isClusterId(id) || !path.isAbsolute(owner) || kept.has(id)) continue;
    if (isOrphan(owner, id, up.has(id))) orphans.set(id, owner);
  }
  for (const [id, owner] of orphans) await removeLabelled(docker, owner, id);
  return [...orphans.keys()];
}

/** A container in one of these states does not run; `stopped` is Podman's word. */
const ENDED: ReadonlySet<string> = new Set(['created', 'exited', 'stopped', 'dead']);

/**
 * Another user's folder may be closed to us, which says nothing of what is in it. Where all of the owner's folder is
 * gone, /tmp was cleared, or the owner has a /tmp of their own: what still runs is left to its owner then, and to its
 * watchdog, which ends it when no engine comes.
 */
function isOrphan(owner: string, id: string, isUp: boolean): boolean {
  return isMissing(path.join(owner, id)) && (!isUp || !isMissing(owner));
}
