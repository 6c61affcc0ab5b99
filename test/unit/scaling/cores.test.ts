import { describe, expect, it } from 'vitest';
import { Cores, TURN } from '../../../simulator/scaling/cores';
import { EVENT, Events } from '../../../simulator/scaling/events';
import { Random } from '../../../simulator/scaling/random';
import { predictGraph } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { overheadsNamed } from '../../../simulator/scaling/overheads';
import { startFactor } from '../../../simulator/scaling/seenStarts';
import { optionsOf } from '../../../simulator/scaling/request';
import type { TaskGraph } from '../../../simulator/scaling/taskGraph';
import { clusterOf, fanOut, graphOf, nodeOf, run, type RunOptions } from './build';

/** Tasks that keep so many cores busy. */
function busy(graph: TaskGraph, share: number): TaskGraph {
  return { ...graph, cpuShare: new Float64Array(graph.size).fill(share) };
}

const CPUS_8 = [{ type: nodeOf(8), count: 1 }];
const on = (cores: number, groups = CPUS_8) => clusterOf(groups, { host: { cores } });
const timeOf = (graph: TaskGraph, cores: number, options: RunOptions = {}) =>
  run(graph, on(cores), options).timeMs;

describe('tasks on cores that they share', () => {
  const two = graphOf(fanOut(2));

  it('take twice as long where two compute on one core', () => {
    expect(timeOf(busy(two, 1), 1)).toBeCloseTo(200, 3);
    expect(timeOf(busy(two, 1), 2)).toBeCloseTo(100, 3);
    expect(timeOf(busy(graphOf(fanOut(8)), 1), 2)).toBeCloseTo(400, 3);
  });

  it('take their own time where they wait for something else, or nobody measured what they need', () => {
    expect(timeOf(busy(graphOf(fanOut(8)), 0), 1)).toBeCloseTo(100, 3);
    expect(timeOf(graphOf(fanOut(8)), 1)).toBeCloseTo(100, 3);
  });

  it('wait only in the part of their time in which they compute', () => {
    const mixed = timeOf(busy(graphOf(fanOut(8)), 0.25), 1);
    // Eight times 25 ms on one core, and what a task does before and after without one.
    expect(mixed).toBeGreaterThanOrEqual(200);
    expect(mixed).toBeLessThanOrEqual(275);
  });

  it('need several cores where a library computes in threads of its own', () => {
    expect(timeOf(busy(two, 4), 4)).toBeCloseTo(200, 3);
    expect(timeOf(busy(two, 4), 8)).toBeCloseTo(100, 3);
  });

  it('are said to wait for them', () => {
    const graph = busy(graphOf(fanOut(8)), 1);
    const context = { prices: USUAL_PRICES, captured: null, backChecks: [] };
    const request = { types: [nodeOf(8)], nodes: [1], overheads: 'none' as const };
    const pointOf = (host?: { cores: number }) =>
      predictGraph(graph, optionsOf(graph, request, { ...context, ...(host && { host }) })).points[0]!;
    expect(pointOf().crowding).toBe(0);
    expect(pointOf({ cores: 2 }).crowding).toBeCloseTo(0.75, 3);
    expect(pointOf({ cores: 2 }).cost).toBeNull();
    expect(pointOf({ cores: 2 }).bounds.workMs).toBeCloseTo(400, 3);
    expect(pointOf({ cores: 2 }).bottlenecks[0]).toMatchObject({ name: 'CPU', gainPct: 75 });
  });

  it('share them across nodes', () => {
    const groups = [{ type: nodeOf(1), count: 4 }];
    const graph = busy(graphOf(fanOut(4)), 1);
    expect(run(graph, on(1, groups)).timeMs).toBeCloseTo(400, 3);
  });

  it('are not held up on nodes with cores of their own, whatever they need', () => {
    const graph = graphOf(fanOut(64, { durationMs: 70 }));
    for (const overheads of ['none', 'measured'] as const) {
      const known = run(busy(graph, 1), clusterOf(CPUS_8), { overheads });
      const unknown = run(graph, clusterOf(CPUS_8), { overheads });
      expect(known.timeMs).toBe(unknown.timeMs);
      expect(known.endMs).toEqual(unknown.endMs);
    }
  });

  it('go on while the script computes, with what it leaves of the cores', () => {
    const graph = busy(graphOf([{ id: 'a' }, { id: 'b', thinkMs: 100 }]), 1);
    expect(timeOf({ ...graph, driverCpuShare: 1 }, 2)).toBeCloseTo(200, 3);
    const onOne = timeOf({ ...graph, driverCpuShare: 1 }, 1);
    expect(onOne).toBeCloseTo(300, 3);
    expect(timeOf({ ...graph, driverCpuShare: 0 }, 1)).toBeCloseTo(200, 3);
  });
});

