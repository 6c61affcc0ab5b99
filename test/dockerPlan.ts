/** The plan of a cluster of containers on a machine of eight CPUs and 64 GiB, as tests make it. */
import type { ClusterPlan } from '../simulator/cluster/backend';
import { planNodes } from '../simulator/cluster/nodePlan';
import type { ClusterSpec, NodeGroup } from '../simulator/model/cluster';

export function dockerPlanOf(
  groups: NodeGroup[],
  gpuIds: string[] = [],
  spec: Partial<ClusterSpec> = {},
): ClusterPlan {
  const machine = { cpus: 8, memoryBytes: 64 * 1024 ** 3, shmBytes: Infinity, gpuIds };
  return {
    id: 'abcdef',
    name: 'x',
    spec: { backend: 'docker', groups, image: 'ray:test', mounts: [], recording: true, ...spec },
    nodes: planNodes(groups, machine),
    createdMs: 0,
    idleMinutes: 0,
    origin: null,
  };
}
