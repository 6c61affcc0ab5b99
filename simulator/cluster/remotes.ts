/** Clusters that we did not start: probed, remembered while the engine lives, never changed. */
import { createHash } from 'node:crypto';
import type { ClusterInfo, ClusterState, NodeInfo } from '../model/cluster';
import { fail, toFailure } from '../model/failure';
import type { Endpoint } from '../ray/endpoint';
import { rayRequest } from '../ray/http';
import { readNodes, readRayVersion, type RayNode } from '../ray/nodes';
import { compareVersions, OLDEST_RAY } from '../base/pythonVersion';

export interface Remote {
  id: string;
  name: string;
  endpoint: Endpoint;
  rayVersion: string;
  state: ClusterState;
  nodes: NodeInfo[];
  holds: Set<string>;
  createdMs: number;
}

export class Remotes {
  private readonly known = new Map<string, Remote>();

  /** Probes the address and has the run hold it; a new token replaces the old one. Fails as `probeRemote` does. */
  async adopt(address: string, token: string | null, runId: string): Promise<Remote> {
    const probed = await probeRemote(address, token);
    const remote = this.known.get(probed.id) ?? probed;
    Object.assign(remote, { endpoint: probed.endpoint, rayVersion: probed.rayVersion });
    remote.holds.add(runId);
    this.known.set(remote.id, remote);
    return remote;
  }

  /** A run is over. Whether it held one. */
  letGo(runId: string): boolean {
    return [...this.known.values()].map(({ holds }) => holds.delete(runId)).includes(true);
  }

  get(id: string): Remote | undefined {
    return this.known.get(id);
  }

  list(): ClusterInfo[] {
    return [...this.known.values()].map(remoteInfo);
  }

  /** Whether there was one. The cluster itself is not ours to end. */
  forget(id: string): boolean {
    return this.known.delete(id);
  }

  /** Those that are used or looked at. */
  due(isWatched: boolean): Remote[] {
    return [...this.known.values()].filter((remote) => isWatched || remote.holds.size > 0);
  }
}

/** Fails as `ray-unreachable`, `ray-unauthorised` or `ray-too-old`. The token stays in memory. */
async function probeRemote(address: string, token: string | null): Promise<Remote> {
  const endpoint = { address: normalise(address), token };
  const rayVersion = await readRayVersion(endpoint);
  if (rayVersion === null) {
    return fail({
      code: 'ray-unreachable',
      address: endpoint.address,
      detail: 'What answers there is not Ray.',
    });
  }
  if (compareVersions(rayVersion, OLDEST_RAY) < 0) {
    fail({ code: 'ray-too-old', version: rayVersion, oldest: OLDEST_RAY, where: endpoint.address });
  }
  // The version needs no token on some Rays; the list of jobs always does.
  await rayRequest(endpoint, '/api/jobs/', { timeoutMs: 15_000 });
  const host = new URL(endpoint.address).host;
  return {
    id: `remote-${createHash('sha256').update(endpoint.address).digest('hex').slice(0, 6)}`,
    name: host,
    endpoint,
    rayVersion,
    state: { kind: 'ready' },
    nodes: [],
    holds: new Set(),
    createdMs: Date.now(),
  };
}

/** Reads its nodes, or why they cannot be read. */
export async function readRemote(remote: Remote): Promise<void> {
  try {
    remote.nodes = (await readNodes(remote.endpoint)).map(nodeInfo);
    remote.state = { kind: 'ready' };
  } catch (thrown) {
    const failure = toFailure(thrown);
    remote.state = {
      kind: 'unreachable',
      reason: 'detail' in failure ? failure.detail : failure.code,
    };
  }
}

function remoteInfo(remote: Remote): ClusterInfo {
  return {
    id: remote.id,
    name: remote.name,
    backend: 'remote',
    state: remote.state,
    spec: null,
    createdMs: remote.createdMs,
    dashboardUrl: remote.endpoint.address,
    rayVersion: remote.rayVersion,
    pythonVersion: null,
    nodes: remote.nodes,
    faults: [],
    activeRuns: [...remote.holds],
    idleStopAtMs: null,
  };
}

function nodeInfo(node: RayNode, index: number): NodeInfo {
  const { CPU, GPU, memory, object_store_memory: store, ...resources } = node.resources;
  return {
    index,
    name: node.isHead ? 'head' : (node.address ?? `node ${index}`),
    isHead: node.isHead,
    group: null,
    state: node.alive ? 'alive' : 'dead',
    condition: node.alive && node.draining ? 'draining' : null,
    rayNodeId: node.rayNodeId,
    address: node.address,
    cpus: CPU ?? 0,
    gpus: GPU ?? 0,
    gpusSimulated: false,
    memoryBytes: (memory ?? 0) + (store ?? 0),
    resources: Object.fromEntries(Object.entries(resources).filter(([name]) => !name.startsWith('node:'))),
    labels: node.labels,
    sample: node.sample,
  };
}

function normalise(address: string): string {
  let url: URL;
  try {
    url = new URL(/^[a-z]+:\/\//i.test(address) ? address : `http://${address}`);
  } catch {
    return fail({ code: 'bad-request', detail: `${address} is not an address like http://host:8265.` });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    fail({ code: 'bad-request', detail: `${address}: Ray's dashboard is reached by http or https.` });
  }
  return url.origin;
}
