import { describe, expect, it } from 'vitest';
import { choiceText } from '../../../simulator/cli/predictionText';
import type { ClusterChoice, NodeType } from '../../../simulator/model/scaling';
import { predictGraph } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { parseNodeType } from '../../../simulator/scaling/nodeTypes';
import { optionsOf } from '../../../simulator/scaling/request';
import { fanOut, graphOf, type LooseTask } from './build';

function choose(
  tasks: LooseTask[],
  types: NodeType[],
  wanted: ClusterChoice['wanted'],
  actors?: object[],
): ClusterChoice {
  const graph = graphOf(tasks, actors);
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

  describe('where none can be had', () => {
    const wanted = { deadlineMs: 60_000 };
    const gpus = parseNodeType('cpus=4,gpus=1,price=2');

    it('names what no type can hold, and what to do', () => {
      const choice = choose(fanOut(4, { name: 'f', cpus: 12 }), [little!, much!], wanted);
      expect(choice).toMatchObject({ best: null, front: [] });
      expect(choiceText(choice)).toMatch(
        /^Best cluster: f asks for 12 CPUs, which none of the node types .* can hold\. .*--node-type`, .*`heliostat prices`/,
      );
    });

    it('names no price table for custom resources, which that does not have', () => {
      const { impossible } = choose(fanOut(4, { name: 'f', resources: { special: 2 } }), [much!], wanted);
      expect(impossible).toBe(
        'f asks for 1 CPU and 2 special, which none of the node types that were looked at can hold. ' +
          'Give another with `heliostat predict --node-type`.',
      );
      const special = parseNodeType('cpus=8,special=2,price=1');
      const { best } = choose(fanOut(4, { resources: { special: 2 } }), [special], wanted);
      expect(best).toMatchObject({ groups: [{ cpus: 8 }] });
    });

    it('says where each task has a type and none is there for all', () => {
      const wide = fanOut(4, { cpus: 8 });
      const { impossible } = choose(
        [...wide, { id: 'g', gpus: 1, cpus: 4 }, { id: 'x', cpus: 4, resources: { special: 1 } }],
        [much!, gpus, parseNodeType('cpus=4,special=1,price=1')],
        wanted,
      );
      expect(impossible).toMatch(/^None of the node types that were looked at can hold all tasks\. /);
    });

    it('says where the run would never end', () => {
      const ids = Array.from({ length: 65 }, (_, at) => `A${at}`);
      const calls = ids.map((id): LooseTask => ({ id: `call of ${id}`, actor: id, cpus: 0 }));
      const actors = ids.map((id) => ({ id, cpus: 8, gpus: 0 }));
      expect(choose(calls, [much!], wanted, actors).impossible).toMatch(
        /^On none of the node types that were looked at does the run come to an end, because actors hold/,
      );
    });

    it('still shows what comes nearest to a wish that nothing meets', () => {
      const choice = choose(fanOut(4), [much!], { deadlineMs: 1 });
      expect(choice.impossible).toBeUndefined();
      expect(choiceText(choice)).toMatch(/^Nothing that was tried ends within .* The nearest are below\.\n/);
    });
  });
});
