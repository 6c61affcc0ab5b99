/** What the nodes of the wanted cluster will have, as `planNodes` gives it to them, and whether a request fits one. */
import type { NodeGroup } from '../model/cluster';
import { fits } from './labelSyntax';
import type { AmountNeed, Need, RayRequest, ResourceNeed } from './rayRequests';

/** One node of a group; all nodes of a group are equal. */
export interface NodeShape {
  CPU: number;
  GPU: number;
  /** What tasks may ask for; `Infinity` where the annotation leaves it to the machine. */
  memory: number;
  resources: Readonly<Record<string, number>>;
  labels: Readonly<Record<string, string>>;
}

const mib = 2 ** 20;
const leastStoreBytes = 78 * mib;
const mostStoreBytes = 2048 * mib;
const storeShare = 0.3;

/** One shape per group; a cluster without groups is one node with the machine's CPUs. */
export function nodeShapes(groups: readonly NodeGroup[], hostCpus: number): NodeShape[] {
  const wanted = groups.length === 0 ? [{ count: 1 }] : groups;
  const total = wanted.reduce((sum, { count, max = 0 }: NodeGroup) => sum + Math.max(1, count, max), 0);
  const defaultCpus = Math.max(1, Math.floor(hostCpus / total));
  return wanted.map(({ cpus, gpus, memoryBytes, objectStoreBytes, resources, labels }: NodeGroup) => ({
    CPU: cpus ?? defaultCpus,
    GPU: gpus ?? 0,
    memory: memoryBytes === undefined ? Infinity : taskMemory(memoryBytes, objectStoreBytes),
    resources: resources ?? {},
    labels: labels ?? {},
  }));
}

/** What Ray hands out of a node's memory once its object store is taken off; bytes. */
export function taskMemory(nodeBytes: number, storeBytes?: number): number {
  if (storeBytes !== undefined) return nodeBytes - storeBytes;
  const store = Math.floor((nodeBytes * storeShare) / mib) * mib;
  return nodeBytes - Math.min(mostStoreBytes, Math.max(leastStoreBytes, store));
}

/** The least memory of a node, in steps of 256 MiB, that leaves so much to tasks; bytes. */
export function memoryFor(taskBytes: number): number {
  const step = 256 * mib;
  const least = Math.min(
    taskBytes + mostStoreBytes,
    Math.max(taskBytes / (1 - storeShare), taskBytes + leastStoreBytes),
  );
  let bytes = Math.ceil(least / step) * step;
  while (taskMemory(bytes) < taskBytes) bytes += step;
  return bytes;
}

export function meets(shape: NodeShape, need: Need): boolean {
  if (need.kind === 'label') return fits(need.condition, own(shape.labels, need.name));
  return available(shape, need) >= need.amount;
}

export function isFeasible(request: RayRequest, shapes: readonly NodeShape[]): boolean {
  return shapes.some((shape) => request.needs.every((need) => meets(shape, need)));
}

/** How many needs a node lacks, and by how much as a tie-breaker. */
export function distance(request: RayRequest, shape: NodeShape): number {
  return request.needs.reduce((sum, need) => {
    if (meets(shape, need)) return sum;
    return sum + 1 + (need.kind === 'label' ? 0.5 : 0.5 * (1 - available(shape, need) / need.amount));
  }, 0);
}

export function available(shape: NodeShape, need: AmountNeed | ResourceNeed): number {
  return need.kind === 'resource' ? (own(shape.resources, need.name) ?? 0) : shape[need.kind];
}

/** A name may be one that every object inherits, such as `constructor`. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
