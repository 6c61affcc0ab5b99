/** Where requests go and wait, and what a machine that all nodes share makes of it. */
import { describe, expect, it } from 'vitest';
import { Nodes } from '../../../simulator/scaling/nodes';
import { Placement } from '../../../simulator/scaling/placement';
import { Processor } from '../../../simulator/scaling/processor';
import { Random } from '../../../simulator/scaling/random';
import { clusterOf, fanOut, graphOf, nodeOf, run } from './build';

const BIG = 500_000;
const RULES = { spreadThreshold: 0.5, topKFraction: 0.2, avoidGpuNodes: true };

function cpuShape(cpus: number) {
  return { cpus, gpus: 0, memoryBytes: 0, custom: {} };
}

function placementOn(cpusOfNodes: number, nodeCount: number, shapes: number[]) {
  const cluster = clusterOf([{ type: nodeOf(cpusOfNodes), count: nodeCount }]);
  const nodes = new Nodes(cluster, shapes.map(cpuShape), RULES.spreadThreshold);
  for (let node = 0; node < nodeCount; node++) nodes.up(node);
  return { nodes, placement: new Placement(nodes, RULES, new Random(1)) };
}

describe('a request that no node seems to have room for', () => {
  it('waits at the least full node that could hold it', () => {
    const { nodes, placement } = placementOn(4, 3, [4, 1]);
    nodes.take(0, 1);
    nodes.take(0, 1);
    nodes.take(0, 1);
    nodes.take(1, 1);
    nodes.take(1, 1);
    nodes.take(2, 1);
    nodes.take(2, 1);
    nodes.take(2, 1);
    for (let node = 0; node < 3; node++) nodes.report(node);
    expect(placement.choose(0, 0)).toBe(-1);
    expect(placement.waitsAt(0, 0, false)).toBe(1);
    expect(placement.waitsAt(0, 0, true), 'it came for its arguments').toBe(0);
  });

  it('stays where it is while all are as full', () => {
    const { nodes, placement } = placementOn(1, 3, [1]);
    for (let node = 0; node < 3; node++) {
      nodes.take(node, 0);
      nodes.report(node);
    }
    expect(placement.waitsAt(0, 2, false)).toBe(2);
  });

  it('goes at once to the only node that could hold it, though that is not known to be free', () => {
    const steps = 10;
    const tasks = Array.from({ length: steps }, (_, step) => [
      { id: `d${step}`, name: 'decode', durationMs: 50, outputBytes: BIG },
      {
        id: `t${step}`,
        name: 'train',
        durationMs: 500,
        cpus: 0,
        gpus: 1,
        deps: step > 0 ? [`d${step}`, `t${step - 1}`] : [`d${step}`],
      },
    ]).flat();
    const cluster = clusterOf([
      { type: nodeOf(1, 1), count: 1 },
      { type: nodeOf(4), count: 3 },
    ]);
    const { timeMs, endMs, startMs } = run(graphOf(tasks), cluster, { overheads: 'measured' });
    const waits = Array.from({ length: steps - 1 }, (_, at) => startMs[2 * at + 3]! - endMs[2 * at + 1]!);
    expect(Math.max(...waits), 'nothing waits for a report').toBeLessThan(50);
    expect(timeMs).toBeGreaterThan(steps * 500);
  });

  it('is done by somebody in the end, however tasks of many sizes meet', () => {
    const sizes = [1, 2, 3, 4];
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const tasks = fanOut(60).map((task) => {
        const cpus = sizes[random.below(sizes.length)]!;
        return { ...task, name: `wide${cpus}`, cpus, durationMs: 20 + 400 * random.next() };
      });
      const cluster = clusterOf([
        { type: nodeOf(4), count: 2 },
        { type: nodeOf(3), count: 2 },
      ]);
      const { timeMs, stuck } = run(graphOf(tasks), cluster, { overheads: 'measured', seed });
      expect(stuck).toEqual([]);
      expect(timeMs).toBeGreaterThan(400);
    }
  });
});

describe('large results and arguments', () => {
  const chain = (outputBytes: number) =>
    graphOf(
      Array.from({ length: 20 }, (_, at) => ({
        id: `${at}`,
        name: 'link',
        durationMs: 50,
        outputBytes,
        deps: at > 0 ? [`${at - 1}`] : [],
      })),
    );
  const one = clusterOf([{ type: nodeOf(4), count: 1 }]);
  const timeOf = (bytes: number) => run(chain(bytes), one, { overheads: 'measured' }).timeMs;

  it('cost time on one node too, more the larger they are', () => {
    expect(timeOf(BIG)).toBeGreaterThan(timeOf(1000) + 20);
    expect(timeOf(40 * BIG)).toBeGreaterThan(timeOf(BIG) + 20);
  });
});

describe('a machine that all nodes share', () => {
  it('does what is asked of it in turn, as many things at a time as it has cores', () => {
    const processor = new Processor(2);
    expect([1, 2, 3, 4].map(() => processor.wait(10, 4))).toEqual([0, 2, 4, 6]);
    expect(processor.wait(100, 4)).toBe(0);
    const endless = new Processor(undefined);
    expect([1, 2, 3].map(() => endless.wait(10, 4))).toEqual([0, 0, 0]);
  });

  it('starts many tasks later than nodes of their own do', () => {
    const graph = graphOf(fanOut(64, { durationMs: 500 }));
    const groups = [{ type: nodeOf(16), count: 4 }];
    const own = run(graph, clusterOf(groups), { overheads: 'measured' });
    const shared = run(graph, clusterOf(groups, { host: { cores: 2 } }), { overheads: 'measured' });
    expect(shared.timeMs).toBeGreaterThan(own.timeMs + 20);
  });
});
