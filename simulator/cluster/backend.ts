/** What a place for clusters must be able to do. Backends carry a plan out; they decide nothing that `planNodes` can. */
import type { Context } from '../base/context';
import type { FaultKind, NodeCondition } from '../model/fault';
import type { BackendInfo, BackendKind, ClusterSpec, NodeSample } from '../model/cluster';
import type { Endpoint } from '../ray/endpoint';

/** One node, decided: the same for every backend. */
export interface NodePlan {
  index: number;
  name: string;
  isHead: boolean;
  /** Name of its group. */
  group: string;
  cpus: number;
  gpus: number;
  gpusSimulated: boolean;
  /** The machine's GPUs that are this node's alone; empty where they are simulated. */
  gpuIds: string[];
  /** What Ray may hand out to tasks, beside the object store. */
  memoryBytes: number;
  objectStoreBytes: number;
  /** A container's /dev/shm where more was asked for than the object store needs. */
  shmBytes?: number;
  resources: Record<string, number>;
  labels: Record<string, string>;
}

/** A cluster, decided. Written to `cluster.json` in its directory before anything starts. */
export interface ClusterPlan {
  id: string;
  name: string;
  spec: ClusterSpec;
  nodes: NodePlan[];
  createdMs: number;
  /** Indices are never given twice; absent until a node was added. */
  nextIndex?: number;
  /** Stop after so long without a run; 0 is never. */
  idleMinutes: number;
  /** Without an engine for so long it ends by itself; 0 is never. Absent: `ORPHAN_MINUTES`. */
  orphanMinutes?: number;
  /** Nothing that tidies up touches it. */
  keep?: boolean;
  /** The script whose run started it, or null for `up`; such a cluster gives way when that script wants another. */
  origin: string | null;
}

/** Files of one cluster, all under one directory; containers see `shared` at the same path. */
export interface ClusterFiles {
  dir: string;
  planFile: string;
  /** What the nodes may see: the probe, the spool, the slots and the token. */
  shared: string;
  /** The engine touches it while it lives; see `probe/heliostat_watchdog.py`. */
  alive: string;
  /** Ray's token; mode 0600. */
  tokenFile: string;
  /** The probe's Python module lies here and is on every node's PYTHONPATH. */
  probe: string;
  /** The probe appends here, one file per job and node. */
  spool: string;
  /** One directory per job submission; see `run/slots.ts`. */
  slots: string;
  /** Output of what we start: `head.log`, `node-1.log`, … */
  logs: string;
  /** Ray's own temporary directory (process backend). */
  ray: string;
}

export interface BackendNode {
  index: number;
  /** Whether what the node runs in (processes, container) is there. */
  alive: boolean;
  /** Ray's address of the node; null until known. */
  address: string | null;
  /** What the backend itself knows of it; draining is Ray's to say. */
  condition: NodeCondition | null;
  /** What the backend itself can measure (a container's CPU and memory); null leaves it to Ray's dashboard. */
  sample: Pick<NodeSample, 'cpuPct' | 'memoryUsedBytes' | 'memoryTotalBytes'> | null;
}

/** A node that something shall be done to. */
export interface FaultTarget {
  plan: ClusterPlan;
  files: ClusterFiles;
  node: NodePlan;
  /** Ray's id of the node in hex; null while Ray does not know it. */
  rayNodeId: string | null;
}

/** Why a node shall be drained: `preempted` ends it at the deadline; `idle` is refused when it is busy. */
export interface Drain {
  reason: 'preempted' | 'idle';
  deadlineMs: number | null;
}

export interface ClusterBackend {
  readonly kind: BackendKind;
  /** What it can do to a node beside draining it. */
  readonly faults: readonly FaultKind[];
  /** Whether it can work here, and why not. */
  info(): Promise<BackendInfo>;
  /**
   * Carries the plan out and returns once every node is known to Ray. When it throws (or is cancelled) everything
   * that it began has settled, and `remove` removes all of it.
   */
  start(ctx: Context, plan: ClusterPlan, files: ClusterFiles): Promise<void>;
  /** The Python that jobs run with, as the nodes see it. */
  pythonCommand(plan: ClusterPlan): string;
  /** Null while there is no dashboard yet. */
  endpoint(plan: ClusterPlan, files: ClusterFiles): Promise<Endpoint | null>;
  /** With `isHurried` the samples may be old or missing; without, they may take a second. */
  nodes(plan: ClusterPlan, files: ClusterFiles, isHurried?: boolean): Promise<BackendNode[]>;
  /** Follows a file in Ray's log directory of the head from a byte on (it may not be there yet), until the signal. */
  tailHeadLog(
    files: ClusterFiles,
    plan: ClusterPlan,
    name: string,
    fromByte: number,
    signal: AbortSignal,
  ): AsyncIterable<Buffer>;
  /** Starts one more node, which `plan.nodes` holds already, and returns once its processes run. As `start` when it throws. */
  addNode(ctx: Context, plan: ClusterPlan, files: ClusterFiles, node: NodePlan): Promise<void>;
  /** Ends one node and all of it. Idempotent. */
  removeNode(plan: ClusterPlan, node: NodePlan): Promise<void>;
  /** Does it and returns when it is done. `drain` is not among them. */
  fault(target: FaultTarget, kind: Exclude<FaultKind, 'drain'>): Promise<void>;
  /** Tells Ray that the node will go; nothing new is placed there. Null, or Ray's words when it refuses. */
  drain(target: FaultTarget, drain: Drain): Promise<string | null>;
  /** Ends all that carries this cluster's id. Idempotent; works after a half start and after our own death. */
  remove(ctx: Omit<Context, 'signal'>, id: string): Promise<void>;
  /** Removes what clusters of others have left on this machine whose directories are gone. Returns their ids. */
  sweep?(): Promise<string[]>;
  /** Ids of clusters of ours that still have something running, with or without a directory. */
  found(): Promise<string[]>;
}

/** A cluster of ours that is up, as a run needs it. */
export interface ClusterHandle {
  plan: ClusterPlan;
  files: ClusterFiles;
  backend: ClusterBackend;
  endpoint: Endpoint;
}
