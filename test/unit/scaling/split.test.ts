/** What a run would take if each task of a function were several. */
import { describe, expect, it } from 'vitest';
import { capture } from '../../../simulator/scaling/capture';
import { overheadsNamed } from '../../../simulator/scaling/overheads';
import { split } from '../../../simulator/scaling/split';
import {
  packLists,
  packPrograms,
  STEP,
  type Step,
  type TaskGraph,
} from '../../../simulator/scaling/taskGraph';
import { Program } from '../trace/build';
import { DRIVER, T0_MS } from '../trace/synthetic';
import { clusterOf, graphOf, nodeOf, run, type LooseTask } from './build';

const TASKS = 20;
const PARTS = 8;
const LOAD_MS = 80;
const WORK_MS = 240;

/**
 * `xs = [load.remote() …]; ys = [work.remote(x) …]; while ys: done, ys = ray.wait(ys)`, recorded on one CPU for each of
 * the tasks.
 */
function waitsForWork(): TaskGraph {
  const program = new Program();
  const facts = { state: 'alive', rayNodeId: 'n', cpus: TASKS, gpus: 0, gpusSimulated: false } as const;
  program.apply({ type: 'node', nodeIndex: 0, node: { name: 'head', ...facts, memoryBytes: 1e9 } });
  const beganMs = 2 + LOAD_MS;
  const endMs = beganMs + WORK_MS;
  const numbers = [...Array(TASKS).keys()];
  const loads = numbers.map((n) => program.ran({ fn: 'load', at: [1, 2, beganMs], worker: `w${n}` }));
  const works = numbers.map((n) => {
    const deps = [{ task: loads[n]!, kind: 'argument' as const, bytes: null }];
    return program.ran({ fn: 'work', at: [1, beganMs, endMs], worker: `w${n}`, deps });
  });
  works.forEach((on, at) => {
    const times = { startMs: T0_MS + (at === 0 ? 2 : endMs + at - 1), endMs: T0_MS + endMs + at };
    const site = { file: '/w/m.py', line: 9 };
    program.apply({ type: 'waited', task: DRIVER, kind: 'wait', ...times, on: [on], site });
  });
  const times = { startMs: T0_MS, timeMs: T0_MS + endMs + TASKS };
  const where = { node: '0', worker: 'd', pid: 1 };
  program.apply({ type: 'ended', task: DRIVER, ...where, ...times, cpuMs: 5, error: null });
  const { graph, refused } = capture(program.store, { gpuRatio: null, costs: overheadsNamed('measured') });
  expect(refused).toEqual([]);
  return graph!;
}

const timeOf = (graph: TaskGraph, cpus: number): number =>
  run(graph, clusterOf([{ type: nodeOf(cpus), count: 1 }])).timeMs;

describe('a function whose tasks are split', () => {
  it('does not change what a `ray.wait` of another function’s tasks waits for', () => {
    const before = waitsForWork();
    const after = split(before, 'load', PARTS);
    // One CPU has as much to do as before.
    expect(timeOf(after, 1) / timeOf(before, 1)).toBeCloseTo(1, 1);
    // With a CPU for each part, loading takes an eighth.
    const savedMs = timeOf(before, TASKS * PARTS) - timeOf(after, TASKS * PARTS);
    expect(savedMs).toBeCloseTo(LOAD_MS * (1 - 1 / PARTS), -1);
  });

  it('has all its parts waited for by a `ray.wait` of its tasks', () => {
    const before = waitsForWork();
    const after = split(before, 'work', PARTS);
    const waits = [...after.stepArg].filter((_, step) => after.stepKind[step] === STEP.countFinished);
    expect(waits).toEqual(Array.from({ length: TASKS }, (_, at) => (at + 1) * PARTS));
    expect(timeOf(after, 1) / timeOf(before, 1)).toBeCloseTo(1, 1);
  });

  it('has its parts counted where they stand among tasks of others', () => {
    const tasks = ['a', 'b', 'a', 'b'].map((name, at): LooseTask => ({ id: `${at}`, name }));
    const driver: Step[] = tasks.map((_, arg) => ({ kind: STEP.submit, ms: 0, arg }));
    for (let arg = 1; arg <= 4; arg++) driver.push({ kind: STEP.countFinished, ms: 0, arg, pool: 0 });
    const graph = pooled(graphOf(tasks), [driver, [], [], [], []], []);
    const { stepArg } = split(graph, 'b', 3);
    expect([...stepArg.subarray(8)]).toEqual([1, 4, 5, 8]);
    expect(timeOf(split(graph, 'b', 3), 1)).toBeCloseTo(400, 6);
  });

  it('has all its parts read by those that read its results as they come', () => {
    const blocks = 6;
    const made = Array.from({ length: blocks }, (_, at): LooseTask => ({ id: `${at}`, name: 'read' }));
    const readers = ['r0', 'r1'].map((id): LooseTask => ({ id, name: 'train', cpus: 0, durationMs: 60 }));
    const graph = graphOf([...made, ...readers]);
    // Each second block, and 20 ms for each; there is one for each reader when one is handed out.
    const reader = (): Step[] => [2, 4, 6].map((arg) => ({ kind: STEP.take, ms: 20, arg, pool: 0 }));
    const driver: Step[] = [...made, ...readers].map((_, arg) => ({ kind: STEP.submit, ms: 0, arg }));
    driver.push({ kind: STEP.get, ms: 0, arg: 0 });
    const programs = [driver, ...made.map(() => []), reader(), reader()];
    const whole = pooled(graph, programs, [0]);
    const parts = split(whole, 'read', PARTS);
    expect([...parts.stepKind].filter((kind) => kind === STEP.take)).toHaveLength(blocks * PARTS);
    for (const cpus of [1, 2]) expect(timeOf(parts, cpus)).toBeCloseTo(timeOf(whole, cpus), 6);
    expect(timeOf(parts, blocks * PARTS)).toBeLessThan(timeOf(whole, blocks * PARTS));
  });
});

/** All tasks but those with a program are of one pool; the driver waits for these at last. */
function pooled(graph: TaskGraph, programs: Step[][], latencyMs: number[]): TaskGraph {
  const hasSteps = (task: number) => programs[task + 1]!.length > 0;
  const lists = packLists([[...Array(graph.size).keys()].filter(hasSteps)]);
  return {
    ...graph,
    ...packPrograms(programs),
    pool: Int32Array.from({ length: graph.size }, (_, task) => (hasSteps(task) ? -1 : 0)),
    poolCount: 1,
    poolLatencyMs: Float64Array.from(latencyMs),
    waitStart: lists.start,
    waitTasks: lists.values,
  };
}
