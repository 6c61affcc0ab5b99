import { describe, expect, it } from 'vitest';
import { decide, lostNodes } from '../../../simulator/cluster/autoscale';
import { nodeLike, planGroups } from '../../../simulator/cluster/groupPlan';
import { NODE_LABEL, type MachineFacts } from '../../../simulator/cluster/nodePlan';
import type { NodeGroup, NodeInfo } from '../../../simulator/model/cluster';
import { decodeDemand, type Demand } from '../../../simulator/ray/demand';
import type { RayNode } from '../../../simulator/ray/nodes';

const GIB = 1024 ** 3;
const machine: MachineFacts = { cpus: 8, memoryBytes: 64 * GIB, shmBytes: Infinity, gpuIds: ['0', '1'] };
const groups: NodeGroup[] = [
  { count: 1, cpus: 1, memoryBytes: GIB },
  { count: 0, name: 'gpus', min: 0, max: 2, cpus: 1, gpus: 1, memoryBytes: GIB, resources: { my_kind: 1 } },
  { count: 1, name: 'plain', min: 1, max: 3, cpus: 2, memoryBytes: GIB, idleTimeoutMs: 10_000 },
];

function look(
  waiting: Demand[],
  used: Record<number, Record<string, number>> = {},
  idleMs: Record<number, number> = {},
) {
  const planned = planGroups(groups, machine);
  const nodes = [...planned.nodes];
  for (const index of Object.keys(idleMs).map(Number))
    if (!nodes.some((node) => node.index === index))
      nodes.push(nodeLike(planned.templates[2]!, index, nodes, machine));
  const rayNodes = nodes.map(
    (node) =>
      ({
        rayNodeId: `id${node.index}`,
        alive: true,
        draining: false,
        labels: { [NODE_LABEL]: String(node.index) },
      }) as unknown as RayNode,
  );
  const usedByNode = Object.fromEntries(
    Object.entries(used).map(([index, amounts]) => [`id${index}`, amounts]),
  );
  const idle = new Map(Object.entries(idleMs).map(([index, ms]) => [`id${index}`, ms]));
  const demand = { timeMs: 0, waiting, usedByNode };
  return decide({ ...planned, plan: { nodes }, rayNodes, demand, idleMs: idle });
}

