/** A first call in a worker takes longer: what that means here, and on other clusters. */
import { describe, expect, it } from 'vitest';
import { capture } from '../../../simulator/scaling/capture';
import { predictGraph } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import { makingOf } from '../../../simulator/trace/taskIds';
import { Program } from '../trace/build';
import { DRIVER, T0_MS } from '../trace/synthetic';

const FIRST_MS = 1300;
const LATER_MS = 300;
const costs = { submitMs: 0.1, replyMs: 0.5, getMs: 0.2 };

function onNodeOf(cpus: number): Program {
  const program = new Program();
  const facts = { gpus: 0, gpusSimulated: false, memoryBytes: 1e9 };
  const node = { name: 'head', state: 'alive' as const, rayNodeId: 'n', cpus, ...facts };
  program.apply({ type: 'node', nodeIndex: 0, node });
  return program;
}

function predicted(program: Program, ms: number) {
  const times = { startMs: T0_MS, timeMs: T0_MS + ms };
  program.apply({
    type: 'ended',
    task: DRIVER,
    node: '0',
    worker: 'd',
    pid: 1,
    ...times,
    cpuMs: 5,
    error: null,
  });
  const captured = capture(program.store, { gpuRatio: null, costs });
  const context = { prices: USUAL_PRICES, captured, backChecks: [] };
  return predictGraph(captured.graph!, optionsOf(captured.graph!, { nodes: [1] }, context));
}

describe('first calls that take longer', () => {
  it('take so once in a replay of the run itself', () => {
    const program = onNodeOf(4);
    const tasks = [...Array(16).keys()].map((n) => {
      const start = 5 + (n < 4 ? 0 : FIRST_MS + (Math.floor(n / 4) - 1) * LATER_MS);
      const end = start + (n < 4 ? FIRST_MS : LATER_MS);
      return program.ran({ fn: 'work', at: [1, start, end], worker: `w${n % 4}` });
    });
    const allMs = FIRST_MS + 3 * LATER_MS + 5;
    program.got(tasks, 2, allMs);
    const { replay, points } = predicted(program, allMs + 5);
    expect(Math.abs(replay!.errorPct)).toBeLessThan(3);
    expect(points[0]!.timeMs / replay!.measuredMs).toBeCloseTo(1, 1);
  });

  it('stay with the calls of an actor, which are the same on every cluster', () => {
    const program = onNodeOf(4);
    const actor = `${'7'.padStart(24, '0')}01000000`;
    program.ran({ kind: 'actor-creation', id: makingOf(actor), fn: 'make', at: [1, 10, 12], worker: 'a' });
    let at = 20;
    const calls = [...Array(10).keys()].map((n) => {
      const start = at;
      at += (n === 0 ? FIRST_MS : LATER_MS) + 1;
      const id = `${n.toString(16).padStart(16, '0')}${actor}`;
      return program.ran({ kind: 'actor-task', id, fn: 'call', at: [2, start, at - 1], worker: 'a' });
    });
    program.got(calls, 3, at);
    const { points } = predicted(program, at + 2);
    expect(points[0]!.timeMs / (at + 2)).toBeCloseTo(1, 1);
  });
});
