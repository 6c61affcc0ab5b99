/** Containers and networks whose owner's directory is gone: nobody else would ever remove them. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type Docker from 'dockerode';
import { readText } from '../base/files';
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
  const orphans = new Map<string, string>();
  for (const { [OWNER_LABEL]: owner = '', [CLUSTER_LABEL]: id = '' } of labels) {
    const isOrphan = isClusterId(id) && path.isAbsolute(owner) && !existsSync(path.join(owner, id));
    if (isOrphan && !kept.has(id)) orphans.set(id, owner);
  }
  for (const [id, owner] of orphans) await removeLabelled(docker, owner, id);
  return [...orphans.keys()];
}
