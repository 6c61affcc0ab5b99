/** From a node's plan to its container: names, labels, limits, mounts, command. Pure. */
import { shellCommand } from '../model/shell';
import type { ContainerCreateOptions } from 'dockerode';
import type { ClusterFiles, ClusterPlan, NodePlan } from './backend';
import type { EngineFacts } from './dockerEngine';
import type { ContainerUser } from './dockerUser';
import { gpuFlags, gpuOptions, type GpuPlace } from './gpuAccess';
import { EVENT_ADDRESS_VARIABLE, eventEnvironment, rayEnvironment } from './rayEnvironment';
import { rayStartArgs } from './rayStart';

export const CLUSTER_LABEL = 'heliostat.cluster';
export const NODE_LABEL = 'heliostat.node';
export const OWNER_LABEL = 'heliostat.owner';
export const VERSION_LABEL = 'heliostat.version';
/** Of which machine the owner's directory is: engines may be shared between machines, or dev containers. */
export const HOST_LABEL = 'heliostat.host';
/** Nothing that tidies up touches it. */
export const KEEP_LABEL = 'heliostat.keep';

export const DASHBOARD_PORT = 8265;
export const GCS_PORT = 6379;

const MIB = 1024 ** 2;
/**
 * What Ray's own processes take beside tasks and objects; seen: head 630 MB, other nodes 235 MB. A node's `memory`
 * is all for the user, so this comes on top of it.
 */
const HEAD_OVERHEAD_BYTES = 1024 * MIB;
const NODE_OVERHEAD_BYTES = 512 * MIB;
/** /dev/shm holds the object store and what libraries put there (PyTorch's loaders, Ray's channels). */
const SHM_SPARE_BYTES = 64 * MIB;

/** What containers need to know beside the plan. */
export interface ContainerPlace {
  owner: string;
  /** `hostId()` */
  host: string;
  version: string;
  user: ContainerUser;
  engine: Pick<EngineFacts, 'cpus' | 'userNamespaces' | 'selinux'>;
  image: string;
  gpus: GpuPlace;
  /** Where Ray's events are posted; null for nowhere. */
  eventUrl: string | null;
  /** The image's own environment, `NAME=value`. */
  imageEnv: string[];
}

/** Of the cluster's network too. */
export function networkName(id: string): string {
  return `heliostat-${id}`;
}

export function containerName(id: string, node: NodePlan): string {
  return `heliostat-${id}-${slug(node)}`;
}

/** `head`, `node-1` */
export function slug(node: NodePlan): string {
  return node.name.replaceAll(' ', '-');
}

export function clusterLabels(plan: ClusterPlan, place: ContainerPlace): Record<string, string> {
  return {
    [CLUSTER_LABEL]: plan.id,
    [OWNER_LABEL]: place.owner,
    [HOST_LABEL]: place.host,
    [VERSION_LABEL]: place.version,
    ...(plan.keep ? { [KEEP_LABEL]: 'yes' } : {}),
  };
}

/** All memory of the container: what Ray hands out, its object store, and Ray itself. */
export function memoryLimitBytes(
  node: Pick<NodePlan, 'isHead' | 'memoryBytes' | 'objectStoreBytes'>,
): number {
  return node.memoryBytes + node.objectStoreBytes + (node.isHead ? HEAD_OVERHEAD_BYTES : NODE_OVERHEAD_BYTES);
}

/** CPUs that the container may use; Docker refuses more than the engine has. Ray hands out the plan's number. */
export function cpuLimit(node: NodePlan, engineCpus: number): number {
  return Math.min(node.cpus, engineCpus);
}

