/** What the clusters are made with, and what they tell those who follow them. */
import type { NodeInfo } from '../model/cluster';
import type { ClusterMark } from '../model/fault';
import type { Log } from '../base/context';
import type { ClusterBackend, ClusterHandle } from './backend';

export interface ClustersOptions {
  /** `Paths.clusters`. */
  dir: string;
  backends: ClusterBackend[];
  /** Where the probe's Python files lie. */
  probeSource: string;
  log: Log;
}

export type ClustersEvent =
  | { kind: 'changed' }
  | { kind: 'ready'; handle: ClusterHandle }
  | { kind: 'gone'; id: string }
  | { kind: 'mark'; id: string; mark: ClusterMark }
  | { kind: 'nodes'; id: string; nodes: NodeInfo[] };