describe('an elastic cluster', () => {
  it('adds what is needed for what waits, once what is free is used, and says why', () => {
    const busy = { 0: { CPU: 1 }, 1: { CPU: 1 } };
    expect(look([{ shape: { CPU: 1 }, count: 4 }], busy).add).toEqual([
      { group: 'gpus', count: 2, words: '4 tasks wait for {CPU: 1}: adding 2 nodes to gpus.' },
      { group: 'plain', count: 1, words: '4 tasks wait for {CPU: 1}: adding 1 node to plain.' },
    ]);
    expect(look([{ shape: { CPU: 1 }, count: 3 }]).add).toEqual([]);
  });

  it('goes no further than the most, and knows custom resources under the names that the dashboard makes', () => {
    const [only, ...more] = look([{ shape: { my_kind: 1 }, count: 50 }]).add;
    expect([only?.group, only?.count, more]).toEqual(['gpus', 2, []]);
    const report = { usageByNode: { id9: { myKind: [1, 1] } }, resourceDemand: [], pgDemand: [] };
    const demand = decodeDemand({ data: { clusterStatus: { time: 1, loadMetricsReport: report } } });
    expect(demand?.usedByNode).toEqual({ id9: { myKind: 1 } });
  });

  it('says at once what can never be met', () => {
    const { add, impossible } = look([{ shape: { GPU: 4 }, count: 1 }]);
    expect(add).toEqual([]);
    expect(impossible.map(({ words }) => words)).toEqual([
      '1 task waits for {GPU: 4}, and no node of this cluster can ever have that.',
    ]);
  });

  it('lets idle nodes go down to the least, the longest idle first, and never the head', () => {
    const { remove } = look([], {}, { 0: 99_000, 1: 12_000, 2: 30_000, 3: 5000 });
    expect(remove.map(({ index }) => index)).toEqual([2, 1]);
    expect(remove[0]?.words).toBe('node 2 has been idle for 30 s: removing it from plain.');
    expect(look([], {}, { 1: 99_000 }).remove).toEqual([]);
  });

  it('replaces a node that died, and counts it neither as free nor as a member', () => {
    const planned = planGroups(groups, machine);
    const nodes = [...planned.nodes, nodeLike(planned.templates[2]!, 2, planned.nodes, machine)];
    const states = (dead: number[]) =>
      nodes.map(({ index }) => ({ index, state: dead.includes(index) ? 'dead' : 'alive' }) as NodeInfo);
    const elastic = ['gpus', 'plain'];
    expect(lostNodes({ nodes }, states([]), elastic)).toEqual([]);
    expect(lostNodes({ nodes }, states([0, 1]), [...elastic, 'group1'])).toEqual([nodes[1]]);
    expect(lostNodes({ nodes }, states([1, 2]), ['gpus'])).toEqual([]);

    const left = nodes.filter((node) => !lostNodes({ nodes }, states([1, 2]), elastic).includes(node));
    const demand = { timeMs: 0, waiting: [{ shape: { CPU: 2 }, count: 3 }], usedByNode: {} };
    const facts = { ...planned, rayNodes: [], demand, idleMs: new Map<string, number>() };
    expect(decide({ ...facts, plan: { nodes: left } }).add).toEqual([
      {
        group: 'plain',
        count: 3,
        words: 'plain is below its least of 1, 3 tasks wait for {CPU: 2}: adding 3 nodes to plain.',
      },
    ]);
  });

  it('fills a group up to its least though nothing waits, within its most', () => {
    const wanted = [{ count: 1 }, { count: 2, name: 'kept', min: 2, max: 3, cpus: 1 }];
    const planned = planGroups(wanted, machine);
    const facts = { ...planned, rayNodes: [], idleMs: new Map<string, number>() };
    const plan = { nodes: planned.nodes.slice(0, 2) };
    const idle = { timeMs: 0, waiting: [], usedByNode: {} };
    expect(decide({ ...facts, plan, demand: idle }).add).toEqual([
      { group: 'kept', count: 1, words: 'kept is below its least of 2: adding 1 node to kept.' },
    ]);
    const busy = { ...idle, waiting: [{ shape: { CPU: 1 }, count: 20 }] };
    expect(decide({ ...facts, plan, demand: busy }).add).toMatchObject([{ group: 'kept', count: 2 }]);
    expect(decide({ ...facts, plan: planned, demand: idle }).add).toEqual([]);
  });

  it('deals each GPU to one node, also to those that come later', () => {
    const { templates, nodes } = planGroups(groups, machine);
    const first = nodeLike(templates[1]!, 5, nodes, machine);
    const second = nodeLike(templates[1]!, 6, [...nodes, first], machine);
    const third = nodeLike(templates[1]!, 7, [...nodes, first, second], machine);
    expect([first, second, third].map(({ gpuIds, gpusSimulated }) => [gpuIds, gpusSimulated])).toEqual([
      [['0'], false],
      [['1'], false],
      [[], true],
    ]);
  });
});

describe("Ray's report of what waits", () => {
  it('counts bundles of placement groups each by itself', () => {
    const bundles = [
      [{ CPU: 1, GPU: 1 }, 1],
      [{ CPU: 1 }, 2],
    ];
    const report = {
      resourceDemand: [[{ CPU: 2 }, 3]],
      pgDemand: [[{ bundles, strategy: 'SPREAD' }, 2]],
    };
    expect(
      decodeDemand({ data: { clusterStatus: { time: 2, loadMetricsReport: report } } })?.waiting,
    ).toEqual([
      { shape: { CPU: 2 }, count: 3 },
      { shape: { CPU: 1, GPU: 1 }, count: 2 },
      { shape: { CPU: 1 }, count: 4 },
    ]);
    expect(decodeDemand({ data: {} })).toBeNull();
  });
});
