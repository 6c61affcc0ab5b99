/** Traces that no sound run leaves behind: what can be shown is shown, by every view, and the file keeps it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Dependency, TraceEvent } from '../../../simulator/model/trace';
import { criticalPath } from '../../../simulator/trace/criticalPath';
import { findMistakes } from '../../../simulator/trace/findings';
import { neighbourhood } from '../../../simulator/trace/neighbourhood';
import { relate } from '../../../simulator/trace/relations';
import { taskRows } from '../../../simulator/trace/rows';
import { summariseFunctions } from '../../../simulator/trace/summary';
import { taskDetails } from '../../../simulator/trace/taskDetails';
import { taskList } from '../../../simulator/trace/taskList';
import { taskTiles } from '../../../simulator/trace/taskTiles';
import { timelineLanes, timelineSlices } from '../../../simulator/trace/timelineSlices';
import { readTrace, writeTrace } from '../../../simulator/trace/traceFile';
import { TraceStore } from '../../../simulator/trace/traceStore';
import { layoutGraph } from '../../../webview/graph/graphLayout';
import { Program } from './build';
import { DRIVER, synthetic, T0_MS, taskId } from './synthetic';

const argument = (task: string): Dependency => ({ task, kind: 'argument', bytes: 8, index: 1 });

/** Asks everything that the page asks, and returns what it has of functions and data edges. */
function looked(store: TraceStore) {
  const relations = relate(store);
  const functions = summariseFunctions(store, relations, 'm.py', new Map());
  findMistakes(store);
  criticalPath(store);
  const { fromMs, toMs, lanes } = timelineLanes(store, T0_MS + 60_000);
  expect(toMs).toBeGreaterThanOrEqual(fromMs);
  const window = { fromMs, toMs, binMs: Math.max(0.001, (toMs - fromMs) / 1000) };
  timelineSlices(store, { ...window, firstLane: 0, lastLane: lanes.length }, T0_MS + 60_000);
  for (const { id } of relations.graph.groups) taskTiles(store, id, 100);
  for (let row = 0; row < Math.min(3, store.tasks.size); row++) {
    taskDetails(store, row);
    expect(neighbourhood(store, row, 200).tasks.length).toBeLessThanOrEqual(200);
  }
  const filter = { text: '', functionId: null, state: null, node: null };
  const { matching } = taskList(store, { filter, sort: null, from: 0, limit: 50 });
  return { functions, edges: relations.graph.dataEdges, matching };
}

async function reopened(store: TraceStore): Promise<TraceStore> {
  const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-malformed-'));
  try {
    await writeTrace(path.join(dir, 'run.heliostat'), store);
    return await readTrace(path.join(dir, 'run.heliostat'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

it('shows tasks that wait for each other, and one that waits for itself', async () => {
  const program = new Program();
  const [a, b, c] = [taskId(900), taskId(901), taskId(902)];
  program.ran({ id: a, fn: 'a', at: [0, 1, 2], deps: [argument(c)], parent: b });
  program.ran({ id: b, fn: 'b', at: [0, 2, 3], deps: [argument(a)], parent: a });
  program.ran({ id: c, fn: 'c', at: [0, 3, 4], deps: [argument(b), argument(c)], parent: c });
  const { functions, edges } = looked(program.store);
  expect(functions.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'm.py']);
  expect(edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual([
    'm.a m.b',
    'm.b m.c',
    'm.c m.a',
    'm.c m.c',
  ]);
  const nodes = functions.map(({ id }) => id);
  expect(layoutGraph({ nodes, edges }, 'LR').nodes.size).toBe(nodes.length);
  expect(taskRows(await reopened(program.store), 0, 10)).toEqual(taskRows(program.store, 0, 10));
});

it('shows tasks whose clocks jumped: an end before its start, a start before its submission', async () => {
  const program = new Program();
  program.ran({ fn: 'back', at: [50, 40, 20] });
  program.ran({ fn: 'far', at: [0, 86_400_000_000, 86_400_000_001] });
  program.ran({ fn: 'before', at: [0, -3_600_000, -3_599_000] });
  const { functions, matching } = looked(program.store);
  expect(matching).toBe(3);
  expect(functions.find(({ name }) => name === 'back')?.p50Ms).toBe(0);
  expect(taskRows(await reopened(program.store), 0, 10)).toEqual(taskRows(program.store, 0, 10));
});

it('is the same whatever the order in which events come, and however often', () => {
  const events = [...synthetic({ tasks: 300, functions: 5 })];
  const inOrder = new TraceStore();
  for (const event of events) inOrder.apply(event);
  const mixed = new TraceStore();
  const known = (event: TraceEvent) => event.type === 'node' || event.type === 'submitted';
  // Ids are first seen in the order of submission; what follows comes backwards and twice.
  for (const event of events.filter(known)) mixed.apply(event);
  for (const event of [...events].reverse()) mixed.apply(event);
  for (const event of events) mixed.apply(event);
  const rows = (store: TraceStore) =>
    taskRows(store, 0, Infinity).sort((x, y) => (x.id < y.id ? -1 : Number(x.id > y.id)));
  expect(rows(mixed)).toEqual(rows(inOrder));
  expect(mixed.counts()).toEqual(inOrder.counts());
});

it('has a thousand functions, each by its name, and lays them out', () => {
  const store = new TraceStore();
  for (const event of synthetic({ tasks: 3000, functions: 1000, fanIn: 1 })) store.apply(event);
  const { functions, edges } = looked(store);
  expect(functions).toHaveLength(1001);
  const layout = layoutGraph({ nodes: functions.map(({ id }) => id), edges }, 'TB');
  expect(layout.nodes.size).toBe(1001);
});

it('keeps names of any characters', async () => {
  const names = [
    '数える',
    '🚀.launch',
    'العربية',
    'e\u0301',
    'a"b\\c\n<script>',
    '\ud800 alone',
    'x'.repeat(300),
    ' ',
  ];
  const program = new Program();
  for (const fn of names) program.ran({ fn, at: [0, 1, 2], error: `ValueError: ${fn}` });
  looked(program.store);
  const kept = (store: TraceStore) => taskRows(store, 0, 20).map(({ name, error }) => [name, error]);
  expect(kept(await reopened(program.store))).toEqual(kept(program.store));
});

it('has a task with 100,000 parents whole, and shows its neighbourhood in part', async () => {
  const store = new TraceStore();
  for (const event of synthetic({ tasks: 100_000, functions: 2, fanIn: 0 })) store.apply(event);
  const reducer = taskId(100_000);
  const where = { node: '0', worker: 'w', pid: 5 };
  const parents = Array.from({ length: 100_000 }, (_, n) => argument(taskId(n)));
  const submitted = { task: reducer, parent: DRIVER, function: 'm.reduce', timeMs: T0_MS + 5000 };
  store.apply({ type: 'submitted', kind: 'task', deps: parents, ...submitted });
  const times = { startMs: T0_MS + 6000, timeMs: T0_MS + 6001 };
  store.apply({ type: 'ended', task: reducer, ...where, ...times, cpuMs: 1, error: null });
  const row = store.tasks.find(reducer)!;
  expect(store.edges.count(row)).toBe(100_000);
  const near = neighbourhood(store, row, 200);
  expect(near.cut).toBe(true);
  expect(near.tasks.length).toBeGreaterThan(1);
  expect(looked(store).edges.reduce((sum, { count }) => sum + count, 0)).toBe(100_000);
  const read = await reopened(store);
  expect(read.edges.count(read.tasks.find(reducer)!)).toBe(100_000);
});
