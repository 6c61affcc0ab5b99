import { describe, expect, it } from 'vitest';
import { fromGraphFile } from '../../../simulator/scaling/fromGraphFile';
import { checkGraph } from '../../../simulator/scaling/graphFile';
import { toGraphFile } from '../../../simulator/scaling/toGraphFile';
import { clusterOf, fanOut, graphOf, nodeOf, run } from './build';

/** Edges, a batch, a wait loop, nested tasks, an actor, thoughts and a custom resource. */
const everything = graphOf(
  [
    ...fanOut(6, { outputBytes: 5000 }),
    { id: 'sum', deps: ['f0', 'f1', 'f2'], durationMs: 40 },
    { id: 'next', after: ['sum'], thinkMs: 25, resources: { disk: 1 } },
    { id: 'outer', durationMs: 10 },
    ...[0, 1, 2].map((at) => ({ id: `in${at}`, parent: 'outer', durationMs: 70 + at })),
    ...[0, 1].map((at) => ({ id: `c${at}`, actor: 'A', cpus: 0, deps: ['next'] })),
    { id: 'late', afterFinished: 9 },
  ],
  [{ id: 'A', cpus: 1, gpus: 0, durationMs: 15 }],
);

describe('a captured graph, written as a file of tasks', () => {
  it('is replayed like the graph itself, on every size', () => {
    const { file, refused, notes } = toGraphFile(everything);
    expect(refused).toEqual([]);
    expect(notes).toEqual(['Actors are up before the clock starts.']);
    const again = fromGraphFile(checkGraph(JSON.parse(JSON.stringify(file)), 'test'), 'test');
    expect(again.size).toBe(everything.size);
    for (const cpus of [2, 3, 5, 16]) {
      const type = nodeOf(cpus, 0, { resources: { disk: 1 } });
      const cluster = clusterOf([{ type, count: 1 }]);
      expect(run(again, cluster).timeMs).toBeCloseTo(run(everything, cluster).timeMs, 6);
    }
  });

  it('says what it leaves out, and refuses what it cannot say', () => {
    const graph = { ...everything, putBytes: Float64Array.of(1e6), putBy: Int32Array.of(-1) };
    expect(toGraphFile(graph).notes[0]).toContain('ray.put');
    const pooled = { ...graph, stepPool: graph.stepPool.map(() => 0) };
    expect(toGraphFile(pooled).refused[0]).toContain('ray.wait');
  });
});
