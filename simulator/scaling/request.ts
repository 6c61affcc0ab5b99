/** From what was asked for to what is replayed: defaults, prices and words about both. */
import { fail } from '../model/failure';
import type { BackCheck, NodeType, PredictRequest } from '../model/scaling';
import type { Captured } from './capture';
import { shapeWords } from './forecast';
import { isCount } from './nodeTypes';
import type { PredictOptions } from './predict';
import { priced, typesOf, type PriceTable } from './prices';
import { GIGABIT_BYTES_PER_MS, type Host } from './simCluster';
import type { TaskGraph } from './taskGraph';

export const DEFAULT_SIZES = [1, 2, 4, 8, 16];
const DEFAULT_CPUS = 8;
const DEFAULT_GBIT = 10;
/** What processes of one machine send each other, where the run does not show it. */
const LOOPBACK_GBIT = 4;
/** Of a local SSD, where objects are spilled to. */
const DISK_BYTES_PER_MS = 500_000;

export interface Context {
  prices: PriceTable;
  /** Null for a graph that did not come from a run. */
  captured: Captured | null;
  backChecks: BackCheck[];
  /** This machine, where the prediction is for a cluster on it. */
  host?: Host;
}

/** Fails as `bad-request` where what is asked about is no number of nodes. */
export function optionsOf(graph: TaskGraph, request: PredictRequest, context: Context): PredictOptions {
  checkCounts(request);
  const { prices, captured, backChecks, host = null } = context;
  const overheads = request.overheads ?? 'measured';
  const isFree = overheads === 'none';
  const isLocal = request.types === undefined && captured !== null;
  const types = request.types ?? (captured ? sizedTypes(captured.types, graph) : [usualType(graph)]);
  const gbit = request.gbit ?? (host ? LOOPBACK_GBIT : DEFAULT_GBIT);
  const measuredCpus = captured?.types.reduce((sum, { cpus, count }) => sum + cpus * (count ?? 1), 0) ?? null;
  const open = types.filter(({ count }) => count === null);
  const allNodes = types.reduce((sum, { count }) => sum + (count ?? 0), 0);
  const own = request.types?.map((type) => priced({ ...type, count: null }, prices));
  return {
    nodes: open.length === 0 ? [allNodes] : (request.nodes ?? DEFAULT_SIZES),
    types: types.map((type) => (host ? { ...type, pricePerHour: null } : priced(type, prices))),
    overheads,
    nicBytesPerMs: isFree && request.gbit === undefined ? Infinity : gbit * GIGABIT_BYTES_PER_MS,
    diskBytesPerMs: isFree ? Infinity : DISK_BYTES_PER_MS,
    isWarm: request.isCold !== true && host === null,
    startMsOf: isFree || request.isCold ? null : (captured?.startMsOf ?? null),
    bootMs: request.bootMs ?? 0,
    host,
    band: {
      isSample: captured !== null,
      profiledCpus: measuredCpus,
      unseenMs: captured?.unseenMs ?? 0,
      besideShare: captured?.besideShare ?? 0,
      errorsSeen: backChecks
        .filter(({ isCrowded }) => !isCrowded)
        .map(({ measuredMs, predictedMs }) => Math.abs(Math.log(measuredMs / predictedMs))),
      replicas: null,
    },
    measured: captured && {
      timeMs: captured.measuredMs,
      types: captured.types,
      wallMs: captured.wallMs,
      wallStepMs: captured.wallStepMs,
      place: captured.place,
      seen: captured.seen,
    },
    choice: host ? null : wantedOf(request, own ?? typesOf(prices)),
    endedEarly: captured?.endedEarly ?? null,
    assumptions: [
      ...(captured?.assumptions ?? []),
      ...(isLocal ? ['Each node is like the largest that the run had.'] : []),
      ...sizeWords(open, request),
      ...(host ? [] : [`Prices: ${prices.source} (${prices.currency}).`]),
    ],
    backChecks,
  };
}

/** What a number of nodes means, where that is not plain. */
function sizeWords(open: readonly NodeType[], { nodes }: PredictRequest): string[] {
  if (open.length > 1) {
    const kinds = open.map(({ cpus, gpus, resources }) =>
      shapeWords({ cpus, gpus, memoryBytes: 0, custom: resources }),
    );
    return [`A number of nodes is that of each kind: so many with ${kinds.join(', and so many with ')}.`];
  }
  return open.length === 0 && nodes !== undefined
    ? ['Each node type has a count, so that there is one size.']
    : [];
}

function checkCounts({ nodes = [], types = [] }: PredictRequest): void {
  const wrong = [...nodes, ...types.map(({ count }) => count ?? 1)].find((count) => !isCount(count));
  if (wrong !== undefined)
    fail({ code: 'bad-request', detail: `${wrong} nodes: give a whole number from 1.` });
}

function wantedOf(request: PredictRequest, types: NodeType[]): PredictOptions['choice'] {
  if (request.deadlineMs !== undefined) return { wanted: { deadlineMs: request.deadlineMs }, types };
  return request.budget === undefined ? null : { wanted: { budget: request.budget }, types };
}

/**
 * The largest of the run's kinds of nodes: once for those with GPUs and once for those without, and of either once for each
 * set of custom resources that tasks ask for.
 */
function sizedTypes(types: readonly NodeType[], graph: TaskGraph): NodeType[] {
  const asked = [...new Set(graph.shapes.flatMap(({ custom }) => Object.keys(custom)))];
  const largest = new Map<string, NodeType>();
  for (const type of [...types].sort((a, b) => Number(b.gpus > 0) - Number(a.gpus > 0))) {
    const key = JSON.stringify([type.gpus > 0, asked.filter((name) => (type.resources[name] ?? 0) > 0)]);
    if (type.cpus > (largest.get(key)?.cpus ?? -1)) largest.set(key, type);
  }
  return [...largest.values()].map((type) => ({ ...type, count: null }));
}

/** Where no node type is given: one that can hold every task. */
function usualType(graph: TaskGraph): NodeType {
  const cpus = Math.max(DEFAULT_CPUS, ...graph.shapes.map((shape) => Math.ceil(shape.cpus)));
  const gpus = Math.max(0, ...graph.shapes.map((shape) => Math.ceil(shape.gpus)));
  const resources: Record<string, number> = {};
  for (const { custom } of graph.shapes) {
    for (const [name, amount] of Object.entries(custom))
      resources[name] = Math.max(resources[name] ?? 0, amount);
  }
  return { name: 'node', cpus, gpus, memoryBytes: 0, resources, pricePerHour: null, count: null };
}
