import { describe, expect, it } from 'vitest';
import { criticalPath, workOf } from '../../../simulator/scaling/bounds';
import { Random } from '../../../simulator/scaling/random';
import { clusterOf, fanOut, graphOf, nodeOf, run, type LooseTask } from './build';

const oneNode = (cpus: number, gpus = 0) => clusterOf([{ type: nodeOf(cpus, gpus), count: 1 }]);

describe('without overheads, a replay is list scheduling', () => {
  const byHand: [what: string, tasks: LooseTask[], cpus: number, ms: number][] = [
    ['one task', fanOut(1), 4, 100],
    ['as many tasks as CPUs', fanOut(4), 4, 100],
    ['one more than CPUs', fanOut(5), 4, 200],
    ['tasks that take two CPUs', fanOut(4, { cpus: 2 }), 4, 200],
    ['tasks that take half a CPU', fanOut(8, { cpus: 0.5 }), 4, 100],
    ['a chain', fanOut(3).map((task, at) => ({ ...task, deps: at ? [`f${at - 1}`] : [] })), 4, 300],
    ['a fan-in', [...fanOut(6), { id: 'r', durationMs: 50, deps: fanOut(6).map(({ id }) => id) }], 3, 250],
    ['no time at all', fanOut(5, { durationMs: 0 }), 1, 0],
    [
      "Graham's own example of three machines",
      [3, 2, 2, 2, 4, 4, 4, 4, 9].map((durationMs, at) => ({
        id: `T${at + 1}`,
        durationMs,
        deps: at === 8 ? ['T1'] : at >= 4 ? ['T4'] : [],
      })),
      3,
      12,
    ],
  ];
  it.each(byHand)('%s', (_, tasks, cpus, ms) => {
    expect(run(graphOf(tasks), oneNode(cpus)).timeMs).toBeCloseTo(ms, 9);
  });

  it('lets an actor begin a call when it has written what the one before returned', () => {
    const calls = [
      { id: 'large', actor: 'A', cpus: 0, outputBytes: 100e6 },
      { id: 'small', actor: 'A', cpus: 0, durationMs: 5 },
    ];
    const graph = graphOf(calls);
    const cluster = clusterOf([{ type: nodeOf(4), count: 1 }]);
    const { endMs, startMs, timeMs } = run(graph, cluster, { overheads: 'measured' });
    const [large, small] = [graph.ids.indexOf('large'), graph.ids.indexOf('small')];
    expect(startMs[small]! - endMs[large]!).toBeGreaterThan(20);
    expect(timeMs).toBeGreaterThan(endMs[small]!);
  });

  it('lets an actor do one call at a time, or as many as it takes', () => {
    const calls = fanOut(4, { actor: 'A', cpus: 0 });
    expect(run(graphOf(calls), oneNode(8)).timeMs).toBe(400);
    expect(run(graphOf(calls, [{ id: 'A', cpus: 1, concurrency: 2 }]), oneNode(8)).timeMs).toBe(200);
  });

  it('submits from inside a task, which lends its CPU while it waits', () => {
    const tasks = [{ id: 'p', durationMs: 10 }, ...fanOut(3, { parent: 'p' })];
    expect(run(graphOf(tasks), oneNode(1)).timeMs).toBe(310);
    expect(run(graphOf(tasks), oneNode(3)).timeMs).toBe(110);
  });

  it('lets the driver wait before it submits', () => {
    const tasks = [{ id: 'a' }, { id: 'b', after: ['a'], thinkMs: 30 }];
    expect(run(graphOf(tasks), oneNode(4)).timeMs).toBe(230);
    const window = fanOut(6).map((task, at) => ({ ...task, afterFinished: Math.max(0, at - 1) }));
    expect(run(graphOf(window), oneNode(8)).timeMs).toBe(300);
  });

  it('stays between the bounds on random graphs, runs the same twice, and never leaves a CPU idle for a ready task', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const graph = graphOf(randomTasks(seed));
      const cpus = 1 + (seed % 7);
      const result = run(graph, oneNode(cpus), { seed });
      const workMs = workOf(graph).cpuMs / cpus;
      const pathMs = criticalPath(graph).lengthMs;
      expect(result.timeMs).toBeGreaterThanOrEqual(Math.max(workMs, pathMs) - 1e-6);
      expect(result.timeMs).toBeLessThanOrEqual(workMs + pathMs * (1 - 1 / cpus) + 1e-6);
      expect(run(graph, oneNode(cpus), { seed }).endMs).toEqual(result.endMs);
      let busyMs = 0;
      result.endMs.forEach((end, task) => (busyMs += end - result.startMs[task]!));
      expect(busyMs).toBeCloseTo(workOf(graph).cpuMs, 3);
    }
  });
});

function randomTasks(seed: number): LooseTask[] {
  const random = new Random(seed);
  return Array.from({ length: 120 }, (_, at) => {
    const deps = new Set<string>();
    for (let n = at === 0 ? 0 : random.below(4); n > 0; n--) deps.add(`t${random.below(at)}`);
    return { id: `t${at}`, durationMs: Math.exp(3 + random.normal()), deps: [...deps] };
  });
}
