/** Whether a run shows that tasks computed longer the more others computed beside them, as where memory is shared. */
import { describe, expect, it } from 'vitest';
import { capture, type Captured } from '../../../simulator/scaling/capture';
import { predictGraph } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { Random } from '../../../simulator/scaling/random';
import { optionsOf } from '../../../simulator/scaling/request';
import { Program } from '../trace/build';
import { DRIVER, T0_MS } from '../trace/synthetic';

const options = { gpuRatio: null, isOneMachine: true, costs: { submitMs: 0.1, replyMs: 0.5, getMs: 0.2 } };
const ALONE_MS = 1000;

/** Rounds of one to `CPUS` tasks at once, each of which takes so much longer for each other one. */
const CPUS = 4;
function run(longer: number, cpuShare = 1): Captured {
  const program = new Program();
  const node = { name: 'head', state: 'alive', rayNodeId: 'n', cpus: CPUS, gpus: 0 } as const;
  program.apply({
    type: 'node',
    nodeIndex: 0,
    node: { ...node, gpusSimulated: false, memoryBytes: 1e9 },
  });
  const random = new Random(7);
  let ms = 5;
  for (let round = 0; round < 24; round++) {
    const atOnce = 1 + (round % CPUS);
    const took = ALONE_MS * (1 + longer * (atOnce - 1));
    const tasks = Array.from({ length: atOnce }, (_, n) => {
      const ownMs = took * (1 + 0.02 * (random.next() - 0.5));
      return program.ran({
        fn: 'work',
        at: [ms, ms + 1, ms + 1 + ownMs],
        worker: `w${n}`,
        cpuMs: ownMs * cpuShare,
      });
    });
    program.got(tasks, ms + 0.5, ms + took + 3);
    ms += took + 4;
  }
  const where = { node: '0', worker: 'd', pid: 1 };
  program.apply({
    ...{ type: 'ended', task: DRIVER, ...where, startMs: T0_MS, timeMs: T0_MS + ms },
    ...{ cpuMs: 20, error: null },
  });
  return capture(program.store, options);
}

const saysSo = ({ assumptions }: Captured) =>
  assumptions.filter((words) => words.startsWith('work computed'));

/** Of what is predicted for the same cluster, how far down its range goes. */
function lowShare(captured: Captured): number {
  const type = { name: 'n', cpus: CPUS, gpus: 0, memoryBytes: 0, resources: {} };
  const types = [{ ...type, pricePerHour: null, count: null }];
  const context = { prices: USUAL_PRICES, captured, backChecks: [] };
  const { points } = predictGraph(
    captured.graph!,
    optionsOf(captured.graph!, { types, nodes: [1] }, context),
  );
  expect(points[0]!.timeMs / captured.measuredMs).toBeCloseTo(1, 1);
  return points[0]!.lowMs / points[0]!.timeMs;
}

describe('tasks that compute longer beside others', () => {
  it('are told of, and the range goes down to what they would take without', () => {
    const captured = run(0.2);
    expect(saysSo(captured)).toEqual([
      expect.stringMatching(/^work computed [56]\d % longer where others kept 3\.0/),
    ]);
    // The mean of four rounds, 1.3 times as long, and of more tasks in the longer ones.
    expect(captured.besideShare).toBeGreaterThan(0.2);
    expect(captured.besideShare).toBeLessThan(0.35);
    expect(lowShare(captured)).toBeLessThan(1 - captured.besideShare + 0.02);
  });

  it('are not where nothing shows, or only sleeps got longer', () => {
    for (const captured of [run(0), run(0.2, 0)]) {
      expect(captured.besideShare).toBe(0);
      expect(saysSo(captured)).toEqual([]);
    }
    expect(lowShare(run(0))).toBeGreaterThan(0.85);
  });

  it('cost no more than sharing fairly would', () => {
    expect(run(1.5).besideShare).toBeLessThan(0.75);
  });
});
