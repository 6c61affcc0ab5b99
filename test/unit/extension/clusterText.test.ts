import { describe, expect, it } from 'vitest';
import { clusterDescription, clusterRows, isUsable } from '../../../extension/clusterText';
import { statusText } from '../../../extension/statusText';
import type { Row } from '../../../extension/rows';
import type {
  ClusterInfo,
  ClusterSpec,
  ClusterState,
  NodeInfo,
  NodeSample,
} from '../../../simulator/model/cluster';
import { aCluster, aNode, aRun, NOW_MS } from './sampleData';

const failure = { code: 'docker-unavailable', socket: '/run/docker.sock', reason: 'No such file.' } as const;
const GIB = 1024 ** 3;
const sample: NodeSample = {
  timeMs: NOW_MS,
  cpuPct: 43.4,
  memoryUsedBytes: GIB / 2,
  memoryTotalBytes: 2 * GIB,
  gpuPct: null,
  gpuMemoryUsedBytes: null,
  objectStoreUsedBytes: 0,
  objectStoreTotalBytes: GIB,
  cpusClaimed: 2,
  gpusClaimed: 1,
};

describe('a cluster in the tree', () => {
  const cases: [kind: ClusterState, description: string, context: string, usable: boolean][] = [
    [{ kind: 'starting', step: 'node 1 of 3' }, 'node 1 of 3', 'cluster.starting', false],
    [{ kind: 'ready' }, '2 nodes · ray 2.60.0 · process', 'cluster.ready.dashboard', true],
    [
      { kind: 'degraded', reason: 'node 1 is dead' },
      '2 nodes · ray 2.60.0 · process · node 1 is dead',
      'cluster.degraded.dashboard',
      true,
    ],
    [{ kind: 'unreachable', reason: 'no answer' }, 'unreachable: no answer', 'cluster.unreachable', false],
    [{ kind: 'stopping' }, 'stopping', 'cluster.stopping', false],
    [{ kind: 'failed', failure }, 'Docker does not answer.', 'cluster.failed', false],
  ];
  it.each(cases)('in state %j', (state, description, context, usable) => {
    const cluster = aCluster({ state });
    const [row] = clusterRows([cluster], NOW_MS);
    expect(clusterDescription(cluster)).toBe(description);
    expect(row).toMatchObject({ id: 'cluster:c1', label: 'pipeline.py', description, context });
    expect(isUsable(cluster)).toBe(usable);
  });

  it('explains a failure on a click and hides its nodes', () => {
    const [row] = clusterRows([aCluster({ state: { kind: 'failed', failure } })], NOW_MS);
    expect(row?.command?.id).toBe('heliostat.explainCluster');
    expect(row?.children).toEqual([]);
    expect(row?.tooltip).toContain('Without Docker, nodes are plain processes');
  });

  it('has no button for a dashboard that is not there', () => {
    const [row] = clusterRows([aCluster({ dashboardUrl: null })], NOW_MS);
    expect(row?.context).toBe('cluster.ready');
  });

  it('shows nodes and their resources, with use where it is known', () => {
    const node = aNode({
      gpus: 1,
      gpusSimulated: true,
      resources: { ingest: 4 },
      labels: { zone: 'a' },
      sample,
    });
    const [row] = clusterRows([aCluster({ nodes: [node] })], NOW_MS);
    const [group] = row?.children ?? [];
    expect(group).toMatchObject({ label: 'group1', description: '1 node', context: 'group.can-add' });
    const [head] = group?.children ?? [];
    expect(head).toMatchObject({
      label: 'head',
      description: '4 CPUs · 1 GPU (simulated) · CPU 43 %',
      context: 'node.alive',
    });
    expect(head?.children.map((one) => `${one.label}: ${one.description}`)).toEqual([
      'CPUs: 2 of 4 taken',
      'Memory: 512 MiB of 2 GiB used',
      'GPUs: 1 of 1 taken · simulated',
      'Object store: 0 B of 1 GiB used',
      'ingest: 4',
      'zone: a',
    ]);
  });

  it('says nothing about use where no sample came: unknown is not zero', () => {
    const [row] = clusterRows([aCluster()], NOW_MS);
    expect(row?.children[0]?.children[0]?.children.map((one) => `${one.label}: ${one.description}`)).toEqual([
      'CPUs: 4',
      'Memory: 2 GiB',
    ]);
  });

  it('puts nodes under their groups, which say how many and what can be done', () => {
    const spec: ClusterSpec = {
      backend: 'process',
      groups: [{ count: 1 }, { count: 0, name: 'workers', min: 0, max: 4 }],
      mounts: [],
      recording: true,
    };
    const worker = aNode({ index: 1, name: 'node 1', isHead: false, group: 'workers' });
    const groups = (nodes: NodeInfo[]) =>
      clusterRows([aCluster({ spec, nodes })], NOW_MS)[0]?.children.map((row) => [
        row.label,
        row.description,
        row.context,
        row.children.length,
      ]);
    expect(groups([aNode(), worker])).toEqual([
      ['group1', '1 node', 'group.can-add', 1],
      ['workers', '1 node · 0 to 4, as work comes', 'group.can-add.can-remove', 1],
    ]);
    expect(groups([aNode()])?.[1]).toEqual([
      'workers',
      '0 nodes · 0 to 4, as work comes',
      'group.can-add',
      0,
    ]);
    const elsewhere = aCluster({ backend: 'remote', nodes: [aNode({ group: null })] });
    expect(clusterRows([elsewhere], NOW_MS)[0]?.children.map(({ label }) => label)).toEqual(['head']);
  });

  it('gives every row an id of its own', () => {
    const node = aNode({ resources: { CPUs: 1, Memory: 2 }, labels: { CPUs: 'x' }, sample });
    const rows = clusterRows(
      [aCluster({ nodes: [node, aNode({ index: 1 })] }), aCluster({ id: 'c2' })],
      NOW_MS,
    );
    const all = (row: Row): Row[] => [row, ...row.children.flatMap(all)];
    const ids = rows.flatMap(all);
    expect(new Set(ids.map((row) => row.id)).size).toBe(ids.length);
  });
});

