import { describe, expect, it } from 'vitest';
import type { BottleneckName, NodeType, PredictRequest } from '../../../simulator/model/scaling';
import { predictGraph } from '../../../simulator/scaling/predict';
import { prepare } from '../../../simulator/scaling/prepared';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import { whereOf } from '../../../simulator/scaling/where';
import { clusterOf, fanOut, graphOf, nodeOf, run, type LooseTask } from './build';

interface Built {
  name: BottleneckName;
  what: string;
  tasks: LooseTask[];
  types: NodeType[];
  more?: PredictRequest;
  nodes?: number;
}

const MB = 1e6;
const after = (tasks: LooseTask[]): LooseTask => ({ id: 'end', deps: tasks.map(({ id }) => id) });
const chain = (count: number, more: Partial<LooseTask> = {}): LooseTask[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `c${at}`,
    name: 'c',
    deps: at ? [`c${at - 1}`] : [],
    ...more,
  }));
/** `items` loads of one CPU, each for one step on a GPU. */
const ingest = (items: number, loadMs: number, stepMs: number): LooseTask[] =>
  Array.from({ length: items }, (_, at) => [
    { id: `l${at}`, name: 'load', durationMs: loadMs },
    { id: `s${at}`, name: 'step', durationMs: stepMs, cpus: 0, gpus: 1, deps: [`l${at}`] },
  ]).flat();
/** Every reader wants what every writer wrote. */
const shuffle = (width: number, bytes: number, ms: number): LooseTask[] => {
  const writers = fanOut(width, { durationMs: ms, outputBytes: bytes });
  const deps = writers.map(({ id }) => id);
  return [
    ...writers,
    ...Array.from({ length: width }, (_, at) => ({ id: `r${at}`, name: 'r', durationMs: ms, deps })),
  ];
};

