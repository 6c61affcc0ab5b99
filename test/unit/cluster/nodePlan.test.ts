import { describe, expect, it } from 'vitest';
import { planNodes, type MachineFacts } from '../../../simulator/cluster/nodePlan';
import type { NodeGroup } from '../../../simulator/model/cluster';
import { FailureError } from '../../../simulator/model/failure';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const laptop: MachineFacts = { cpus: 8, memoryBytes: 16 * GIB, shmBytes: 8 * GIB, gpuIds: [] };

function why(groups: NodeGroup[], machine = laptop): string {
  try {
    planNodes(groups, machine);
  } catch (error) {
    const failure = error instanceof FailureError ? error.failure : null;
    if (failure?.code === 'nodes-impossible') return failure.detail;
    throw error;
  }
  throw new Error('It was planned.');
}

describe('planNodes', () => {
  it('makes one node of all CPUs when nothing is said, and leaves memory for whoever works there', () => {
    const [head, ...others] = planNodes([], laptop);
    expect(others).toEqual([]);
    expect(head).toMatchObject({
      index: 0,
      name: 'head',
      isHead: true,
      cpus: 8,
      gpus: 0,
      gpusSimulated: false,
    });
    expect(head!.objectStoreBytes).toBe(2 * GIB);
    expect(head!.memoryBytes + head!.objectStoreBytes).toBeLessThan(16 * GIB);
    expect(head!.labels).toEqual({ 'heliostat-node': '0' });
  });

  it('counts the head as the first node of the first group and numbers through the groups', () => {
    const nodes = planNodes(
      [
        { count: 2, cpus: 2 },
        { count: 1, cpus: 1, resources: { ingest: 4 }, labels: { zone: 'a' } },
      ],
      laptop,
    );
    expect(nodes.map(({ name, isHead, cpus }) => [name, isHead, cpus])).toEqual([
      ['head', true, 2],
      ['node 1', false, 2],
      ['node 2', false, 1],
    ]);
    expect(nodes[2]).toMatchObject({
      resources: { ingest: 4 },
      labels: { zone: 'a', 'heliostat-node': '2' },
    });
  });

  it('shares CPUs by whole ones, at least one each', () => {
    expect(planNodes([{ count: 3 }], laptop).map((node) => node.cpus)).toEqual([2, 2, 2]);
    expect(planNodes([{ count: 3 }], { ...laptop, cpus: 2 }).map((node) => node.cpus)).toEqual([1, 1, 1]);
  });

  it('takes the object store out of the memory that was named', () => {
    const [node] = planNodes([{ count: 1, memoryBytes: 2 * GIB }], laptop);
    expect(node!.memoryBytes + node!.objectStoreBytes).toBe(2 * GIB);
    expect(node!.objectStoreBytes).toBe(Math.floor(2048 * 0.3) * MIB);
  });

  it('gives what named nodes leave to the others', () => {
    const [named, first, second] = planNodes([{ count: 1, memoryBytes: 4 * GIB }, { count: 2 }], laptop);
    const total = (node: typeof named) => node!.memoryBytes + node!.objectStoreBytes;
    expect(total(named)).toBe(4 * GIB);
    expect(total(first)).toBe(total(second));
    expect(total(named) + total(first) + total(second)).toBeLessThanOrEqual(16 * GIB);
  });

  it('keeps all stores within /dev/shm, small ones whole', () => {
    const nodes = planNodes(
      [
        { count: 1, memoryBytes: GIB },
        { count: 2, memoryBytes: 6 * GIB },
      ],
      {
        ...laptop,
        shmBytes: 2 * GIB,
      },
    );
    const stores = nodes.map((node) => node.objectStoreBytes);
    expect(stores[0]).toBe(Math.floor(1024 * 0.3) * MIB);
    expect(stores[1]! - stores[2]!).toBeLessThanOrEqual(MIB);
    expect(stores.reduce((a, b) => a + b)).toBeLessThanOrEqual(2 * GIB);
    expect(Math.min(...stores)).toBeGreaterThanOrEqual(78 * MIB);
  });

  it('leaves stores at their size where /dev/shm is hopeless, since Ray then maps files', () => {
    const [node] = planNodes([{ count: 1, memoryBytes: GIB }], { ...laptop, shmBytes: 64 * MIB });
    expect(node!.objectStoreBytes).toBe(Math.floor(1024 * 0.3) * MIB);
  });

  it.each<[string, number, NodeGroup[], boolean[]]>([
    ['where there are none', 0, [{ count: 1, gpus: 1 }], [true]],
    ['not where there are enough', 2, [{ count: 2, gpus: 1 }], [false, false]],
    ['only for nodes that come too late', 1, [{ count: 2, gpus: 1 }], [false, true]],
    [
      'for a node that wants more than is left',
      2,
      [
        { count: 1, gpus: 3 },
        { count: 1, gpus: 2 },
      ],
      [true, false],
    ],
    ['never for a node without', 0, [{ count: 1 }, { count: 1, gpus: 0 }], [false, false]],
  ])('simulates GPUs %s', (_, gpus, groups, expected) => {
    const gpuIds = Array.from({ length: gpus }, (_one, id) => String(id));
    expect(planNodes(groups, { ...laptop, gpuIds }).map((node) => node.gpusSimulated)).toEqual(expected);
  });

  it.each<[NodeGroup[], RegExp]>([
    [[{ count: 0 }], /whole number of at least 1, not 0/],
    [[{ count: 1.5 }], /not 1\.5/],
    [[{ count: 65 }], /at most 64 nodes/],
    [[{ count: 40 }, { count: 40 }], /at most 64 nodes here; this one wants 80/],
    [[{ count: 1e9 }], /at most 64 nodes/],
    [[{ count: 1, cpus: 0 }], /CPUs .* not 0/],
    [[{ count: 1, gpus: -1 }], /GPUs .* not -1/],
    [[{ count: 1, memoryBytes: 100 * MIB }], /at least 256 MiB of memory; this one has 100 MiB/],
    [[{ count: 1, memoryBytes: NaN }], /at least 256 MiB/],
    [[{ count: 2, memoryBytes: 9 * GIB }], /want 18\.0 GiB of memory, and this machine has 16\.0 GiB/],
    [[{ count: 1, memoryBytes: 15 * GIB }, { count: 8 }], /not enough memory for 9 nodes/],
    [[{ count: 1, resources: { CPU: 2 } }], /"CPU" is no custom resource: use `cpus`/],
    [[{ count: 1, resources: { ingest: -1 } }], /"ingest" cannot have the amount -1/],
    [[{ count: 1, labels: { zone: 'a b' } }], /label "zone" = "a b"/],
    [[{ count: 1, labels: { 'ray.io/node-id': 'x' } }], /set by Ray or Heliostat/],
    [[{ count: 1, labels: { 'heliostat-node': '7' } }], /set by Ray or Heliostat/],
  ])('refuses %j and says why', (groups, words) => {
    expect(why(groups)).toMatch(words);
  });
});
