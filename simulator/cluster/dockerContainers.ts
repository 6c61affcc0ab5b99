/** The containers and networks that carry a cluster's labels: listing and removing them, and nothing else. */
import type Docker from 'dockerode';
import { until } from '../base/context';
import { fail } from '../model/failure';
import { messageOf, statusOf } from './dockerEngine';
import { CLUSTER_LABEL, DASHBOARD_PORT, NODE_LABEL, OWNER_LABEL } from './dockerPlan';

export interface ClusterContainer {
  id: string;
  clusterId: string;
  /** The node's index; null for a throw-away container of the start. */
  node: number | null;
  /** Also while it is paused. */
  running: boolean;
  /** The image's id, which stays when its name goes to another. */
  image: string;
  /** `created`, `running`, `paused`, `exited`, … */
  state: string;
  /** In the cluster's network. */
  address: string | null;
  /** The way out of that network. */
  gateway: string | null;
  /** Where the dashboard is published on this machine's loopback; null for other nodes than the head. */
  dashboardPort: number | null;
}

const REMOVE_DEADLINE_MS = 30_000;

/** All containers of one owner, or those of one of its clusters, in any state. */
export async function listContainers(
  docker: Docker,
  owner: string,
  id?: string,
): Promise<ClusterContainer[]> {
  const found = await docker.listContainers({
    all: true,
    filters: JSON.stringify({ label: labels(owner, id) }),
  });
  return found.map((container) => {
    const node = container.Labels[NODE_LABEL];
    const networks = Object.values(container.NetworkSettings?.Networks ?? {});
    const published = container.Ports.find((port) => port.PrivatePort === DASHBOARD_PORT && port.PublicPort);
    return {
      id: container.Id,
      clusterId: container.Labels[CLUSTER_LABEL] ?? '',
      node: node === undefined ? null : Number(node),
      image: container.ImageID,
      running: container.State === 'running' || container.State === 'paused',
      state: container.State,
      address: networks[0]?.IPAddress || null,
      gateway: networks[0]?.Gateway || null,
      dashboardPort: published?.PublicPort ?? null,
    };
  });
}

/** Ids of the owner's clusters of which a container or a network is left. */
export async function findClusterIds(docker: Docker, owner: string): Promise<string[]> {
  const [containers, networks] = await Promise.all([
    listContainers(docker, owner),
    listNetworks(docker, owner),
  ]);
  const ids = [
    ...containers.map((container) => container.clusterId),
    ...networks.map((network) => network.clusterId),
  ];
  return [...new Set(ids)].filter((id) => id !== '').sort();
}

/**
 * Removes every container and network with exactly these labels. Returns when none is left; what somebody else is
 * removing at the moment is waited for.
 */
export async function removeLabelled(docker: Docker, owner: string, id: string): Promise<void> {
  await until(
    new AbortController().signal,
    {
      deadlineMs: REMOVE_DEADLINE_MS,
      everyMs: 100,
      onTimeout: (lastReason) =>
        fail({ code: 'internal', detail: `Cluster ${id} is not removed: ${lastReason}` }),
    },
    async () => {
      const containers = await listContainers(docker, owner, id);
      const refusals = await Promise.all(
        containers.map((container) =>
          refusal(docker.getContainer(container.id).remove({ force: true, v: true })),
        ),
      );
      const networks = await listNetworks(docker, owner, id);
      for (const network of networks) refusals.push(await refusal(docker.getNetwork(network.id).remove()));
      if (containers.length + networks.length === 0) return { value: undefined };
      return { notYet: refusals.find((reason) => reason !== null) ?? 'some are left' };
    },
  );
}

/** Null when it went or was gone; otherwise why the engine refuses for now: removal under way, endpoints still active. */
async function refusal(removal: Promise<unknown>): Promise<string | null> {
  try {
    await removal;
    return null;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return null;
    if (status === null) throw error;
    return messageOf(error);
  }
}

async function listNetworks(
  docker: Docker,
  owner: string,
  id?: string,
): Promise<{ id: string; clusterId: string }[]> {
  const found = await docker.listNetworks({ filters: JSON.stringify({ label: labels(owner, id) }) });
  return found.map((network) => ({ id: network.Id, clusterId: network.Labels?.[CLUSTER_LABEL] ?? '' }));
}

/** Docker compares `label=name=value` exactly, unlike names, which it finds by their parts. */
function labels(owner: string, id?: string): string[] {
  return [`${OWNER_LABEL}=${owner}`, id === undefined ? CLUSTER_LABEL : `${CLUSTER_LABEL}=${id}`];
}