export function containerOptions(
  plan: ClusterPlan,
  node: NodePlan,
  files: ClusterFiles,
  place: ContainerPlace,
): ContainerCreateOptions {
  const memory = memoryLimitBytes(node);
  const shared = [...new Set([files.shared, ...plan.spec.mounts])];
  const { GroupAdd: gpuGroups = [], ...gpus } = gpuOptions(node, place.gpus);
  return {
    name: containerName(plan.id, node),
    Image: place.image,
    Hostname: slug(node),
    Cmd: ['ray', ...startArgs(plan, node)],
    Env: environment(plan, node, files, place),
    User: place.user.user,
    Labels: { ...clusterLabels(plan, place), [NODE_LABEL]: String(node.index) },
    ...(node.isHead ? { ExposedPorts: { [`${DASHBOARD_PORT}/tcp`]: {} } } : {}),
    HostConfig: {
      // Ray starts many processes and does not wait for all of them; an init does.
      Init: true,
      NetworkMode: networkName(plan.id),
      NanoCpus: Math.round(cpuLimit(node, place.engine.cpus) * 1e9),
      Memory: memory,
      // Equal to the memory: no swap, since a node that swaps tells nothing about one that does not.
      MemorySwap: memory,
      ShmSize: Math.max(node.objectStoreBytes + SHM_SPARE_BYTES, node.shmBytes ?? 0),
      GroupAdd: [...place.user.groups, ...gpuGroups],
      Mounts: shared.map((folder) => ({ Type: 'bind' as const, Source: folder, Target: folder })),
      ...(node.isHead
        ? { PortBindings: { [`${DASHBOARD_PORT}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '' }] } }
        : {}),
      ...(place.engine.userNamespaces ? { UsernsMode: 'host' } : {}),
      // Relabelling the user's own folders would change them for everyone else.
      ...(place.engine.selinux ? { SecurityOpt: ['label=disable'] } : {}),
      ...gpus,
    },
  };
}

function environment(
  plan: ClusterPlan,
  node: NodePlan,
  files: ClusterFiles,
  place: ContainerPlace,
): string[] {
  const own = place.imageEnv.find((entry) => entry.startsWith('PYTHONPATH='))?.slice('PYTHONPATH='.length);
  const variables: Record<string, string> = {
    ...rayEnvironment(plan, files),
    ...eventEnvironment(place.eventUrl),
    // Otherwise `ray start` keeps what it says to itself until it is done.
    PYTHONUNBUFFERED: '1',
    RAY_DISABLE_DOCKER_CPU_WARNING: '1',
    // Seconds, about, that a node waits for the head: they start together, and the head takes longer.
    RAY_NUM_REDIS_GET_RETRIES: '120',
    HELIOSTAT_CLUSTER: plan.id,
    HELIOSTAT_ALIVE: files.alive,
    HELIOSTAT_NODE: String(node.index),
    PYTHONPATH: own ? `${files.probe}:${own}` : files.probe,
    // Images with CUDA ask NVIDIA's runtime for all GPUs, whoever they were dealt to.
    ...(node.gpuIds.length === 0 ? { NVIDIA_VISIBLE_DEVICES: 'void' } : {}),
    ...place.user.env,
  };
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

function startArgs(plan: ClusterPlan, node: NodePlan): string[] {
  const head = plan.nodes.find((other) => other.isHead) ?? node;
  return rayStartArgs(node, {
    role: node.isHead
      ? {
          kind: 'head',
          port: GCS_PORT,
          // Of the container; the port is published on this machine's loopback only.
          dashboardHost: '0.0.0.0',
          dashboardPort: DASHBOARD_PORT,
        }
      : { kind: 'worker', address: `${containerName(plan.id, head)}:${GCS_PORT}` },
    block: true,
    logMonitor: true,
  });
}

/** The same container as a command to paste into a shell, without its secret; its network must exist. */
export function dockerRunCommand(options: ContainerCreateOptions): string {
  const host = options.HostConfig ?? {};
  const flags = [
    `--name=${options.name ?? ''}`,
    '--init',
    `--network=${host.NetworkMode ?? ''}`,
    `--hostname=${options.Hostname ?? ''}`,
    `--user=${options.User ?? ''}`,
    ...(host.GroupAdd ?? []).map((group) => `--group-add=${group}`),
    `--cpus=${(host.NanoCpus ?? 0) / 1e9}`,
    `--memory=${host.Memory ?? 0}`,
    `--shm-size=${host.ShmSize ?? 0}`,
    ...gpuFlags(host),
    ...(host.PortBindings ? [`--publish=127.0.0.1::${DASHBOARD_PORT}`] : []),
    ...Object.entries(options.Labels ?? {}).map(([name, value]) => `--label=${name}=${value}`),
    ...(host.Mounts ?? []).map((mount) => `--volume=${mount.Source}:${mount.Target}`),
    ...(options.Env ?? [])
      .filter((entry) => !entry.startsWith(`${EVENT_ADDRESS_VARIABLE}=`))
      .map((entry) => `--env=${entry}`),
  ];
  return `docker run ${shellCommand([...flags, options.Image ?? '', ...(options.Cmd ?? [])])}`;
}
