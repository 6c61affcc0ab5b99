import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toFailure, type FailureError } from '../../../simulator/model/failure';
import { openedRun } from '../../../simulator/run/openedTrace';
import { runView } from '../../../simulator/run/view';
import { capture } from '../../../simulator/scaling/capture';
import { Forecast } from '../../../simulator/scaling/forecast';
import { overheadsNamed } from '../../../simulator/scaling/overheads';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import { predictedName, saveTraceAt, tracedAt } from '../../../simulator/scaling/simulatedTrace';
import { timelineLanes } from '../../../simulator/trace/timelineSlices';
import { readTrace, writeTrace } from '../../../simulator/trace/traceFile';
import type { TraceStore } from '../../../simulator/trace/traceStore';
import { fanOut, graphOf, nodeOf, type LooseTask } from './build';

const START_MS = 1_800_000_000_000;

function forecastOf(tasks: LooseTask[], actors?: object[], cpus = 4): Forecast {
  const graph = graphOf(tasks, actors);
  const request = { types: [nodeOf(cpus)], overheads: 'none' as const };
  return new Forecast(
    graph,
    optionsOf(graph, request, { prices: USUAL_PRICES, captured: null, backChecks: [] }),
  );
}

/** Sixteen tasks, their sum, tasks inside a task, and an actor that is called twice. */
const forecast = forecastOf(
  [
    ...fanOut(16, { outputBytes: 5000 }),
    { id: 'sum', deps: ['f0', 'f1', 'f2'] },
    { id: 'outer', durationMs: 10 },
    ...[0, 1].map((at) => ({ id: `in${at}`, parent: 'outer' })),
    ...[0, 1].map((at) => ({ id: `c${at}`, actor: 'A', cpus: 0, deps: ['sum'] })),
  ],
  [{ id: 'A', cpus: 1, gpus: 0, durationMs: 15 }],
);

const nodes = 2;
const view = (store: TraceStore) => runView(openedRun('/x/p.heliostat', store), store, new Map(), 0);

describe('a predicted run as a trace', () => {
  it('has every task where and when the replay had it, and what it needed', () => {
    const { result } = forecast.middleOf(nodes);
    const store = tracedAt(forecast, [nodes], START_MS);
    const { functions, graph, run, nodes: shown, source, notes } = view(store);
    expect(source).toBe('simulation');
    expect(notes).toEqual([
      'Nothing here was run: this is how the run is predicted to go on 2 nodes (2 of 4 CPUs).',
    ]);
    expect(run.endMs! - run.startMs!).toBeCloseTo(result.timeMs, 3);
    expect(functions.reduce((sum, fn) => sum + fn.counts.finished, 0)).toBe(forecast.graph.size + 1);
    expect(graph.dataEdges).toContainEqual({ from: 'sum', to: 'c0', count: 1, bytes: 0 });
    expect(graph.edges).toContainEqual({ from: 'outer', to: 'in0', count: 1 });
    expect(shown.map(({ name, cpus }) => [name, cpus])).toEqual([
      ['head', 4],
      ['node 1', 4],
    ]);
    expect(shown.reduce((sum, { tasksRun }) => sum + tasksRun, 0)).toBe(forecast.graph.size);
  });

  it('never has two tasks at once on a worker, nor more at work than there is room', () => {
    const store = tracedAt(forecast, [nodes], START_MS);
    const { lanes } = timelineLanes(store, START_MS);
    expect(lanes.every(({ depth }) => depth === 0)).toBe(true);
    // Four CPUs a node, and a task that waits for those inside it gives its own back.
    for (const node of [0, 1])
      expect(lanes.filter((lane) => lane.kind === 'worker' && lane.node === node).length).toBeLessThanOrEqual(
        6,
      );
    for (const { samples } of store.nodes.values())
      for (const { cpusClaimed } of samples) expect(cpusClaimed!).toBeLessThanOrEqual(4 + 1e-9);
  });

  it('is written and read like any other, and no run to predict from', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-predicted-'));
    try {
      const store = tracedAt(forecast, [nodes], START_MS);
      await writeTrace(path.join(dir, 'p.heliostat'), store);
      const again = await readTrace(path.join(dir, 'p.heliostat'));
      expect(view(again)).toEqual({ ...view(store), version: expect.any(Number) as number });
      const { refused } = capture(again, { gpuRatio: null, costs: overheadsNamed('measured') });
      expect(refused).toEqual(['This is a prediction itself. Predict from the run that it was made from.']);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('is called after its script and its size', () => {
    expect(predictedName('/home/me/train.py', [1])).toBe('train-predicted-on-1-node.heliostat');
    expect(predictedName('/home/me/train.py', [16])).toBe('train-predicted-on-16-nodes.heliostat');
  });

  it('says where it cannot be written', async () => {
    const path = '/no/such/folder/p.heliostat';
    const failure = await saveTraceAt(path, forecast, [nodes], START_MS).catch(toFailure);
    expect(failure).toEqual({ code: 'file-unwritable', path, reason: 'There is no such folder.' });
  });

  it('says why there is none', () => {
    const thrown = (act: () => unknown) => {
      try {
        act();
      } catch (error) {
        return (error as FailureError).failure;
      }
      return null;
    };
    const one = thrown(() => tracedAt(forecast, [1, 2], START_MS));
    expect(one).toMatchObject({
      code: 'bad-request',
      detail: expect.stringContaining('a single number') as string,
    });
    const wide = forecastOf([{ id: 'wide', cpus: 8 }]);
    expect(thrown(() => tracedAt(wide, [2], START_MS))).toMatchObject({
      code: 'prediction-impossible',
      detail: expect.stringContaining('wide asks for 8 CPUs, which no node has') as string,
    });
  });
});
