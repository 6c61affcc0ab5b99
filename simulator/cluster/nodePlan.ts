/** From what a user wants to what each node gets. Pure, and the same for every backend. */
import { fail } from '../model/failure';
import { groupName, LEAST_NODE_BYTES, type NodeGroup } from '../model/cluster';
import type { NodePlan } from './backend';

/** What the machine (or the Docker host) has. */
export interface MachineFacts {
  cpus: number;
  memoryBytes: number;
  /** Room for all object stores together; `Infinity` where each node brings its own. */
  shmBytes: number;
  /** Names of its GPUs to the driver. */
  gpuIds: string[];
}

const MIB = 1024 ** 2;
/** Ray refuses an object store under 75 MiB. */
const MIN_STORE_BYTES = 78 * MIB;
const MAX_STORE_BYTES = 2048 * MIB;
const STORE_SHARE = 0.3;
/** Nodes that name no memory share so much of the machine; the rest is for whoever works on it. */
const DEFAULT_MEMORY_SHARE = 0.8;
/** A store that fills /dev/shm to the brim leaves nothing for others. */
const SHM_SHARE = 0.9;
export const MAX_NODES = 64;

/** The label that ties a node of Ray's to its index in the plan. */
export const NODE_LABEL = 'heliostat-node';

/** One plan per node; node 0 is the head and the first node of the first group. Fails as `nodes-impossible`. */
export function planNodes(groups: readonly NodeGroup[], machine: MachineFacts): NodePlan[] {
  const named = (groups.length === 0 ? [{ count: 1 }] : groups).map((group, index) => ({
    ...group,
    name: groupName(group, index),
  }));
  const wanted = named.flatMap(expand);
  if (wanted.length > MAX_NODES) {
    impossible(`A cluster has at most ${MAX_NODES} nodes here; this one wants ${wanted.length}.`);
  }
  const cpus = Math.max(1, Math.floor(machine.cpus / wanted.length));
  const memory = nodeMemory(wanted, machine);
  const stores = storeSizes(wanted, memory, machine.shmBytes);
  const dealt = dealGpus(wanted, machine);
  return wanted.map((group, index) => ({
    index,
    name: index === 0 ? 'head' : `node ${index}`,
    isHead: index === 0,
    group: group.name,
    cpus: group.cpus ?? cpus,
    gpus: group.gpus ?? 0,
    gpusSimulated: dealt[index] === null,
    gpuIds: dealt[index] ?? [],
    memoryBytes: (memory[index] ?? 0) - (stores[index] ?? 0),
    objectStoreBytes: stores[index] ?? 0,
    ...(group.shmBytes === undefined ? {} : { shmBytes: group.shmBytes }),
    resources: { ...group.resources },
    labels: { ...group.labels, [NODE_LABEL]: String(index) },
  }));
}

function expand<G extends NodeGroup>(group: G): G[] {
  const { count, cpus, gpus, memoryBytes } = group;
  whole('nodes in a group', count, 1);
  if (count > MAX_NODES)
    impossible(`A cluster has at most ${MAX_NODES} nodes here; this one wants ${count}.`);
  if (cpus !== undefined) whole('CPUs of a node', cpus, 1);
  if (gpus !== undefined) whole('GPUs of a node', gpus, 0);
  if (memoryBytes !== undefined && !(memoryBytes >= LEAST_NODE_BYTES)) {
    impossible(
      `A node needs at least ${size(LEAST_NODE_BYTES)} of memory; this one has ${size(memoryBytes)}.`,
    );
  }
  const store = group.objectStoreBytes;
  if (store !== undefined && store < MIN_STORE_BYTES)
    impossible(`Ray's object store needs at least ${size(MIN_STORE_BYTES)}; this one has ${size(store)}.`);
  if (store !== undefined && memoryBytes !== undefined && store > memoryBytes - LEAST_NODE_BYTES / 2)
    impossible(`An object store of ${size(store)} leaves nothing of ${size(memoryBytes)} to tasks.`);
  Object.entries(group.resources ?? {}).forEach(checkResource);
  Object.entries(group.labels ?? {}).forEach(checkLabel);
  return Array.from({ length: count }, () => group);
}