describe('worker processes on cores that they share', () => {
  const graph = graphOf(fanOut(8, { durationMs: 500 }));
  const cold = (cores: number, groups = CPUS_8) =>
    run(graph, { ...on(cores, groups), isWarm: false }, { overheads: 'measured' });

  it('start the later the fewer cores there are', () => {
    const [two, four, eight] = [2, 4, 8].map((cores) => Math.max(...cold(cores).startMs)) as [
      number,
      number,
      number,
    ];
    // 0.7 s of CPU time each, and half of that until the first task.
    expect(two).toBeGreaterThan((8 * 1050) / 2);
    expect(two).toBeGreaterThan(1.5 * four);
    expect(four).toBeGreaterThan(1.5 * eight);
  });

  it('are there on the head for the first job of a cluster, as many as Ray starts with it', () => {
    const first = (isFirstJob: boolean) => {
      const cluster = clusterOf(CPUS_8, { host: { cores: 2, isFirstJob }, isWarm: false });
      return [...run(graph, cluster, { overheads: 'measured' }).startMs].sort((a, b) => a - b);
    };
    const [fresh, used] = [first(true), first(false)];
    expect(fresh[0]).toBeLessThan(used[0]! - 500);
    expect(fresh[7]).toBeLessThan(used[7]! - 500);
  });

  it('are as many as tasks ask for', () => {
    expect(cold(2).coldStarts).toBe(8);
    expect(run(graph, on(2), { overheads: 'measured' }).coldStarts).toBe(0);
  });

  it('take as long as they took in a run here, which is half believed where they were slow', () => {
    const host = { cores: 2 };
    const costs = overheadsNamed('measured');
    const seen = [...cold(2).startMs].sort((a, b) => a - b);
    const factorOf = (startsMs: number[][]) =>
      startFactor(
        { startsMs },
        startsMs.map(() => 8),
        host,
        costs,
      );
    expect(factorOf([seen])).toBeCloseTo(1, 1);
    expect(factorOf([seen.map((ms) => 2.25 * ms)])).toBeCloseTo(1.5, 1);
    expect(factorOf([seen.map((ms) => 0.6 * ms)])).toBeCloseTo(0.6, 1);
    expect(factorOf([seen.map((ms) => ms / 100)])).toBeCloseTo(0.25, 3);
    expect(factorOf([[]])).toBe(1);
    const slower = run(
      graph,
      { ...on(2), isWarm: false, host: { cores: 2, startFactor: 2 } },
      { overheads: 'measured' },
    );
    expect(Math.max(...slower.startMs)).toBeGreaterThan(1.7 * seen[7]!);
  });

  it('come before tasks that run already', () => {
    const events = new Events();
    const cores = new Cores(1, events, new Random(1));
    cores.after(0, { ms: 100, share: 1 }, 0, EVENT.taskEnded, 1, TURN.task);
    cores.after(0, { ms: 100, share: 1 }, 0, EVENT.workerStarted, 2, TURN.first);
    const seen = ended(events, cores);
    expect(seen.map(({ arg }) => arg)).toEqual([2, 1]);
    expect(seen[0]!.atMs).toBeLessThan(105);
    expect(seen[1]!.atMs).toBeCloseTo(200, 3);
  });
});

describe('cores', () => {
  it('are never idle while something wants one, and give nobody more than one for each thread', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const count = 1 + random.below(4);
      const events = new Events();
      const cores = new Cores(count, events, random);
      const jobs = Array.from({ length: 40 }, (_, at) => ({
        fromMs: random.below(3) === 0 ? 0 : random.next() * 500,
        ms: 1 + random.next() * 100,
        turn: at % 4 === 0 ? TURN.first : TURN.task,
      }));
      jobs.forEach(({ fromMs, ms, turn }, at) =>
        cores.after(fromMs, { ms, share: 1 }, 0, EVENT.taskEnded, at, turn),
      );
      const seen = ended(events, cores);
      expect(seen.length).toBe(jobs.length);
      for (const { arg, atMs } of seen)
        expect(atMs).toBeGreaterThanOrEqual(jobs[arg]!.fromMs + jobs[arg]!.ms - 1e-3);
      const lastMs = Math.max(...seen.map(({ atMs }) => atMs));
      const workMs = jobs.reduce((sum, { ms }) => sum + ms, 0);
      expect(workMs).toBeLessThanOrEqual(lastMs * count + 1e-3);
      // With one core there is nothing but what is wanted: busy from when the first came, gaps aside.
      if (count === 1) expect(lastMs).toBeCloseTo(busyUntil(jobs), 3);
    }
  });

  it('give the same turns by the same seed', () => {
    const graph = busy(graphOf(fanOut(100, { durationMs: 30 })), 0.4);
    const [one, other] = [1, 1].map(() => run(graph, on(2), { overheads: 'measured' }));
    expect(one).toEqual(other);
  });
});

function ended(events: Events, cores: Cores): { arg: number; atMs: number }[] {
  const seen: { arg: number; atMs: number }[] = [];
  while (events.next()) {
    if (events.kind === EVENT.coreWanted) cores.wanted(events.arg);
    else if (events.kind === EVENT.coreFree) cores.due(events.arg);
    else seen.push({ arg: events.arg, atMs: events.now });
  }
  return seen;
}

/** When one that does one thing after the other would be done. */
function busyUntil(jobs: readonly { fromMs: number; ms: number }[]): number {
  let freeMs = 0;
  for (const { fromMs, ms } of [...jobs].sort((a, b) => a.fromMs - b.fromMs))
    freeMs = Math.max(freeMs, fromMs) + ms;
  return freeMs;
}
