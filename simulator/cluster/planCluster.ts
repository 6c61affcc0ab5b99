/** From a request to the plan of a new cluster on this machine. */
import { makePrivateDir } from '../base/paths';
import type { ClusterSpec } from '../model/cluster';
import { fail } from '../model/failure';
import type { ClusterBackend, ClusterPlan } from './backend';
import { newClusterId } from './clusterFiles';
import type { StartRequest } from './entry';
import { planGroups } from './groupPlan';
import { readMachine } from './machine';
import type { MachineFacts } from './nodePlan';

/** `dir` is where clusters live. Fails as `nodes-impossible`. */
export function planCluster(dir: string, request: StartRequest): ClusterPlan {
  const { nodes } = planGroups(request.spec.groups, machineFor(request.spec));
  makePrivateDir(dir);
  return { id: newClusterId(dir), nodes, createdMs: Date.now(), ...request };
}

/** What nodes of that kind share; each container has a /dev/shm of its own. */
export function machineFor(spec: ClusterSpec): MachineFacts {
  const machine = readMachine();
  return spec.backend === 'docker' ? { ...machine, shmBytes: Infinity } : machine;
}

export function backendFor(backends: ClusterBackend[], { backend: kind }: ClusterSpec): ClusterBackend {
  return (
    backends.find((one) => one.kind === kind) ??
    fail({ code: 'backend-unavailable', backend: kind, reason: 'It is not built in.' })
  );
}
