/** One local cluster in the engine's memory: what was planned, how it is, who uses it. */
import { isDeepStrictEqual } from 'node:util';
import { isInside } from '../base/paths';
import type { ClusterInfo, ClusterSpec, ClusterState, NodeInfo } from '../model/cluster';
import type { FaultKind } from '../model/fault';
import type { Endpoint } from '../ray/endpoint';
import type { RayNode } from '../ray/nodes';
import { fail } from '../model/failure';
import type {
  BackendNode,
  ClusterBackend,
  ClusterFiles,
  ClusterHandle,
  ClusterPlan,
  NodePlan,
} from './backend';
import { NODE_LABEL } from './nodePlan';

export interface StartRequest {
  name: string;
  spec: ClusterSpec;
  /** The script whose run wants it; null for a cluster that a person started. */
  origin: string | null;
  idleMinutes: number;
  /** As in `ClusterPlan`. */
  orphanMinutes?: number;
  keep?: boolean;
}

export interface Entry {
  plan: ClusterPlan;
  files: ClusterFiles;
  backend: ClusterBackend;
  state: ClusterState;
  nodes: NodeInfo[];
  /** As Ray saw them the last time that it answered. */
  rayNodes: RayNode[];
  endpoint: Endpoint | null;
  rayVersion: string | null;
  pythonVersion: string | null;
  /** Ids of runs that use it or wait for it. */
  holds: Set<string>;
  /** Since when nobody uses it. */
  idleSinceMs: number;
  /** Cancels the start. */
  abort: AbortController;
  /** Settles when the start has ended, well or not; never rejects. */
  started: Promise<void>;
  /** Since when Ray has not answered; null while it does. */
  silentSinceMs: number | null;
  /** What a start that failed printed; its files are gone. */
  keptLog: string | null;
  /** What was done on purpose to nodes, by index: it explains their end. */
  faults: Map<number, FaultKind>;
  /** Indices of nodes that are being added. */
  adding: Set<number>;
  /** Nodes that are being taken away, which is no loss. */
  leaving: Set<number>;
}

export function newEntry(
  plan: ClusterPlan,
  files: ClusterFiles,
  backend: ClusterBackend,
  state: ClusterState = { kind: 'starting', step: 'Preparing the cluster' },
): Entry {
  return {
    plan,
    files,
    backend,
    state,
    nodes: plan.nodes.map(newNode),
    rayNodes: [],
    endpoint: null,
    rayVersion: null,
    pythonVersion: null,
    holds: new Set(),
    idleSinceMs: Date.now(),
    abort: new AbortController(),
    started: Promise.resolve(),
    silentSinceMs: null,
    keptLog: null,
    faults: new Map(),
    adding: new Set(),
    leaving: new Set(),
  };
}

/** A planned node that nobody has seen yet. */
export function newNode(node: NodePlan): NodeInfo {
  return {
    index: node.index,
    name: node.name,
    isHead: node.isHead,
    group: node.group,
    state: 'starting',
    condition: null,
    rayNodeId: null,
    address: null,
    cpus: node.cpus,
    gpus: node.gpus,
    gpusSimulated: node.gpusSimulated,
    memoryBytes: node.memoryBytes + node.objectStoreBytes,
    resources: node.resources,
    labels: node.labels,
    sample: null,
  };
}

export function entryInfo(entry: Entry): ClusterInfo {
  const { plan, state } = entry;
  const isUp = state.kind === 'ready' || state.kind === 'degraded';
  return {
    id: plan.id,
    name: plan.name,
    backend: plan.spec.backend,
    state,
    spec: plan.spec,
    createdMs: plan.createdMs,
    dashboardUrl: entry.endpoint?.address ?? null,
    rayVersion: entry.rayVersion,
    pythonVersion: entry.pythonVersion,
    // Of a start that failed nothing is left.
    nodes: state.kind === 'failed' ? [] : entry.nodes,
    faults: entry.backend.faults,
    activeRuns: [...entry.holds],
    idleStopAtMs:
      isUp && entry.holds.size === 0 && plan.idleMinutes > 0
        ? entry.idleSinceMs + plan.idleMinutes * 60_000
        : null,
  };
}

/** What a run needs of it. Fails with the failure of its start, or as `cluster-lost`. */
export async function handleOf(entry: Entry): Promise<ClusterHandle> {
  const { plan, files, backend, state } = entry;
  const lost = (detail: string) => fail({ code: 'cluster-lost', id: plan.id, detail });
  if (state.kind === 'failed') fail(state.failure);
  if (state.kind === 'stopping') lost('It is being stopped.');
  const endpoint =
    entry.endpoint ?? (await backend.endpoint(plan, files)) ?? lost('Its dashboard is not there.');
  return { plan, files, backend, endpoint };
}

