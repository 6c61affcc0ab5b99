/** What the clusters tell those who follow them. */
import type { NodeInfo } from '../model/cluster';
import type { ClusterMark } from '../model/fault';
import type { ClusterHandle } from './backend';

export type ClustersEvent =
  | { kind: 'changed' }
  | { kind: 'ready'; handle: ClusterHandle }
  | { kind: 'gone'; id: string }
  | { kind: 'mark'; id: string; mark: ClusterMark }
  | { kind: 'nodes'; id: string; nodes: NodeInfo[] };
