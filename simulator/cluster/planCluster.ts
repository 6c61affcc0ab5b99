/** From a request to the plan of a new cluster on this machine. */
import { makePrivateDir } from '../base/paths';
import type { ClusterPlan } from './backend';
import { newClusterId } from './clusterFiles';
import type { StartRequest } from './entry';
import { readMachine } from './machine';
import { planNodes } from './nodePlan';

/** `dir` is where clusters live. Fails as `nodes-impossible`. */
export function planCluster(dir: string, request: StartRequest): ClusterPlan {
  const machine = readMachine();
  // Each container has a /dev/shm of its own.
  const shmBytes = request.spec.backend === 'docker' ? Infinity : machine.shmBytes;
  const nodes = planNodes(request.spec.groups, { ...machine, shmBytes });
  makePrivateDir(dir);
  return { id: newClusterId(dir), nodes, createdMs: Date.now(), ...request };
}
