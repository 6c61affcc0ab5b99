/** Clusters, as the user wants them and as they are. */
import type { Failure } from './failure';
import type { FaultKind, NodeCondition } from './fault';

export type BackendKind = 'process' | 'docker' | 'remote';

/** A group of equal nodes. What is absent gets its default from `planNodes`. */
export interface NodeGroup {
  count: number;
  /** What `scale` and the tree call it; `group1`, `group2`, … where it has none. */
  name?: string;
  /** With `max`, nodes come and go with what waits for them; `count` is where it begins. */
  min?: number;
  max?: number;
  /** A node of an elastic group leaves after so long without work. */
  idleTimeoutMs?: number;
  cpus?: number;
  memoryBytes?: number;
  /** Of `memoryBytes`, what holds objects; absent lets the plan choose. */
  objectStoreBytes?: number;
  /** A container's /dev/shm; at least the object store. */
  shmBytes?: number;
  gpus?: number;
  /** Ray's custom resources. */
  resources?: Record<string, number>;
  /** Ray's node labels. */
  labels?: Record<string, string>;
}

/** A raylet with its agents and one worker process does not get by with less memory. */
export const LEAST_NODE_BYTES = 256 * 2 ** 20;

/** `index` is the group's among all, from 0. */
export function groupName({ name }: Pick<NodeGroup, 'name'>, index: number): string {
  return name ?? `group${index + 1}`;
}

/** Of all groups, in order; none where the cluster is not ours. */
export function groupNames(spec: ClusterSpec | null): string[] {
  return (spec?.groups ?? []).map(groupName);
}

/** What a user wants; two specs that are equal as JSON can share one cluster. */
export interface ClusterSpec {
  backend: 'process' | 'docker';
  groups: NodeGroup[];
  /** Absolute path of the interpreter that every node of the process backend runs. */
  python?: string;
  /** Image of every node of the Docker backend. */
  image?: string;
  /** What `image` is built from where it is not here; an absolute path. */
  dockerfile?: string;
  /** What the image must run; absent where nothing is known of the script's environment. */
  expected?: ExpectedVersions;
  /** Folders of this machine that containers see at the same path. */
  mounts: string[];
  /** Whether the probe records tasks. */
  recording: boolean;
  /** How slow the network between containers is. */
  network?: NetworkShape;
}

/** What the script's own environment runs. */
export interface ExpectedVersions {
  ray: string;
  python: string;
  /** Its interpreter. */
  where: string;
}

/** What leaves each node is held to this. */
export interface NetworkShape {
  bytesPerSecond?: number;
  latencyUs?: number;
}

export type ClusterState =
  | { kind: 'starting'; step: string }
  | { kind: 'ready' }
  | { kind: 'degraded'; reason: string }
  | { kind: 'unreachable'; reason: string }
  | { kind: 'stopping' }
  | { kind: 'failed'; failure: Failure };

export interface ClusterInfo {
  id: string;
  /** Short and human: the script's name, or what `up --name` said. */
  name: string;
  backend: BackendKind;
  state: ClusterState;
  /** What it was started from; null for a remote cluster. */
  spec: ClusterSpec | null;
  createdMs: number;
  /** Ray's own dashboard on loopback or the remote address; null while starting. */
  dashboardUrl: string | null;
  rayVersion: string | null;
  pythonVersion: string | null;
  nodes: NodeInfo[];
  /** Ids of the runs that are alive on it. */
  activeRuns: string[];
  /** What can be done to its nodes on purpose. */
  faults: readonly FaultKind[];
  /** When an unused cluster will be stopped by itself; null for never or not idle. */
  idleStopAtMs: number | null;
}

export type NodeState = 'starting' | 'alive' | 'dead';

export interface NodeInfo {
  /** From 0; node 0 is the head. Stable for the cluster's life. */
  index: number;
  /** `head`, `node 1`, … */
  name: string;
  isHead: boolean;
  /** Of the annotation's groups; null on a cluster that is not ours. */
  group: string | null;
  state: NodeState;
  /** What it is going through while it is alive; null when nothing. */
  condition: NodeCondition | null;
  /** Ray's node id in hex; null until Ray knows it. */
  rayNodeId: string | null;
  /** Ray's address of the node. */
  address: string | null;
  cpus: number;
  gpus: number;
  /** Whether Ray only believes in these GPUs. */
  gpusSimulated: boolean;
  memoryBytes: number;
  resources: Record<string, number>;
  labels: Record<string, string>;
  sample: NodeSample | null;
}

/** One reading of a node. `null` is "not known here", never zero. */
export interface NodeSample {
  timeMs: number;
  /** Percent of the node's own CPUs in use, 0–100. */
  cpuPct: number | null;
  memoryUsedBytes: number | null;
  memoryTotalBytes: number | null;
  /** Mean utilisation over the node's real GPUs, 0–100. */
  gpuPct: number | null;
  gpuMemoryUsedBytes: number | null;
  objectStoreUsedBytes: number | null;
  objectStoreTotalBytes: number | null;
  /** Logical CPUs and GPUs that Ray has handed out. */
  cpusClaimed: number | null;
  gpusClaimed: number | null;
}

/** A sample of which only some is known is made from this. */
export const NOTHING_MEASURED: Omit<NodeSample, 'timeMs'> = {
  cpuPct: null,
  memoryUsedBytes: null,
  memoryTotalBytes: null,
  gpuPct: null,
  gpuMemoryUsedBytes: null,
  objectStoreUsedBytes: null,
  objectStoreTotalBytes: null,
  cpusClaimed: null,
  gpusClaimed: null,
};

/** Whether a backend can work here, and if not, why and what to type. */
export interface BackendInfo {
  kind: BackendKind;
  available: boolean;
  reason: string | null;
  facts: Record<string, string>;
}
