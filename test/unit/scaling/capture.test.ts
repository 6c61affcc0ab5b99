/** What a run's trace is good for: the graph that is taken from it, or why there is none. */
import { describe, expect, it } from 'vitest';
import { capture, type Captured } from '../../../simulator/scaling/capture';
import { predictGraph } from '../../../simulator/scaling/predict';
import { prepare } from '../../../simulator/scaling/prepared';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { whereOf } from '../../../simulator/scaling/where';
import type { NodeSample } from '../../../simulator/model/cluster';
import { optionsOf } from '../../../simulator/scaling/request';
import { makingOf } from '../../../simulator/trace/taskIds';
import { Program } from '../trace/build';
import { clusterOf, nodeOf, run as replayed } from './build';
import { DRIVER, T0_MS, taskId } from '../trace/synthetic';

const contextOf = (captured: Captured) => ({ prices: USUAL_PRICES, captured, backChecks: [] });
const options = { gpuRatio: null, costs: { submitMs: 0.1, replyMs: 0.5, getMs: 0.2 } };

const actorOf = (n: number) => `${String(n).padStart(24, '0')}01000000`;
const actorId = (n: number) => makingOf(actorOf(n));
const callId = (actor: number, n: number) => `${n.toString(16).padStart(16, '0')}${actorOf(actor)}`;

/** The driver submits two tasks of 40 ms, waits for them and ends after `ms`, of which it computed `cpuMs`. */
function run(cpuMs: number, ms = 100): Program {
  const program = onOneNode();
  const tasks = [0, 1].map((n) => program.ran({ fn: 'work', at: [n, 5, 45] }));
  program.got(tasks, 10, 50);
  ends(program, ms, cpuMs);
  return program;
}

function onOneNode(): Program {
  const program = new Program();
  program.apply({
    type: 'node',
    nodeIndex: 0,
    node: {
      name: 'head',
      state: 'alive',
      rayNodeId: 'n',
      cpus: 2,
      gpus: 0,
      gpusSimulated: false,
      memoryBytes: 1e9,
    },
  });
  return program;
}

function ends(program: Program, ms: number, cpuMs: number): void {
  const where = { node: '0', worker: 'd', pid: 1 };
  const times = { startMs: T0_MS, timeMs: T0_MS + ms };
  program.apply({ type: 'ended', task: DRIVER, ...where, ...times, cpuMs, error: null });
}