/** Memory per node, object store included. */
function nodeMemory(wanted: readonly NodeGroup[], machine: MachineFacts): number[] {
  const named = wanted.reduce((sum, group) => sum + (group.memoryBytes ?? 0), 0);
  const unnamed = wanted.filter((group) => group.memoryBytes === undefined).length;
  if (named > machine.memoryBytes) {
    impossible(`The nodes want ${size(named)} of memory, and this machine has ${size(machine.memoryBytes)}.`);
  }
  const share = Math.floor((machine.memoryBytes * DEFAULT_MEMORY_SHARE - named) / Math.max(1, unnamed));
  if (unnamed > 0 && share < LEAST_NODE_BYTES) {
    impossible(
      `There is not enough memory for ${wanted.length} nodes: a node needs at least ${size(LEAST_NODE_BYTES)}, ` +
        `and this machine has ${size(machine.memoryBytes)}.`,
    );
  }
  return wanted.map((group) => toMib(group.memoryBytes ?? share));
}

/**
 * Object stores: a share of each node's memory, and together within /dev/shm. Where even the smallest stores do not
 * fit there (64 MiB in many containers), they keep their size: Ray then maps files in its temporary directory.
 */
function storeSizes(wanted: readonly NodeGroup[], memory: readonly number[], shmBytes: number): number[] {
  const ideal = memory.map(
    (bytes, index) =>
      wanted[index]?.objectStoreBytes ??
      Math.min(MAX_STORE_BYTES, Math.max(MIN_STORE_BYTES, toMib(bytes * STORE_SHARE))),
  );
  let left = shmBytes * SHM_SHARE;
  if (left < memory.length * MIN_STORE_BYTES) return ideal;
  const sizes = [...ideal];
  const smallestFirst = ideal.map((_, index) => index).sort((a, b) => (ideal[a] ?? 0) - (ideal[b] ?? 0));
  smallestFirst.forEach((index, done) => {
    const store = Math.min(ideal[index] ?? 0, toMib(left / (memory.length - done)));
    sizes[index] = store;
    left -= store;
  });
  return sizes;
}

/**
 * Real GPUs go to the first nodes that ask, each to one node; a node that they do not suffice for gets simulated ones
 * only, and null here.
 */
function dealGpus(wanted: readonly NodeGroup[], { gpuIds }: MachineFacts): (string[] | null)[] {
  const left = [...gpuIds];
  return wanted.map(({ gpus: asked = 0 }) => (asked > left.length ? null : left.splice(0, asked)));
}

const LABEL_PART = /^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9])?$/;

function checkLabel([key, value]: [string, string]): void {
  if (key.startsWith('ray.io/') || key === NODE_LABEL)
    impossible(`The label "${key}" is set by Ray or Heliostat itself.`);
  if (!key.split('/').every((part) => LABEL_PART.test(part)) || !(value === '' || LABEL_PART.test(value))) {
    impossible(
      `The label "${key}" = "${value}" is none that Ray takes: letters, digits, "-", "_" and ".", at most 63.`,
    );
  }
}

const OWN_RESOURCES: Record<string, string> = {
  CPU: 'cpus',
  GPU: 'gpus',
  memory: 'memory',
  object_store_memory: 'memory',
};

function checkResource([name, amount]: [string, number]): void {
  const own = OWN_RESOURCES[name];
  if (own) impossible(`"${name}" is no custom resource: use \`${own}\`.`);
  if (name === '' || !Number.isFinite(amount) || amount < 0)
    impossible(`The resource "${name}" cannot have the amount ${amount}.`);
}

function whole(what: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    impossible(`The number of ${what} must be a whole number of at least ${least}, not ${value}.`);
}

function impossible(detail: string): never {
  fail({ code: 'nodes-impossible', detail });
}

function toMib(bytes: number): number {
  return Math.floor(bytes / MIB) * MIB;
}

function size(bytes: number): string {
  return bytes >= 1024 * MIB ? `${(bytes / MIB / 1024).toFixed(1)} GiB` : `${Math.floor(bytes / MIB)} MiB`;
}
