/** Nodes as Ray's dashboard sees them: `/nodes?view=summary` (ray/dashboard/modules/node/node_head.py). */
import type { NodeSample } from '../model/cluster';
import { list, number, numberMap, object, text, textMap, type Json } from './decode';
import type { Endpoint } from './endpoint';
import { rayRequest } from './http';

export interface RayNode {
  /** Hex. */
  rayNodeId: string;
  /** Ray's address of the node: `127.0.0.2`, `10.0.0.7`. */
  address: string | null;
  alive: boolean;
  isHead: boolean;
  /** Whether it was told to go: nothing new is placed on it. */
  draining: boolean;
  labels: Record<string, string>;
  /** Ray's resource totals as Ray names them: `CPU`, `GPU`, `memory`, `object_store_memory`, custom ones. */
  resources: Record<string, number>;
  /** CPU and memory are the host's, whatever container or process group the node lives in. */
  sample: NodeSample;
}

/** All nodes that Ray remembers, dead ones included. `fresh` goes round the dashboard's 2-second cache. */
export async function readNodes(
  endpoint: Endpoint,
  options: { signal?: AbortSignal } = {},
): Promise<RayNode[]> {
  const answer = await rayRequest(endpoint, '/nodes?view=summary&nocache=1', { timeoutMs: 5000, ...options });
  const data = object(object(answer.body)['data']);
  const claimed = object(data['nodeLogicalResources']);
  return list(data['summary']).flatMap((row) => decodeNode(object(row), claimed));
}

/** Ray's version on the head; null where it does not say. */
export async function readRayVersion(
  endpoint: Endpoint,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<string | null> {
  const answer = await rayRequest(endpoint, '/api/version', { timeoutMs: 5000, ...options });
  return text(object(answer.body)['ray_version']);
}

function decodeNode(row: Json, claimed: Json): RayNode[] {
  const raylet = object(row['raylet']);
  const snapshot = object(raylet['stateSnapshot']);
  const rayNodeId = text(raylet['nodeId']);
  if (!rayNodeId) return [];
  const memory = list(row['mem']);
  const gpus = list(row['gpus']).map(object);
  const used = parseClaims(text(claimed[rayNodeId]) ?? '');
  return [
    {
      rayNodeId,
      address: text(raylet['nodeManagerAddress']) ?? text(row['ip']),
      alive: raylet['state'] === 'ALIVE',
      isHead: raylet['isHeadNode'] === true,
      draining: text(snapshot['state']) === 'DRAINING',
      labels: textMap(raylet['labels']),
      resources: numberMap(raylet['resourcesTotal']),
      sample: {
        timeMs: Date.now(),
        cpuPct: number(row['cpu']),
        memoryUsedBytes: number(memory[3]),
        memoryTotalBytes: number(memory[0]),
        gpuPct: mean(gpus.map((gpu) => number(gpu['utilizationGpu']))),
        gpuMemoryUsedBytes: megabytes(sum(gpus.map((gpu) => number(gpu['memoryUsed'])))),
        objectStoreUsedBytes: number(raylet['objectStoreUsedMemory']),
        objectStoreTotalBytes: storeTotal(raylet),
        cpusClaimed: used['CPU'] ?? null,
        gpusClaimed: used['GPU'] ?? null,
      },
    },
  ];
}

function storeTotal(raylet: Json): number | null {
  const used = number(raylet['objectStoreUsedMemory']);
  const free = number(raylet['objectStoreAvailableMemory']);
  return used === null || free === null ? null : used + free;
}

/** Ray prints what it handed out as text: `1.0/2.0 CPU\n0B/1.2GiB memory`. */
function parseClaims(report: string): Record<string, number> {
  const claims: Record<string, number> = {};
  for (const match of report.matchAll(/^\s*([\d.]+)\/[\d.]+ (CPU|GPU)\b/gm))
    claims[match[2]!] = Number(match[1]);
  return claims;
}

function sum(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
}

function mean(values: (number | null)[]): number | null {
  const total = sum(values);
  return total === null ? null : total / values.filter((value) => value !== null).length;
}

function megabytes(value: number | null): number | null {
  return value === null ? null : value * 1048576;
}
