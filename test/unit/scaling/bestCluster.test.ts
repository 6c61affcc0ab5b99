import { describe, expect, it } from 'vitest';
import type { ClusterChoice, NodeType } from '../../../simulator/model/scaling';
import { predictGraph } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { parseNodeType } from '../../../simulator/scaling/nodeTypes';
import { optionsOf } from '../../../simulator/scaling/request';
import { fanOut, graphOf, type LooseTask } from './build';

function choose(tasks: LooseTask[], types: NodeType[], wanted: ClusterChoice['wanted']): ClusterChoice {
  const graph = graphOf(tasks);
  const context = { prices: USUAL_PRICES, captured: null, backChecks: [] };
  return predictGraph(graph, optionsOf(graph, { types, nodes: [1], ...wanted }, context)).choice!;
}

describe('the choice of a cluster', () => {
  const [little, much] = ['cpus=8,memory=1GB,price=1', 'cpus=8,memory=64GB,price=1'].map(parseNodeType);
  // 8 GB of results: what does not fit into the object store has to be written to disk.
  const large = fanOut(40, { durationMs: 50, outputBytes: 200e6 });

  it('tries types that have the same CPUs and GPUs and differ in memory', () => {
    const [alone, both] = [[much!], [little!, much!]].map((types) => choose(large, types, { budget: 1 }));
    expect(both!.best!.timeMs).toBe(alone!.best!.timeMs);
    expect(both!.best!.timeMs).toBeLessThan(choose(large, [little!], { budget: 1 }).best!.timeMs);
  });

  it('tries types that differ in their price alone', () => {
    const dear = { ...much!, pricePerHour: 2 };
    expect(choose(fanOut(40), [dear, much!], { deadlineMs: 60_000 })).toEqual(
      choose(fanOut(40), [much!], { deadlineMs: 60_000 }),
    );
  });

  it('looks at one node more and fewer of the type that was best, not of its namesake', () => {
    // All at once on five nodes; the counts that are tried first are 4 and 6.
    const tasks = fanOut(40, { durationMs: 10_000 });
    const wanted = { deadlineMs: 12_000 };
    const dear = { ...much!, pricePerHour: 50 };
    expect(choose(tasks, [dear, much!], wanted).best).toMatchObject({ groups: [{ count: 5 }] });
    expect(choose(tasks, [dear, much!], wanted).best).toEqual(choose(tasks, [much!], wanted).best);
  });
});