const BUILT: Built[] = [
  { name: 'CPU', what: 'many tasks', tasks: fanOut(400), types: [nodeOf(4)] },
  {
    name: 'CPU',
    what: 'tasks of two CPUs',
    tasks: fanOut(100, { cpus: 2, durationMs: 300 }),
    types: [nodeOf(4)],
  },
  {
    name: 'CPU',
    what: 'many tasks and an end',
    tasks: [...fanOut(300), after(fanOut(300))],
    types: [nodeOf(8)],
  },
  {
    name: 'GPU',
    what: 'GPU tasks alone',
    tasks: fanOut(60, { cpus: 0, gpus: 1, durationMs: 400 }),
    types: [nodeOf(8, 1)],
  },
  { name: 'GPU', what: 'quick loads', tasks: ingest(60, 20, 300), types: [nodeOf(8, 1)] },
  {
    name: 'GPU',
    what: 'halves of a GPU',
    tasks: fanOut(80, { cpus: 0, gpus: 0.5, durationMs: 400 }),
    types: [nodeOf(16, 1)],
  },
  {
    name: 'GPU',
    what: 'steps one after another',
    tasks: ingest(30, 300, 500).map((task, at, all) =>
      task.name === 'step' && at > 1 ? { ...task, deps: [...task.deps!, all[at - 2]!.id] } : task,
    ),
    types: [nodeOf(8, 1)],
  },
  { name: 'ingest', what: 'slow loads', tasks: ingest(60, 800, 50), types: [nodeOf(4, 1)] },
  { name: 'ingest', what: 'slow loads, two GPUs', tasks: ingest(80, 900, 60), types: [nodeOf(6, 2)] },
  {
    name: 'ingest',
    what: 'slow loads on two nodes',
    tasks: ingest(80, 900, 30),
    types: [nodeOf(4, 1)],
    nodes: 2,
  },
  {
    name: 'driver',
    what: 'thinks before each submission',
    tasks: fanOut(100, { durationMs: 20, thinkMs: 50 }),
    types: [nodeOf(16)],
  },
  {
    name: 'driver',
    what: 'tasks that are nothing',
    tasks: fanOut(5000, { durationMs: 1 }),
    types: [nodeOf(64)],
    nodes: 4,
  },
  {
    name: 'driver',
    what: 'thinks long and rarely',
    tasks: fanOut(10, { durationMs: 100, thinkMs: 500 }),
    types: [nodeOf(16)],
  },
  {
    name: 'network',
    what: 'a shuffle',
    tasks: shuffle(16, 40 * MB, 50),
    types: [nodeOf(4)],
    nodes: 4,
    more: { gbit: 1 },
  },
  {
    name: 'network',
    what: 'a wide shuffle',
    tasks: shuffle(32, 20 * MB, 30),
    types: [nodeOf(4)],
    nodes: 8,
    more: { gbit: 1 },
  },
  {
    name: 'network',
    what: 'a slow line',
    tasks: shuffle(8, 10 * MB, 50),
    types: [nodeOf(2)],
    nodes: 4,
    more: { gbit: 0.1 },
  },
  ...[20, 40, 30].map((count, at): Built => ({
    name: 'spill',
    what: `a store that overflows (${at + 1})`,
    tasks: [...fanOut(count, { durationMs: 50, outputBytes: 200 * MB }), after(fanOut(count))],
    types: [nodeOf(8, 0, { memoryBytes: 2000 * MB })],
  })),
  {
    name: 'ramp-up',
    what: 'nodes that boot',
    tasks: fanOut(64, { durationMs: 500 }),
    types: [nodeOf(8)],
    nodes: 8,
    more: { bootMs: 60_000 },
  },
  {
    name: 'ramp-up',
    what: 'workers that start',
    tasks: fanOut(64),
    types: [nodeOf(64)],
    more: { isCold: true },
  },
  {
    name: 'ramp-up',
    what: 'workers that start on several nodes',
    tasks: fanOut(100, { durationMs: 200 }),
    types: [nodeOf(16)],
    nodes: 8,
    more: { isCold: true },
  },
  { name: 'critical path', what: 'a chain', tasks: chain(30), types: [nodeOf(16)] },
  {
    name: 'critical path',
    what: 'a chain beside others',
    tasks: [...chain(20, { durationMs: 300 }), ...fanOut(30)],
    types: [nodeOf(32)],
  },
  {
    name: 'critical path',
    what: 'one actor',
    tasks: fanOut(40, { actor: 'A', cpus: 0 }),
    types: [nodeOf(16)],
  },
];

describe('the first bottleneck of a run that was built to have it', () => {
  it.each(BUILT)('$name: $what', ({ name, tasks, types, more, nodes = 1 }) => {
    const graph = graphOf(tasks);
    const request = { types, nodes: [nodes], ...more };
    const options = optionsOf(graph, request, { prices: USUAL_PRICES, captured: null, backChecks: [] });
    const point = predictGraph(graph, options).points[0]!;
    expect(point.bottlenecks[0]?.name).toBe(name);
    expect(point.bottlenecks[0]?.where).not.toBe('');
    expect(point.lowMs).toBeLessThanOrEqual(point.timeMs);
    expect(point.highMs).toBeGreaterThanOrEqual(point.timeMs);
    expect(point.timeMs).toBeGreaterThanOrEqual(Math.max(...Object.values(point.bounds)) - 1e-6);
  });
});

describe('where a bottleneck is', () => {
  it('is the function that feeds GPUs, for ingest, and not one on GPUs that needs more CPUs', () => {
    const decode = fanOut(20, { name: 'decode', durationMs: 100 });
    const deps = decode.map(({ id }) => id);
    const train = { id: 't', name: 'train', cpus: 4, gpus: 1, durationMs: 4000, deps };
    const graph = graphOf([...decode, train]);
    const prepared = prepare(graph, 1e5);
    const base = run(graph, clusterOf([{ type: nodeOf(4, 1), count: 1 }]));
    const where = whereOf('ingest', prepared, base, { lengthMs: 0, tasks: [] });
    expect(where).toBe('decode (100 % of the CPU time that feeds GPUs)');
  });
});
