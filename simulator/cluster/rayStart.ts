/** The `ray start` arguments of a node. Pure, and the same for every backend. */
import type { NodePlan } from './backend';

/** What differs by backend: where the node listens and keeps its files. */
export interface RayStartPlace {
  role: HeadRole | WorkerRole;
  /** Ray's address of the node; absent lets Ray choose (a container has one of its own). */
  nodeIp?: string;
  tempDir?: string;
  /** Stay in the foreground, as the main process of a container does. */
  block: boolean;
  /** Forward this node's worker output to drivers; only one node per log directory may, or lines double. */
  logMonitor: boolean;
}

export interface HeadRole {
  kind: 'head';
  /** Of the GCS; workers and drivers join here. */
  port: number;
  dashboardHost: string;
  dashboardPort: number;
}

export interface WorkerRole {
  kind: 'worker';
  /** `host:port` of the head's GCS. */
  address: string;
}

/** Everything after the `ray` command itself, `start` first. Holds no secret. */
export function rayStartArgs(node: NodePlan, place: RayStartPlace): string[] {
  return [
    'start',
    ...roleArgs(place.role),
    ...(place.nodeIp ? [`--node-ip-address=${place.nodeIp}`] : []),
    ...(place.tempDir ? [`--temp-dir=${place.tempDir}`] : []),
    `--num-cpus=${node.cpus}`,
    `--num-gpus=${node.gpus}`,
    `--memory=${node.memoryBytes}`,
    `--object-store-memory=${node.objectStoreBytes}`,
    `--resources=${JSON.stringify(node.resources)}`,
    `--labels=${Object.entries(node.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',')}`,
    // Free ports wherever Ray can pick them itself: the defaults exist once per host.
    '--dashboard-agent-listen-port=0',
    '--min-worker-port=0',
    '--max-worker-port=0',
    ...(place.logMonitor ? [] : ['--include-log-monitor=false']),
    ...(place.block ? ['--block'] : []),
  ];
}

function roleArgs(role: HeadRole | WorkerRole): string[] {
  if (role.kind === 'worker') return [`--address=${role.address}`];
  return [
    '--head',
    `--port=${role.port}`,
    // Without this a taken dashboard port is only a warning, and the head comes up without one.
    '--include-dashboard=true',
    `--dashboard-host=${role.dashboardHost}`,
    `--dashboard-port=${role.dashboardPort}`,
  ];
}
