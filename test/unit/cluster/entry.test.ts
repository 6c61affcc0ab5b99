import { describe, expect, it } from 'vitest';
import type { ClusterPlan } from '../../../simulator/cluster/backend';
import { clusterFiles } from '../../../simulator/cluster/clusterFiles';
import {
  assess,
  canServe,
  entryInfo,
  HEAD_LOST,
  isOverdue,
  isStale,
  letGo,
  newEntry,
  readNodesInto,
  type Entry,
} from '../../../simulator/cluster/entry';
import { nodeMarks } from '../../../simulator/cluster/nodeMarks';
import { planNodes } from '../../../simulator/cluster/nodePlan';
import { ProcessBackend } from '../../../simulator/cluster/processBackend';
import { NOTHING_MEASURED, type ClusterSpec, type ClusterState } from '../../../simulator/model/cluster';
import type { RayNode } from '../../../simulator/ray/nodes';

const spec: ClusterSpec = {
  backend: 'process',
  groups: [{ count: 2, cpus: 1 }],
  python: '/venv/bin/python',
  mounts: ['/work'],
  recording: true,
};

function make(state: ClusterState = { kind: 'ready' }, idleMinutes = 0): Entry {
  const plan: ClusterPlan = {
    id: 'abcdef',
    name: 'x',
    spec,
    nodes: planNodes(spec.groups, { cpus: 2, memoryBytes: 8e9, shmBytes: 4e9, gpuIds: [] }),
    createdMs: 1,
    idleMinutes,
    origin: null,
  };
  return newEntry(plan, clusterFiles('/tmp/hs1', 'abcdef'), new ProcessBackend('/tmp/hs1'), state);
}

function ray(index: number, alive: boolean, rayNodeId = `id${index}`): RayNode {
  return {
    rayNodeId,
    address: `127.0.0.${index + 2}`,
    alive,
    isHead: index === 0,
    draining: false,
    labels: { 'heliostat-node': String(index) },
    resources: {},
    sample: { timeMs: 1, ...NOTHING_MEASURED, cpuPct: 99, objectStoreUsedBytes: 5 },
  };
}

const own = (index: number, alive: boolean) => ({
  index,
  alive,
  address: null,
  condition: null,
  sample: { cpuPct: 7, memoryUsedBytes: 1, memoryTotalBytes: 2 },
});

function state(readings: [ownAlive: boolean, rayAlive: boolean][], before?: ClusterState): ClusterState {
  const entry = make(before);
  const rays = readings.map(([, alive], index) => ray(index, alive));
  readNodesInto(
    entry,
    readings.map(([alive], index) => own(index, alive)),
    rays,
  );
  return assess(entry);
}

describe("a cluster's nodes", () => {
  it("show the backend's own measures before Ray's, which are the whole machine's", () => {
    const entry = make();
    readNodesInto(entry, [own(0, true), own(1, true)], [ray(0, true), ray(1, true)]);
    expect(entry.nodes[1]).toMatchObject({
      state: 'alive',
      rayNodeId: 'id1',
      address: '127.0.0.3',
      sample: { cpuPct: 7, memoryUsedBytes: 1, objectStoreUsedBytes: 5 },
    });
  });

  it('are read from the living one of two that Ray remembers', () => {
    const entry = make();
    readNodesInto(
      entry,
      [own(0, true), own(1, true)],
      [ray(0, true), ray(1, false, 'old'), ray(1, true, 'new')],
    );
    expect(entry.nodes[1]).toMatchObject({ state: 'alive', rayNodeId: 'new' });
  });

  it('stay as the backend sees them while Ray is silent', () => {
    const entry = make();
    readNodesInto(entry, [own(0, true), own(1, false)], null);
    expect(entry.nodes.map((node) => node.state)).toEqual(['alive', 'dead']);
  });
});

