/** What the page's views ask of a trace: bounded, exact where it is near, and never at odds with the table. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openedId, openedRun } from '../../../simulator/run/openedTrace';
import { criticalPath } from '../../../simulator/trace/criticalPath';
import { findTask } from '../../../simulator/trace/findTask';
import { MAX_NEIGHBOURS, neighbourhood } from '../../../simulator/trace/neighbourhood';
import { taskDetails } from '../../../simulator/trace/taskDetails';
import { taskList } from '../../../simulator/trace/taskList';
import { taskTiles } from '../../../simulator/trace/taskTiles';
import { timelineLanes, timelineSlices } from '../../../simulator/trace/timelineSlices';
import { readTrace, writeTrace } from '../../../simulator/trace/traceFile';
import { TraceStore } from '../../../simulator/trace/traceStore';
import { START_MS } from '../../browser/sampleRun';
import { DRIVER_TASK, pipelineTrace, taskId, TraceMaker } from '../../browser/sampleTrace';

const UNTIL_MS = START_MS + 74_000;
const ALL = { text: '', functionId: null, state: null, node: null };

/** Equal tasks back to back on one worker. */
function row(count: number, eachMs: number): TraceStore {
  const maker = new TraceMaker();
  for (let i = 0; i < count; i++) maker.run({ kind: 'task', fn: 'f', submitMs: 0, runMs: eachMs, node: 0 });
  return maker.store;
}

describe('slices of the timeline', () => {
  const store = pipelineTrace();
  const lanes = timelineLanes(store, UNTIL_MS);
  const slicesOf = (fromMs: number, toMs: number, binMs: number) =>
    timelineSlices(store, { fromMs, toMs, binMs, firstLane: 0, lastLane: lanes.lanes.length }, UNTIL_MS);

  it('have every task once, however they are merged', () => {
    for (const binMs of [1, 100, 5000]) {
      const { count } = slicesOf(lanes.fromMs, lanes.toMs, binMs);
      expect(count.reduce((sum, one) => sum + one, 0)).toBe(store.tasks.size);
    }
  });

  it('grow with the width and not with the tasks', () => {
    const many = row(20_000, 1);
    const span = timelineLanes(many, UNTIL_MS);
    const query = { fromMs: span.fromMs, toMs: span.toMs, binMs: (span.toMs - span.fromMs) / 600 };
    const slices = timelineSlices(many, { ...query, firstLane: 0, lastLane: 10 }, UNTIL_MS);
    expect(slices.count.reduce((sum, one) => sum + one, 0)).toBe(20_001);
    expect(slices.start.length).toBeLessThan(600);
  });

  it('are single tasks with their rows where one is near', () => {
    const slices = slicesOf(START_MS + 10_000, START_MS + 10_400, 0.5);
    const single = slices.row.filter((row) => row >= 0);
    expect(single.length).toBeGreaterThan(3);
    for (const row of single) expect(store.tasks.startMs[row]!).toBeLessThanOrEqual(START_MS + 10_400);
  });

  it('put what runs at the same time in one worker into lanes of its own', () => {
    const parallel = new TraceStore();
    for (let i = 1; i <= 3; i++) {
      parallel.apply({
        type: 'ended',
        task: taskId(i),
        node: '0',
        worker: 'w',
        pid: 1,
        startMs: 100,
        timeMs: 200,
        cpuMs: null,
        error: null,
        function: 'f',
      });
    }
    expect(timelineLanes(parallel, 300).lanes.map((lane) => lane.depth)).toEqual([0, 1, 2]);
  });
});

describe('the task list', () => {
  const store = pipelineTrace();
  const query = { filter: ALL, sort: null, from: 0, limit: 10 };

  it('has failed ones first and every task but the driver', () => {
    const list = taskList(store, query);
    expect([list.matching, list.total]).toEqual([1200, 1200]);
    expect(list.tasks.map((task) => task.state).slice(0, 4)).toEqual([
      'failed',
      'failed',
      'failed',
      'finished',
    ]);
  });

  it('sorts over all pages, and what is not known stands last either way', () => {
    const waiting = taskId(999_999);
    store.apply({
      type: 'submitted',
      task: waiting,
      parent: DRIVER_TASK,
      kind: 'task',
      function: 'f',
      timeMs: START_MS,
    });
    for (const descending of [true, false]) {
      const sort = { column: 'duration' as const, descending };
      const last = taskList(store, { ...query, sort, from: 1200 }).tasks.at(-1);
      expect(last?.id).toBe(waiting);
    }
  });
});

describe('one task', () => {
  const store = pipelineTrace();
  const train = findTask(store, { text: 'train', timeMs: 0 })!;

  it('says what it waited for last', () => {
    const details = taskDetails(store, train.row);
    expect(details.lastInput?.task.name).toBe('augment');
    expect(details.task.argsReadyMs).toBe(details.lastInput?.readyMs);
    expect(details.outputs.map((link) => link.task.name)).toEqual(['Scores.add']);
  });

  it('has its ancestors and descendants, and no more than fit', () => {
    const found = neighbourhood(store, train.row, MAX_NEIGHBOURS);
    expect(found.tasks.map((task) => task.name).sort()).toEqual([
      'Scores.add',
      'augment',
      'driver',
      'read',
      'train',
    ]);
    expect(found.cut).toBe(false);
    expect(neighbourhood(store, train.row, 3)).toMatchObject({ cut: true, tasks: { length: 3 } });
  });

  it('is a tile of its function, the worst of those that share one', () => {
    const each = taskTiles(store, '__main__.augment', 800);
    expect([each.state.length, each.perTile]).toEqual([300, 1]);
    const shared = taskTiles(store, '__main__.augment', 10);
    expect(shared.state.filter((state) => state === 'failed')).toHaveLength(3);
  });
});

describe('the critical path', () => {
  it('ends with the last task, and its parts add up', () => {
    const found = criticalPath(pipelineTrace());
    expect(found.steps.at(-1)?.task.name).toBe('Scores.add');
    expect(found.steps.map((step) => step.task.name)).toContain('augment');
    expect(found.waitedMs + found.queuedMs + found.ranMs).toBeCloseTo(found.totalMs, 3);
  });

  it('ends where a cycle would begin again', () => {
    const store = new TraceStore();
    for (const [own, other] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const deps = [{ task: taskId(other), kind: 'argument' as const, bytes: null }];
      const event = { parent: DRIVER_TASK, kind: 'task' as const, function: 'f', timeMs: 1 };
      store.apply({ type: 'submitted', task: taskId(own), ...event, deps });
      const where = { node: '0', worker: 'w', pid: 1, cpuMs: null, error: null };
      store.apply({ type: 'ended', task: taskId(own), ...where, startMs: 2, timeMs: 3 + own });
    }
    expect(criticalPath(store).length).toBe(2);
  });

  it('of nothing is empty', () => {
    expect(criticalPath(new TraceStore())).toMatchObject({ length: 0, totalMs: 0 });
  });
});

describe('a trace file that is opened', () => {
  it('is a run with the times and counts of its trace', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-opened-'));
    const file = path.join(dir, 'shared.heliostat');
    try {
      await writeTrace(file, pipelineTrace());
      const run = openedRun(file, await readTrace(file));
      expect(run).toMatchObject({ id: openedId(file), script: file, startMs: START_MS });
      expect(run.taskCounts).toMatchObject({ finished: 1197, failed: 3 });
      expect(run.endMs).toBeGreaterThan(START_MS + 59_000);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