describe('the status bar', () => {
  const counts = { total: 100, waiting: 80, running: 8, finished: 11, failed: 1 };
  const text = (clusters: ClusterInfo[], runs = [] as ReturnType<typeof aRun>[]) =>
    statusText(clusters, runs)?.text;

  it('is empty when there is nothing', () => {
    expect(statusText([], [aRun({ state: { kind: 'succeeded' } })])).toBeNull();
  });

  it('counts the nodes that are alive on usable clusters', () => {
    const dead = aCluster({
      id: 'c2',
      nodes: [aNode({ state: 'dead' })],
      state: { kind: 'degraded', reason: 'x' },
    });
    expect(text([aCluster(), dead])).toBe('$(server) Ray: 2 nodes');
    expect(text([aCluster({ nodes: [aNode()] })])).toBe('$(server) Ray: 1 node');
  });

  it('says what is under way', () => {
    expect(text([aCluster({ state: { kind: 'starting', step: 'x' } })])).toBe(
      '$(loading~spin) Ray: starting',
    );
    expect(text([aCluster({ state: { kind: 'stopping' } })])).toBe('$(loading~spin) Ray: stopping');
    expect(text([aCluster({ state: { kind: 'failed', failure } })])).toBe('$(warning) Ray: not usable');
  });

  it('puts runs before clusters', () => {
    expect(text([aCluster()], [aRun({ taskCounts: counts })])).toBe('$(sync~spin) pipeline.py 12/100');
    expect(text([], [aRun(), aRun({ id: 'r2' })])).toBe('$(sync~spin) 2 runs');
  });

  it('speaks without icons', () => {
    expect(statusText([aCluster()], [])?.spoken).toBe('Heliostat, Ray: 2 nodes');
  });
});
