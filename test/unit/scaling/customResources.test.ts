/** Runs whose tasks ask for custom resources of their nodes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NodeInfo } from '../../../simulator/model/cluster';
import type { Prediction, PredictRequest } from '../../../simulator/model/scaling';
import { nodeFacts } from '../../../simulator/run/nodeFacts';
import { capture, nodeTypesOf } from '../../../simulator/scaling/capture';
import { overheadsNamed } from '../../../simulator/scaling/overheads';
import { predictGraph } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import { readTrace, writeTrace } from '../../../simulator/trace/traceFile';
import type { TraceStore } from '../../../simulator/trace/traceStore';
import { Program } from '../trace/build';
import { DRIVER, T0_MS, taskId } from '../trace/synthetic';

type Amounts = Record<string, number>;

/** As Ray tells of a node on a cluster that is not ours. */
const OF_RAY = {
  'node:10.0.0.7': 1,
  'node:__internal_head__': 1,
  object_store_memory: 1e9,
  memory: 3e9,
  CPU: 2,
  'accelerator_type:A100': 1,
  CPU_group_0_5f4b1d0b7f9c4c0e8a3d2b6e9f10a1b2c3d4: 2,
  bundle_group_5f4b1d0b7f9c4c0e8a3d2b6e9f10a1b2c3d4: 1000,
};

function nodeInfo(index: number, resources: Amounts): NodeInfo {
  return {
    ...{ index, name: `node ${index}`, isHead: index === 0, group: null, state: 'alive', condition: null },
    ...{ rayNodeId: `n${index}`, address: null, cpus: 2, gpus: 0, gpusSimulated: false, memoryBytes: 4e9 },
    ...{ resources, labels: {}, sample: null },
  };
}

/** Two tasks of 100 ms, one after the other, each of which asks for `asked`, on nodes with these. */
function recorded(nodes: (Amounts | null)[], asked: Amounts): TraceStore {
  const program = new Program();
  nodes.forEach((resources, nodeIndex) => {
    const { resources: kept, ...node } = nodeFacts(nodeInfo(nodeIndex, resources ?? {}));
    program.apply({
      type: 'node',
      nodeIndex,
      node: resources === null ? node : { ...node, resources: kept! },
    });
  });
  const ids = [0, 1].map((n) => {
    const task = taskId(n);
    const what = { task, parent: DRIVER, kind: 'task', function: 'm.f', cpus: 1 } as const;
    program.apply({ type: 'submitted', ...what, timeMs: T0_MS + 1, resources: asked, deps: [] });
    const where = { node: String(nodes.length - 1), worker: 'w', pid: 2 };
    const times = { startMs: T0_MS + 5 + n * 101, timeMs: T0_MS + 105 + n * 101 };
    program.apply({ type: 'ended', task, ...where, ...times, cpuMs: 100, error: null });
    return task;
  });
  program.got(ids, 2, 207);
  const driver = { node: '0', worker: 'd', pid: 1 };
  const times = { startMs: T0_MS, timeMs: T0_MS + 210 };
  program.apply({ type: 'ended', task: DRIVER, ...driver, ...times, cpuMs: 3, error: null });
  return program.store;
}

function predicted(store: TraceStore, request: PredictRequest = { nodes: [1, 2] }): Prediction {
  const captured = capture(store, { gpuRatio: null, costs: overheadsNamed('measured') });
  expect(captured.refused).toEqual([]);
  const context = { prices: USUAL_PRICES, captured, backChecks: [] };
  return predictGraph(captured.graph!, optionsOf(captured.graph!, request, context));
}

describe('custom resources', () => {
  it('of a node are kept in the trace, without what Ray names by itself', async () => {
    const store = recorded([{ ...OF_RAY, special: 2, none: 0 }], { special: 1 });
    expect(nodeTypesOf(store)).toMatchObject([{ cpus: 2, count: 1, resources: { special: 2 } }]);
    const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-custom-'));
    try {
      await writeTrace(path.join(dir, 'a.heliostat'), store);
      expect(nodeTypesOf(await readTrace(path.join(dir, 'a.heliostat')))).toEqual(nodeTypesOf(store));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('make kinds of nodes', () => {
    const store = recorded([{}, { special: 2 }, { special: 2 }, { special: 1 }], { special: 1 });
    expect(nodeTypesOf(store)).toMatchObject([
      { count: 1, resources: {} },
      { count: 2, resources: { special: 2 } },
      { count: 1, resources: { special: 1 } },
    ]);
  });

  it('that the run’s nodes had are there in predictions', () => {
    const { points, refused, replay } = predicted(recorded([{ special: 1 }], { special: 1 }));
    expect(refused).toEqual([]);
    expect(Math.abs(replay!.errorPct)).toBeLessThan(5);
    // One at a time on one node, both at once on two.
    expect(points.map(({ timeMs }) => Math.round(timeMs / 100))).toEqual([2, 1]);
  });

  it('are there as well where larger nodes have none', () => {
    const { points, refused } = predicted(recorded([{}, { special: 1 }], { special: 1 }));
    expect(refused).toEqual([]);
    expect(points.map(({ nodes, cpus }) => [nodes, cpus])).toEqual([
      [1, 4],
      [2, 8],
    ]);
  });

  it('that no task asks for make no other nodes', () => {
    const { points } = predicted(recorded([{ head: 1 }, {}], {}));
    expect(points.map(({ cpus }) => cpus)).toEqual([2, 4]);
  });

  it('are named where a node type has too few of them', () => {
    const { refused } = predicted(recorded([{ special: 2 }], { special: 2 }), {
      types: [{ ...nodeTypesOf(recorded([{ special: 1 }], {}))[0]!, count: null }],
    });
    expect(refused).toEqual([
      'f asks for 1 CPU and 2 special, which no node has (2 CPUs, 0 GPUs, 1 special). Give a node type that has it with --node-type.',
    ]);
  });

  it('do not include a certain node, which tasks may ask for', () => {
    const { points, refused, assumptions } = predicted(recorded([OF_RAY], { 'node:10.0.0.7': 0.01 }));
    expect(refused).toEqual([]);
    expect(points).toHaveLength(2);
    expect(assumptions).toContain('Tasks that ask for a certain node (`node:…`) are taken to run on any.');
  });

  it('are none in traces of before they were kept', () => {
    const store = recorded([null], {});
    expect(store.nodes.get(0)!.resources).toBeUndefined();
    expect(nodeTypesOf(store)).toMatchObject([{ resources: {} }]);
    expect(predicted(store).refused).toEqual([]);
  });
});
