/** Which faults make sense for a node as it is: for the engine that refuses and for the menus that leave out. */
import type { NodeInfo } from './cluster';
import type { FaultKind } from './fault';

/** Why a fault makes no sense for a node as it is; null when it does. */
export function obstacle(node: NodeInfo, kind: FaultKind, able: readonly FaultKind[]): string | null {
  const { state, condition } = node;
  if (!able.includes(kind)) {
    const lack = kind === 'oom' ? 'memory limit' : 'network';
    return `Nodes that are processes have no ${lack} of their own. Use the Docker backend.`;
  }
  switch (kind) {
    case 'resume':
      return condition === 'paused' ? null : 'It is not paused.';
    case 'heal':
      return condition === 'partitioned' ? null : 'It is not cut off.';
    case 'kill':
      return state === 'dead' && condition === null ? 'It is dead already.' : null;
    case 'drain':
      if (node.isHead) return 'Ray does not drain the head, which holds the state of the cluster.';
      if (condition === 'draining') return 'It is being drained already.';
      break;
    case 'pause':
    case 'partition':
    case 'oom':
      break;
  }
  if (state !== 'alive') return 'It is dead.';
  return condition === 'paused' ? 'It is paused: resume it first.' : null;
}
