/** What `ray.wait` hands out first on another cluster. */
import { describe, expect, it } from 'vitest';
import { STEP, packPrograms, type Step, type TaskGraph } from '../../../simulator/scaling/taskGraph';
import { clusterOf, graphOf, nodeOf, run, type LooseTask } from './build';

/** Loads that run at once, each used by a step as soon as `ray.wait` hands it out; by the order that was recorded. */
function readerOf(loadsMs: number[], stepMs: number, recordedOrder: number[]): TaskGraph {
  const loads = loadsMs.map((durationMs, at): LooseTask => ({ id: `load${at}`, name: 'load', durationMs }));
  const steps = recordedOrder.map((load, at): LooseTask => ({
    id: `step${at}`,
    name: 'step',
    durationMs: stepMs,
    deps: at > 0 ? [`load${load}`, `step${at - 1}`] : [`load${load}`],
  }));
  const graph = graphOf([...loads, ...steps]);
  const count = loads.length;
  const driver: Step[] = loads.map((_, at) => ({ kind: STEP.submit, ms: 0, arg: at }));
  steps.forEach((_, at) => {
    driver.push({ kind: STEP.countFinished, ms: 0, arg: at + 1, pool: 0 });
    driver.push({ kind: STEP.submit, ms: 0, arg: count + at });
  });
  driver.push({ kind: STEP.get, ms: 0, arg: 0 });
  const pool = new Int32Array(graph.size).fill(-1).fill(0, 0, count);
  return {
    ...graph,
    ...packPrograms([driver, ...Array.from({ length: graph.size }, () => [])]),
    waitStart: Int32Array.from([0, 1]),
    waitTasks: Int32Array.from([graph.size - 1]),
    pool,
    poolCount: 1,
  };
}

const enough = clusterOf([{ type: nodeOf(16), count: 1 }]);
/** With one that takes long and was first, because it had been begun first. */
const LOADS = [1000, 100, 120, 140, 160];

describe('what a replay gets from ray.wait', () => {
  it('is whatever is ready, not what was ready first in the run that it is from', () => {
    const graph = readerOf(LOADS, 200, [0, 1, 2, 3, 4]);
    const { timeMs, player, startMs } = run(graph, enough);
    expect(timeMs).toBeCloseTo(1000 + 200, 6);
    expect(startMs[LOADS.length], 'the first step has what was ready first').toBeCloseTo(100, 6);
    expect([...player!.subarray(0, LOADS.length)], 'each result is used once').toEqual([1, 2, 3, 4, 0]);
  });

  it('is what it was where that is as good', () => {
    const { timeMs, player } = run(readerOf(LOADS, 200, [1, 2, 3, 4, 0]), enough);
    expect(timeMs).toBeCloseTo(1000 + 200, 6);
    expect([...player!].every((task, role) => task === role)).toBe(true);
  });

  it('keeps every step after its own load, under all of Ray’s rules and with large results', () => {
    for (const outputBytes of [0, 1_000_000]) {
      const graph = readerOf([300, 50, 400, 80, 20, 900, 60, 30], 70, [0, 1, 2, 3, 4, 5, 6, 7]);
      graph.outputBytes.fill(outputBytes, 0, 8);
      const cluster = clusterOf([{ type: nodeOf(2), count: 3 }]);
      for (let seed = 1; seed <= 10; seed++) {
        const { player, startMs, endMs } = run(graph, cluster, { overheads: 'measured', seed });
        expect([...player!].sort((a, b) => a - b)).toEqual([...player!.keys()]);
        for (let step = 8; step < 16; step++) {
          const load = graph.deps[graph.depStart[step]!]!;
          expect(startMs[step]).toBeGreaterThan(endMs[player![load]!]!);
        }
      }
    }
  });

  it('is exchanged only where ray.wait was asked', () => {
    expect(run(graphOf([{ id: 'a' }, { id: 'b', deps: ['a'] }]), enough).player).toBeNull();
  });
});
