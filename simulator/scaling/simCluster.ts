/** The machines that a prediction is for. */
import type { NodeType } from '../model/scaling';
import type { ResourceShape } from './taskGraph';

/** Ray takes 30 % of a node's memory for its object store, at most 200 GB. */
const STORE_FRACTION = 0.3;
const MAX_STORE_BYTES = 200e9;

export interface SimCluster {
  /** In order; the first node of the first group is the head, where the driver runs. */
  groups: { type: NodeType; count: number }[];
  network: Network;
  /** False: every worker is a process that has to start first. */
  isWarm: boolean;
  /** Time until a node that is not the head is there; 0 means all are there from the start. */
  bootMs: number;
  /** The machine that all nodes are on; absent: each node is a machine with as many cores as it has CPUs. */
  host?: Host;
  /** By node, how long each of its workers takes to start, where that was measured. */
  startsMs?: readonly (readonly number[])[];
  /** By function, how long its actors take until a worker has begun to make one; absent: as any task. */
  startMsOf?: Float64Array;
}

export interface Host {
  cores: number;
  /** Whether the cluster has had no other job yet. */
  isFirstJob?: boolean;
  /** So many times as long as usual do starts of workers take on it. */
  startFactor?: number;
}

/** Bytes per millisecond; infinite leaves the resource out. */
export interface Network {
  nicBytesPerMs: number;
  diskBytesPerMs: number;
}

export const GIGABIT_BYTES_PER_MS = 125_000;

export function nodeCount(cluster: SimCluster): number {
  return cluster.groups.reduce((sum, group) => sum + group.count, 0);
}

/** Sum over all nodes. */
export function totalOf(cluster: SimCluster, key: 'cpus' | 'gpus'): number {
  return cluster.groups.reduce((sum, { type, count }) => sum + type[key] * count, 0);
}

export function storeBytes(type: NodeType): number {
  return type.memoryBytes > 0 ? Math.min(MAX_STORE_BYTES, type.memoryBytes * STORE_FRACTION) : Infinity;
}

/** Whether an empty node of this type can hold the shape. */
export function canHold(
  type: Pick<NodeType, 'cpus' | 'gpus' | 'memoryBytes' | 'resources'>,
  shape: ResourceShape,
): boolean {
  return (
    shape.cpus <= type.cpus &&
    shape.gpus <= type.gpus &&
    (shape.memoryBytes === 0 || type.memoryBytes === 0 || shape.memoryBytes <= type.memoryBytes) &&
    Object.entries(shape.custom).every(([name, amount]) => amount <= (type.resources[name] ?? 0))
  );
}