describe('a run is captured', () => {
  it('with its tasks and the time from its start to its end', () => {
    const { graph, refused, measuredMs } = capture(run(50).store, options);
    expect(refused).toEqual([]);
    expect(measuredMs).toBe(100);
    expect(graph?.parent.length).toBe(2);
  });

  it('without the calls of Ray’s own that somebody waited for', () => {
    const program = run(50);
    program.got([taskId(900)], 50, 60);
    expect(capture(program.store, options).refused).toEqual([expect.stringMatching(/^1 task of this run/)]);
    program.apply({ type: 'counted', source: 'probe', tasks: 1 });
    expect(capture(program.store, options).refused).toEqual([]);
  });

  it('with tasks whose node did not live to tell when they ran, as long as they are few', () => {
    const lost = (others: number) => {
      const program = run(50);
      for (let n = 0; n < others; n++) program.ran({ fn: 'work', at: [2, 5, 45] });
      const task = taskId(800);
      const submitted = { type: 'submitted', parent: DRIVER, kind: 'task', timeMs: T0_MS + 3 } as const;
      program.apply({ ...submitted, task, function: 'm.work', cpus: 1, deps: [] });
      const told = { state: 'finished', attempt: 0, node: null, startMs: null, error: null } as const;
      const what = { task, parent: DRIVER, kind: 'task', function: 'm.work' } as const;
      program.apply({ type: 'reported', ...what, ...told, endMs: T0_MS + 50 });
      return capture(program.store, options);
    };
    const { graph, refused, assumptions } = lost(20);
    expect(refused).toEqual([]);
    expect(graph?.durationMs).toHaveLength(23);
    for (const ms of graph!.durationMs) expect(ms).toBeCloseTo(40);
    expect(assumptions).toContainEqual(expect.stringMatching(/^When 1 of the tasks ran was lost/));
    expect(lost(2).refused).toEqual([expect.stringMatching(/^1 task of this run/)]);
  });

  it('with a word on nodes that were lost, since a replay loses none', () => {
    const program = run(50);
    const mark = { timeMs: T0_MS + 20, node: 0, kind: 'lost', words: 'head was lost' } as const;
    program.apply({ type: 'mark', mark });
    expect(capture(program.store, options).assumptions).toContainEqual(
      expect.stringMatching(/^This run lost a node: /),
    );
  });

  it('without the time-outs of waits that go on, whose time is that of the tasks', () => {
    const program = run(5);
    const late = program.ran({ fn: 'late', at: [51, 52, 90] });
    const line = { file: '/w/m.py', line: 9 };
    const wait = { type: 'waited', task: DRIVER, kind: 'wait', site: line } as const;
    program.apply({ ...wait, startMs: T0_MS + 52, endMs: T0_MS + 72, on: [] });
    program.apply({ ...wait, startMs: T0_MS + 72, endMs: T0_MS + 91, on: [late] });
    const { graph, refused } = capture(program.store, options);
    expect(refused).toEqual([]);
    const own = [...graph!.stepMs].reduce((sum, ms) => sum + ms, 0);
    // 10 before, 5 between the first tasks and the end of their wait, 1 and 1 around; the time-out took 20.
    expect(own).toBeLessThan(17);
  });

  it('with what its actors took to start, which a prediction takes over unless it is asked for other starts', () => {
    const program = onOneNode();
    const tasks = ['a', 'b'].map((worker, n) =>
      program.ran({ kind: 'actor-creation', id: actorId(n), fn: 'work', at: [1, 3000, 3040], worker }),
    );
    program.got(tasks, 10, 3050);
    ends(program, 3060, 20);
    const captured = capture(program.store, options);
    const predicted = (isCold: boolean) =>
      predictGraph(captured.graph!, optionsOf(captured.graph!, { nodes: [1], isCold }, contextOf(captured)));
    const { replay, points, assumptions } = predicted(false);
    expect(replay?.errorPct).toBeCloseTo(0, 0);
    expect(points[0]!.timeMs / replay!.measuredMs).toBeCloseTo(1, 1);
    expect(points[0]!.bottlenecks[0]).toMatchObject({
      name: 'ramp-up',
      where: '2 worker processes to start',
    });
    expect(assumptions).toContain(
      'Worker processes run already; an actor takes as long to start as it usually did here: 3.0 s for work.',
    );
    expect(predicted(true).points[0]!.timeMs).toBeLessThan(2000);
    expect(predicted(true).assumptions).toContain('Worker processes start with the run.');
    const free = optionsOf(captured.graph!, { nodes: [1], overheads: 'none' }, contextOf(captured));
    expect(predictGraph(captured.graph!, free).points[0]!.timeMs).toBeLessThan(200);
  });

  it('with what passes between the calls of an actor that has them all, and before its first', () => {
    const program = onOneNode();
    program.ran({
      kind: 'actor-creation',
      id: actorId(1),
      fn: 'make',
      at: [1, 10, 12],
      worker: 'a',
    });
    const calls = Array.from({ length: 20 }, (_, n) => {
      const startMs = 312 + 3 * n;
      const id = callId(1, n);
      return program.ran({
        kind: 'actor-task',
        id,
        fn: 'call',
        at: [2, startMs, startMs + 1],
        worker: 'a',
      });
    });
    program.got(calls, 5, 372);
    ends(program, 373, 20);
    const { graph, measuredMs } = capture(program.store, options);
    const fn = (name: string) => graph!.functions.findIndex((one) => one.name.includes(name));
    // A start has a gap of 5 ms anyway.
    expect(graph!.firstCallMs[fn('make')]).toBeCloseTo(295);
    expect(graph!.callGapMs[fn('call')]).toBeCloseTo(2);
    const { timeMs } = replayed(graph!, clusterOf([{ type: nodeOf(2), count: 1 }]), {
      overheads: 'measured',
    });
    expect(Math.abs(timeMs / measuredMs - 1)).toBeLessThan(0.05);
  });

  it('with actors that do not wait for those whose handles they are given', () => {
    const program = onOneNode();
    const made = { kind: 'actor-creation', fn: 'work' } as const;
    const first = program.ran({ ...made, id: actorId(1), at: [1, 2000, 2040], worker: 'a' });
    const deps = [{ task: first, index: 0, bytes: null, kind: 'actor' as const }];
    const second = program.ran({ ...made, id: actorId(2), at: [2, 2000, 2040], worker: 'b', deps });
    program.got([first, second], 10, 2050);
    ends(program, 2060, 20);
    const { graph } = capture(program.store, options);
    expect([...graph!.deps]).toEqual([]);
  });

  it('with starts that are counted from when their node was there', () => {
    const program = onOneNode();
    const node = { ...program.store.nodes.get(0)!, name: 'late', rayNodeId: 'n1' };
    program.apply({ type: 'node', nodeIndex: 1, node });
    const sample = { cpuPct: 1, memoryUsedBytes: 1, memoryTotalBytes: 2 } as NodeSample;
    program.apply({ type: 'node-sample', nodeIndex: 0, sample: { ...sample, timeMs: T0_MS } });
    program.apply({ type: 'node-sample', nodeIndex: 1, sample: { ...sample, timeMs: T0_MS + 10_000 } });
    const task = actorId(5);
    const submitted = {
      type: 'submitted',
      parent: DRIVER,
      kind: 'actor-creation',
      timeMs: T0_MS + 1,
    } as const;
    program.apply({ ...submitted, task, function: 'm.work', cpus: 1, deps: [] });
    const times = { startMs: T0_MS + 10_700, timeMs: T0_MS + 10_740 };
    program.apply({ type: 'ended', task, node: '1', worker: 'x', pid: 3, ...times, cpuMs: 40, error: null });
    program.got([task], 10, 10_750);
    ends(program, 10_760, 20);
    const { startMsOf, place } = capture(program.store, options);
    expect(place.startsMs[1]![0]).toBeGreaterThan(10_600);
    expect(startMsOf![0]).toBe(700);
  });

  it('without what its workers took until their first plain task: on more nodes, Ray has them ready', () => {
    const program = onOneNode();
    const tasks = ['a', 'b'].map((worker) => program.ran({ fn: 'work', at: [1, 3000, 3040], worker }));
    program.got(tasks, 10, 3050);
    ends(program, 3060, 20);
    const captured = capture(program.store, options);
    const { replay, points } = predictGraph(
      captured.graph!,
      optionsOf(captured.graph!, { nodes: [1, 8] }, contextOf(captured)),
    );
    expect(replay?.errorPct).toBeCloseTo(0, 0);
    for (const { timeMs } of points) expect(timeMs).toBeLessThan(200);
  });

  it('with how late a worker was, also where others of its node had ended tasks before it was there', () => {
    const program = onOneNode();
    // Two CPUs: one worker is there after two seconds, the other after four, when the first has done most of the work.
    const early = Array.from({ length: 10 }, (_, n) => 2000 + 200 * n);
    const tasks = [
      ...early.map((ms) => program.ran({ fn: 'work', at: [1, ms, ms + 195], worker: 'early' })),
      program.ran({ fn: 'work', at: [1, 4000, 4195], worker: 'late' }),
      program.ran({ fn: 'work', at: [1, 4000, 4195], worker: 'early' }),
    ];
    program.got(tasks, 10, 4196);
    ends(program, 4200, 20);
    const captured = capture(program.store, options);
    expect(captured.place.startsMs).toEqual([[expect.closeTo(1994, 0), expect.closeTo(3994, 0)]]);
    const { replay } = predictGraph(
      captured.graph!,
      optionsOf(captured.graph!, { nodes: [1] }, contextOf(captured)),
    );
    expect(Math.abs(replay!.errorPct)).toBeLessThan(2);
  });

  it('with a worker’s start from when it was asked for, whoever has run the task by then that it was asked for', () => {
    const program = onOneNode();
    // Two workers are asked for at once. The first to come runs both tasks, so that the second gets one that came later.
    const tasks = [
      program.ran({ fn: 'work', at: [1, 1000, 1900], worker: 'early' }),
      program.ran({ fn: 'work', at: [2, 1905, 2800], worker: 'early' }),
      program.ran({ fn: 'work', at: [1950, 2500, 2900], worker: 'late' }),
      program.ran({ fn: 'work', at: [1951, 2805, 3200], worker: 'early' }),
    ];
    program.got(tasks, 10, 3210);
    ends(program, 3220, 20);
    const [late] = capture(program.store, options).place.startsMs;
    // Nothing waited any more from 1905 to 1950 ms.
    expect(late).toEqual([expect.closeTo(994, 0), expect.closeTo(545, 0)]);
    const sooner = onOneNode();
    const again = [
      sooner.ran({ fn: 'work', at: [1, 1000, 1900], worker: 'early' }),
      sooner.ran({ fn: 'work', at: [2, 1905, 2800], worker: 'early' }),
      sooner.ran({ fn: 'work', at: [1900, 2500, 2900], worker: 'late' }),
    ];
    sooner.got(again, 10, 3210);
    ends(sooner, 3220, 20);
    expect(capture(sooner.store, options).place.startsMs[0]![1]).toBeCloseTo(2494, 0);
  });

  it('with no start for a worker that came when a CPU was free again', () => {
    const program = onOneNode();
    const spans = [
      ['a', 100, 900],
      ['b', 100, 500],
      ['c', 505, 900],
    ] as const;
    const tasks = spans.map(([worker, ...span]) => program.ran({ fn: 'work', at: [95, ...span], worker }));
    program.got(tasks, 96, 910);
    ends(program, 920, 20);
    expect(capture(program.store, options).place.startsMs).toEqual([[0, 0, 0]]);
  });

  it('as with workers that run already where they were there when they were needed', () => {
    const captured = capture(run(50).store, options);
    const { assumptions } = predictGraph(
      captured.graph!,
      optionsOf(captured.graph!, { nodes: [1] }, contextOf(captured)),
    );
    expect(assumptions).toContain('Worker processes run already.');
  });

  it('with what Ray Train starts told apart from what the script submits', () => {
    const program = run(50);
    for (const n of [2, 3]) {
      const task = taskId(n);
      const what = { task, parent: DRIVER, kind: 'task', cpus: 1 } as const;
      program.apply({ type: 'submitted', ...what, function: 'ray.train.RayTrainWorker', timeMs: T0_MS + n });
      const where = { node: '0', worker: `w${n}`, pid: n, cpuMs: 0, error: null };
      program.apply({ type: 'ended', task, ...where, startMs: T0_MS + 5, timeMs: T0_MS + 6 });
    }
    const { graph } = capture(program.store, options);
    const base = replayed(graph!, clusterOf([{ type: nodeOf(4), count: 1 }]));
    expect(whereOf('driver', prepare(graph!, 1e5), base, { lengthMs: 0, tasks: [] })).toMatch(
      /^2 submissions one after another, Ray Train starts 2 tasks and actors, 0\.\d s of the driver's own/,
    );
  });

  it.each([
    ['m.step', [expect.stringMatching(/^ray\.get at m\.py:9 waits/)]],
    ['ray.tune.step', []],
  ])('with advice about lines that wait, unless a library waits there: %s', (fn, advice) => {
    const { store } = run(50);
    const site = { file: '/w/m.py', line: 9 };
    for (let n = 0; n < 8; n++) {
      const [fromMs, untilMs] = [T0_MS + 52 + 5 * n, T0_MS + 56 + 5 * n];
      const task = taskId(10 + n);
      const what = { task, parent: DRIVER, kind: 'task', function: fn, cpus: 1, site } as const;
      store.apply({ type: 'submitted', ...what, timeMs: fromMs });
      const where = { node: '0', worker: 'w', pid: 2, cpuMs: 4, error: null };
      store.apply({ type: 'ended', task, ...where, startMs: fromMs, timeMs: untilMs });
      const wait = { task: DRIVER, kind: 'get' as const, on: [task], site };
      store.apply({ type: 'waited', ...wait, startMs: fromMs, endMs: untilMs });
    }
    const captured = capture(store, options);
    const asked = optionsOf(captured.graph!, { nodes: [4] }, contextOf(captured));
    const texts = predictGraph(captured.graph!, asked).advice.map(({ text }) => text);
    expect(texts.filter((text) => text.startsWith('ray.'))).toEqual(advice);
  });

  it('with a word first on a script that did not come to its own end', () => {
    expect(capture(run(50).store, options).endedEarly).toBeNull();
    const early = capture(run(50).store, { ...options, endedEarly: 'cancelled' });
    expect(early.endedEarly).toMatch(
      /^This run was cancelled before its end: .* the part of the script that ran/,
    );
    const predicted = predictGraph(early.graph!, optionsOf(early.graph!, {}, contextOf(early)));
    expect(predicted.endedEarly).toBe(early.endedEarly);
    expect(predicted.assumptions[0]).toBe(early.endedEarly);
  });

  it('with the speed of a real GPU, which is asked for where nothing else is missing', () => {
    const pretended = (unfinished: number) => {
      const program = run(50);
      const facts = {
        state: 'alive',
        rayNodeId: 'n',
        cpus: 2,
        memoryBytes: 1e9,
        gpus: 1,
        gpusSimulated: true,
      } as const;
      program.apply({ type: 'node', nodeIndex: 0, node: { name: 'head', ...facts } });
      program.ran({ fn: 'train', at: [1, 5, 45], gpus: 1 });
      program.got(
        Array.from({ length: unfinished }, (_, n) => taskId(900 + n)),
        50,
        60,
      );
      return program.store;
    };
    expect(capture(pretended(0), options)).toMatchObject({ graph: null, needsGpuRatio: true });
    expect(capture(pretended(0), { ...options, gpuRatio: 8 })).toMatchObject({
      refused: [],
      needsGpuRatio: false,
    });
    // As fast as here, where the prediction is for here.
    const here = capture(pretended(0), { ...options, gpuRatio: 1 });
    expect(here.refused).toEqual([]);
    expect(here.assumptions.join()).not.toMatch(/GPU/);
    const unfinished = capture(pretended(1), options);
    expect(unfinished.needsGpuRatio).toBe(false);
    expect(unfinished.refused).toEqual([expect.stringMatching(/^1 task of this run/)]);
  });

  it('only where the script’s waits are known', () => {
    const program = run(5, 200);
    // A script of its own may sleep.
    expect(capture(program.store, options).refused).toEqual([]);
    const execution = { id: 'd1', name: 'd1', state: 'finished', startMs: null, endMs: null };
    const progress = { done: 1, total: 1, rows: 9, operators: [] };
    const library = { type: 'library', state: { library: 'data', ...execution, ...progress } } as const;
    program.apply(library);
    expect(capture(program.store, options).refused).toEqual([expect.stringMatching(/^For 78 % of this run/)]);
    // Whoever waits for a call of Ray's own waits for nobody knows what.
    program.got([taskId(900)], 50, 95);
    program.apply({ type: 'counted', source: 'probe', tasks: 1 });
    expect(capture(program.store, options).refused).toEqual([expect.stringMatching(/^For 78 % of this run/)]);
    // Of a run of half the length it is 55 %.
    const shorter = run(5);
    shorter.apply(library);
    const { refused, unseenMs, assumptions } = capture(shorter.store, options);
    expect(refused).toEqual([]);
    expect(unseenMs).toBeCloseTo(55, 6);
    expect(assumptions).toContainEqual(expect.stringMatching(/^For 55 % of this run/));
  });
});
