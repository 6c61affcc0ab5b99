/** What a run's trace keeps of a node of its cluster. */
import type { NodeInfo } from '../model/cluster';
import { customResources } from '../model/resources';
import type { NodeFacts } from '../model/trace';

export function nodeFacts(node: NodeInfo): NodeFacts {
  const { name, state, rayNodeId, cpus, gpus, gpusSimulated, memoryBytes, resources } = node;
  return {
    ...{ name, state: state === 'dead' ? 'dead' : 'alive', rayNodeId },
    ...{ cpus, gpus, gpusSimulated, memoryBytes },
    resources: customResources(resources),
  };
}