describe('the state of a cluster', () => {
  const alive: [boolean, boolean] = [true, true];
  it.each<[string, ClusterState, [boolean, boolean][]]>([
    ['ready', { kind: 'ready' }, [alive, alive]],
    [
      'degraded by a process that is gone',
      { kind: 'degraded', reason: 'node 1 died.' },
      [alive, [false, true]],
    ],
    [
      'degraded by a node that Ray gave up',
      { kind: 'degraded', reason: 'node 1 died.' },
      [alive, [true, false]],
    ],
    ['lost with its head', { kind: 'unreachable', reason: HEAD_LOST }, [[false, true], alive]],
  ])('is %s', (_, expected, readings) => {
    expect(state(readings)).toEqual(expected);
  });

  it('is not worse for a node that is being taken away, which is no loss', () => {
    const entry = make();
    readNodesInto(entry, [own(0, true), own(1, true)], null);
    const before = entry.nodes;
    entry.leaving.add(1);
    readNodesInto(entry, [own(0, true), own(1, false)], null);
    expect(nodeMarks(entry, before)).toEqual([]);
    expect(assess(entry)).toEqual({ kind: 'ready' });
    entry.leaving.clear();
    readNodesInto(entry, [own(0, true), own(1, false)], null);
    expect(nodeMarks(entry, before)).toMatchObject([{ kind: 'lost', node: 1 }]);
    expect(assess(entry)).toMatchObject({ kind: 'degraded' });
  });

  it('gets well again', () => {
    expect(state([alive, alive], { kind: 'unreachable', reason: 'Ray does not answer.' })).toEqual({
      kind: 'ready',
    });
  });

  it('is unreachable only after a silence of some length', () => {
    const entry = make();
    readNodesInto(entry, [own(0, true), own(1, true)], null);
    entry.silentSinceMs = performance.now() - 5000;
    expect(assess(entry).kind).toBe('ready');
    entry.silentSinceMs = performance.now() - 15_000;
    expect(assess(entry)).toEqual({ kind: 'unreachable', reason: 'Ray does not answer.' });
  });
});

describe('a run', () => {
  it.each<[string, boolean, Partial<ClusterSpec>]>([
    ['wants the same', true, {}],
    ['needs a folder inside one that is mounted', true, { mounts: ['/work/deep'] }],
    ['needs no folder', true, { mounts: [] }],
    ['needs a folder that only begins alike', false, { mounts: ['/work2'] }],
    ['wants other nodes', false, { groups: [{ count: 3, cpus: 1 }] }],
    ['wants another Python', false, { python: '/other/python' }],
    ['wants no recording', false, { recording: false }],
  ])('that %s: %s', (_, expected, change) => {
    expect(canServe(make(), { ...spec, ...change })).toBe(expected);
  });

  it('is served by a cluster whose spec was read from a file, in whatever order it stands there', () => {
    const entry = make();
    entry.plan.spec = Object.fromEntries(Object.entries(spec).reverse()) as unknown as ClusterSpec;
    expect(canServe(entry, spec)).toBe(true);
  });

  it.each<[ClusterState, boolean]>([
    [{ kind: 'starting', step: '' }, true],
    [{ kind: 'degraded', reason: '' }, false],
    [{ kind: 'unreachable', reason: '' }, false],
    [{ kind: 'stopping' }, false],
    [{ kind: 'failed', failure: { code: 'cancelled' } }, false],
  ])('on a cluster that is %j: %s', (given, expected) => {
    expect(canServe(make(given), spec)).toBe(expected);
  });
});

describe('an idle cluster', () => {
  const minutesAgo = (minutes: number) => Date.now() - minutes * 60_000;

  it('is overdue after its time without a run, and says when that will be', () => {
    const entry = make({ kind: 'ready' }, 10);
    entry.idleSinceMs = minutesAgo(9);
    expect(isOverdue(entry)).toBe(false);
    expect(entryInfo(entry).idleStopAtMs).toBe(entry.idleSinceMs + 600_000);
    entry.idleSinceMs = minutesAgo(11);
    expect(isOverdue(entry)).toBe(true);
    entry.holds.add('run');
    expect(isOverdue(entry)).toBe(false);
    expect(entryInfo(entry)).toMatchObject({ idleStopAtMs: null, activeRuns: ['run'] });
  });

  it('counts its time from when its last run lets it go', () => {
    const entry = make({ kind: 'ready' }, 10);
    entry.idleSinceMs = minutesAgo(11);
    entry.holds.add('run');
    expect(letGo(entry, 'another')).toBe(false);
    expect(entry.holds.size).toBe(1);
    expect(letGo(entry, 'run')).toBe(true);
    expect(entry.holds.size).toBe(0);
    expect(isOverdue(entry)).toBe(false);
  });

  it('is never overdue without such a time', () => {
    const entry = make({ kind: 'ready' }, 0);
    entry.idleSinceMs = minutesAgo(9999);
    expect(isOverdue(entry)).toBe(false);
  });

  it('that failed is shown for ten minutes', () => {
    const entry = make({ kind: 'failed', failure: { code: 'cancelled' } });
    entry.idleSinceMs = minutesAgo(9);
    expect(isStale(entry)).toBe(false);
    entry.idleSinceMs = minutesAgo(11);
    expect(isStale(entry)).toBe(true);
  });
});
