/**
 * What an elastic cluster does next: adds nodes for what waits, up to each group's `max`, and lets go of those that
 * have been idle, down to `min`. Pure.
 */
import type { NodeGroup, NodeInfo } from '../model/cluster';
import { resourceKey, type ClusterDemand, type Demand } from '../ray/demand';
import type { RayNode } from '../ray/nodes';
import type { ClusterPlan, NodePlan } from './backend';
import { NODE_LABEL } from './nodePlan';

export interface ScaleFacts {
  plan: Pick<ClusterPlan, 'nodes'>;
  /** The groups with their names, and what one node of each is like, in the same order. */
  groups: NodeGroup[];
  templates: NodePlan[];
  rayNodes: readonly RayNode[];
  demand: ClusterDemand;
  /** How long nothing of a node has been handed out, by Ray's id. */
  idleMs: ReadonlyMap<string, number>;
}

export interface Decision {
  add: { group: string; count: number; words: string }[];
  remove: { index: number; words: string }[];
  /** Shapes that no node of the cluster can ever meet. */
  impossible: { shape: Demand['shape']; words: string }[];
}

/** A node of an elastic group that names no time-out leaves after so long. */
export const IDLE_TIMEOUT_MS = 60_000;

type Amounts = Record<string, number>;

/** Nodes of these groups that have died: they leave the plan before it is decided by. The head stays. */
export function lostNodes(
  plan: ScaleFacts['plan'],
  nodes: readonly NodeInfo[],
  groups: readonly string[],
): NodePlan[] {
  const dead = new Set(nodes.filter(({ state }) => state === 'dead').map(({ index }) => index));
  return plan.nodes.filter((node) => !node.isHead && dead.has(node.index) && groups.includes(node.group));
}

export function decide(facts: ScaleFacts): Decision {
  const { templates, demand } = facts;
  const impossible = demand.waiting
    .filter(({ shape }) => !templates.some((template) => fits(shape, totals(template))))
    .map(({ shape, count }) => ({
      shape,
      words: `${waits(count)} for ${shapeText(shape)}, and no node of this cluster can ever have that.`,
    }));
  const add = additions(
    facts,
    impossible.map(({ shape }) => shape),
  );
  return { add, impossible, remove: add.length > 0 ? [] : removals(facts) };
}

/** Waiting work is put where something is free, the largest first; what is left over gets new nodes. */
function additions(facts: ScaleFacts, impossible: readonly Demand['shape'][]): Decision['add'] {
  const { groups, templates } = facts;
  const bins = facts.plan.nodes.map((node) => free(facts, node));
  const room = groups.map((group) => Math.max(0, (group.max ?? 0) - membersOf(facts, group.name).length));
  const added = groups.map(() => ({ count: 0, reasons: new Map<string, Demand>() }));
  // What died is replaced though nothing waits.
  const missing = groups.map(({ name, max, min = 0 }) =>
    max === undefined ? 0 : Math.max(0, min - membersOf(facts, name).length),
  );
  missing.forEach((count, index) => {
    room[index]! -= count;
    for (let one = 0; one < count; one++) bins.push(totals(templates[index]!));
  });
  const waiting = facts.demand.waiting
    .filter(({ shape }) => !impossible.includes(shape))
    .toSorted((a, b) => size(b.shape) - size(a.shape));
  for (const { shape, count } of waiting) {
    for (let one = 0; one < count; one++) {
      if (place(shape, bins)) continue;
      const which = templates.findIndex(
        (template, index) => (room[index] ?? 0) > 0 && fits(shape, totals(template)),
      );
      if (which < 0) break;
      room[which]!--;
      added[which]!.count++;
      added[which]!.reasons.set(shapeText(shape), { shape, count });
      bins.push(totals(templates[which]!));
      place(shape, bins);
    }
  }
  return added.flatMap(({ count: wanted, reasons }, index) => {
    const count = wanted + missing[index]!;
    if (count === 0) return [];
    const group = templates[index]!.group;
    const why = [
      ...(missing[index]! > 0 ? [`${group} is below its least of ${groups[index]!.min}`] : []),
      ...[...reasons].map(([text, demand]) => `${waits(demand.count)} for ${text}`),
    ];
    return [{ group, count, words: `${why.join(', ')}: adding ${nodes(count)} to ${group}.` }];
  });
}

function removals(facts: ScaleFacts): Decision['remove'] {
  return facts.groups.flatMap((group) => {
    if (group.max === undefined) return [];
    const limitMs = group.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    const members = membersOf(facts, group.name);
    const spare = members.length - (group.min ?? group.count);
    const idle = members
      .filter((node) => !node.isHead)
      .map((node) => ({ node, idleMs: facts.idleMs.get(rayOf(facts, node)?.rayNodeId ?? '') ?? 0 }))
      .filter(({ idleMs }) => idleMs >= limitMs)
      .toSorted((a, b) => b.idleMs - a.idleMs);
    return idle.slice(0, Math.max(0, spare)).map(({ node, idleMs }) => ({
      index: node.index,
      words: `${node.name} has been idle for ${Math.round(idleMs / 1000)} s: removing it from ${node.group}.`,
    }));
  });
}

function membersOf(facts: ScaleFacts, group: string | undefined): NodePlan[] {
  return facts.plan.nodes.filter((node) => node.group === group);
}

function rayOf(facts: ScaleFacts, node: NodePlan): RayNode | undefined {
  return facts.rayNodes.find((one) => one.alive && one.labels[NODE_LABEL] === String(node.index));
}

/** A node that starts counts with all that it will have; one that goes, with nothing. */
function free(facts: ScaleFacts, node: NodePlan): Amounts {
  const ray = rayOf(facts, node);
  if (ray?.draining) return {};
  const used = ray ? (facts.demand.usedByNode[ray.rayNodeId] ?? {}) : {};
  return Object.fromEntries(
    Object.entries(totals(node)).map(([name, amount]) => [name, amount - (used[resourceKey(name)] ?? 0)]),
  );
}

function totals(node: NodePlan): Amounts {
  return { ...node.resources, CPU: node.cpus, GPU: node.gpus, memory: node.memoryBytes };
}

const EPSILON = 1e-6;

/** What Ray makes by itself (`node:…`, `bundle_group_…`) is no matter of a node's size. */
function fits(shape: Amounts, amounts: Amounts): boolean {
  return needs(shape).every(([name, amount]) => (amounts[name] ?? 0) + EPSILON >= amount);
}

function place(shape: Amounts, bins: Amounts[]): boolean {
  const bin = bins.find((one) => fits(shape, one));
  for (const [name, amount] of bin ? needs(shape) : []) bin![name] = (bin![name] ?? 0) - amount;
  return bin !== undefined;
}

function needs(shape: Amounts): [string, number][] {
  return Object.entries(shape).filter(
    ([name, amount]) => amount > 0 && !/^(node:|bundle|.*_group_|object_store_memory$)/.test(name),
  );
}

function size(shape: Amounts): number {
  return (shape['GPU'] ?? 0) * 1000 + (shape['CPU'] ?? 0) + Object.keys(shape).length;
}

/** `{CPU: 1, GPU: 2}` */
export function shapeText(shape: Amounts): string {
  return `{${needs(shape)
    .map(([name, amount]) => `${name}: ${name === 'memory' ? `${Math.ceil(amount / 2 ** 20)} MiB` : amount}`)
    .join(', ')}}`;
}

function waits(count: number): string {
  return count === 1 ? '1 task waits' : `${count} tasks wait`;
}

function nodes(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}