/** Lays what the backend sees and what Ray sees over the plan. */
export function readNodesInto(entry: Entry, backendNodes: BackendNode[], rayNodes: RayNode[] | null): void {
  if (rayNodes) entry.rayNodes = rayNodes;
  entry.nodes = entry.nodes.map((node) => {
    const own = backendNodes.find((one) => one.index === node.index);
    // A node that joined again has a dead twin in Ray's memory: the one that lives counts.
    const twins = rayNodes?.filter((one) => one.labels[NODE_LABEL] === String(node.index)) ?? [];
    const ray = twins.find((one) => one.alive) ?? twins[0];
    const isAlive = own?.alive === true && (rayNodes === null || ray?.alive === true);
    // One that is being added counts as such until Ray has seen it.
    if (node.state === 'starting' && !isAlive && entry.adding.has(node.index)) return node;
    if (!isAlive && entry.leaving.has(node.index)) return node;
    const draining = ray?.draining === true ? ('draining' as const) : null;
    return {
      ...node,
      state: isAlive ? 'alive' : 'dead',
      condition: own?.alive ? (own.condition ?? (isAlive ? draining : null)) : null,
      rayNodeId: ray?.rayNodeId ?? node.rayNodeId,
      address: ray?.address ?? own?.address ?? node.address,
      sample: isAlive && ray ? { ...ray.sample, ...own.sample } : null,
    };
  });
}

/** Ray may be silent for so long, being busy, before the cluster counts as unreachable. */
const SILENCE_MS = 10_000;

/** What a user sees, since Ray's head keeps the cluster's state in memory alone (no fault-tolerant GCS here). */
export const HEAD_LOST =
  'The head node is gone, and with it all that Ray knew of the cluster: runs on it end, and nothing new can start.';

/** `node 1 died`, `node 2 was killed` */
export function endOf(entry: Entry, node: NodeInfo): string {
  const fault = entry.faults.get(node.index);
  if (fault === 'kill') return `${node.name} was killed`;
  if (fault === 'drain') return `${node.name} was drained`;
  if (fault === 'pause') return `${node.name} was paused until Ray gave it up`;
  if (fault === 'partition') return `${node.name} was cut off until Ray gave it up`;
  return `${node.name} died`;
}

/** The state that the last readings stand for. */
export function assess(entry: Entry): ClusterState {
  const isSilent = entry.silentSinceMs !== null && performance.now() - entry.silentSinceMs > SILENCE_MS;
  if (isSilent) return { kind: 'unreachable', reason: 'Ray does not answer.' };
  if (entry.nodes[0]?.state === 'dead') return { kind: 'unreachable', reason: HEAD_LOST };
  if (entry.state.kind === 'starting') return entry.state;
  const dead = entry.nodes.filter((node) => node.state === 'dead');
  if (dead.length === 0) return { kind: 'ready' };
  return { kind: 'degraded', reason: `${dead.map((node) => endOf(entry, node)).join(', ')}.` };
}

export function isUp({ state }: Entry): boolean {
  return state.kind === 'ready' || state.kind === 'degraded' || state.kind === 'unreachable';
}

/** Whether a run that wants `spec` can use this cluster: whole, all equal, and every folder that it needs mounted. */
export function canServe({ plan, state }: Entry, spec: ClusterSpec): boolean {
  if (state.kind !== 'starting' && state.kind !== 'ready') return false;
  const isEqual = isDeepStrictEqual(comparable(plan.spec), comparable(spec));
  return isEqual && spec.mounts.every((mount) => plan.spec.mounts.some((has) => isInside(has, mount)));
}

/** As JSON has it, since one of two specs may have been read from a file; the order of keys says nothing. */
function comparable(spec: ClusterSpec): unknown {
  return JSON.parse(JSON.stringify({ ...spec, mounts: [] }));
}

/** Whether a script's run made it and nobody uses it, so that it can give way to what the script wants now. */
export function isLeftBy({ plan, holds, state }: Entry, origin: string | null): boolean {
  return plan.origin !== null && plan.origin === origin && holds.size === 0 && state.kind !== 'stopping';
}

/** A run is over. Whether it held this cluster. */
export function letGo(entry: Entry, runId: string): boolean {
  const isHeld = entry.holds.delete(runId);
  if (isHeld) entry.idleSinceMs = Date.now();
  return isHeld;
}

/** A start that failed is shown for so long. */
const FAILED_KEPT_MS = 10 * 60_000;

/** Whether it has been up without a run for longer than it may. */
export function isOverdue(entry: Entry): boolean {
  const { plan, holds, idleSinceMs } = entry;
  return (
    isUp(entry) &&
    holds.size === 0 &&
    plan.idleMinutes > 0 &&
    Date.now() - idleSinceMs > plan.idleMinutes * 60_000
  );
}

/** Whether it is a failed start that has been shown for long enough. */
export function isStale({ state, idleSinceMs }: Entry): boolean {
  return state.kind === 'failed' && Date.now() - idleSinceMs > FAILED_KEPT_MS;
}
