/** Tasks that compute longer the more others compute beside them, as where memory is shared. */
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

const durations = ({ graph }: Captured) => [...graph!.durationMs].sort((a, b) => a - b);
const saysSo = ({ assumptions }: Captured) =>
  assumptions.filter((words) => words.startsWith('work computed'));

/** On as many CPUs, on so many nodes. */
function predictedMs(captured: Captured, nodes: number): number {
  const cpus = CPUS / nodes;
  const type = { name: 'n', cpus, gpus: 0, memoryBytes: 0, resources: {}, pricePerHour: null, count: null };
  const context = { prices: USUAL_PRICES, captured, backChecks: [] };
  return predictGraph(captured.graph!, optionsOf(captured.graph!, { types: [type], nodes: [nodes] }, context))
    .points[0]!.timeMs;
}

describe('tasks that compute beside others', () => {
  it('count with what they take alone where the crowd made them longer', () => {
    const captured = run(0.2);
    const all = durations(captured);
    expect(all[0]! / ALONE_MS).toBeCloseTo(1, 1);
    expect(all.at(-1)! / ALONE_MS).toBeLessThan(1.12);
    expect(saysSo(captured)).toHaveLength(1);
  });

  it('are longer again on nodes that are as full, and not on those that run one at a time', () => {
    const captured = run(0.2);
    const [full, apart] = [predictedMs(captured, 1), predictedMs(captured, CPUS)];
    expect(full / captured.measuredMs).toBeGreaterThan(0.9);
    expect(full / captured.measuredMs).toBeLessThan(1.1);
    // Each round lasts as long as a task that computes alone, and what finding other nodes takes.
    expect(apart / (24 * ALONE_MS)).toBeLessThan(1.15);
    expect(apart).toBeLessThan(full * 0.9);
  });

  it('stay as they are where nothing shows, or a sleep is what takes longer', () => {
    for (const captured of [run(0), run(0.2, 0)]) {
      expect(captured.graph!.beside).toBeNull();
      expect(saysSo(captured)).toEqual([]);
    }
    expect(durations(run(0.2, 0)).at(-1)! / ALONE_MS).toBeCloseTo(1.6, 1);
  });
});
