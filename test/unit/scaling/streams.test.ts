/**
 * Runs in which GPU actors read what Ray Data prepares on CPUs. The run is made by hand from how Ray Data does it, for
 * any number of CPUs, so that what is predicted from one can be held against another.
 */
import { describe, expect, it } from 'vitest';
import type { NodeType, Prediction } from '../../../simulator/model/scaling';
import { capture, type Captured } from '../../../simulator/scaling/capture';
import { Forecast } from '../../../simulator/scaling/forecast';
import { overheadsNamed } from '../../../simulator/scaling/overheads';
import { predictGraph } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import { UNKNOWN_MS } from '../../../simulator/scaling/streamGate';
import { whatIf } from '../../../simulator/scaling/whatIf';
import type { TraceStore } from '../../../simulator/trace/traceStore';
import { Program } from '../trace/build';
import { DRIVER, JOB, T0_MS, taskId } from '../trace/synthetic';
import { nodeOf } from './build';

const BLOCKS = 24;
const EPOCHS = 2;
const READERS = 2;
/** Until the readers ask for data, and until Ray Data has planned to make it. */
const BEGIN_MS = 400;
const PLAN_MS = 200;
const IDLE_MS = 15;
const LATENCY_MS = 30;
const FEEDER = 'ray.data.ReadImage->MapBatches(decode)';

interface Made {
  cpus: number;
  /** Of a block, on a CPU. */
  decodeMs: number;
  /** Of a block, in its reader. */
  stepMs: number;
  /** Of every third block: how long Ray Data let a CPU wait before it, for reasons of its own. */
  stallMs?: number;
}

interface Recorded {
  store: TraceStore;
  timeMs: number;
}

const creationOf = (reader: number) => `${'f'.repeat(16)}${String(reader).padStart(24, 'a')}${JOB}`;
const callOf = (reader: number) => taskId(1000 + reader).slice(0, 16) + creationOf(reader).slice(16);
const at = (file: string, line: number) => ({ file, line });

function made({ cpus, decodeMs, stepMs, stallMs = 0 }: Made, hasReaders = true): Recorded {
  const program = new Program();
  nodes(program, cpus);
  for (let reader = 0; reader < READERS; reader++) beginReader(program, reader);
  let startMs = BEGIN_MS;
  const freeMs = Array<number>(READERS).fill(startMs);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const firstMs = startMs + PLAN_MS;
    const begins = beginsMs(firstMs, cpus, decodeMs + IDLE_MS, stallMs);
    const ends = begins.map(({ cpu, ms }, block) => {
      decoded(program, taskId(epoch * BLOCKS + block), cpu, ms, ms + decodeMs);
      return ms + decodeMs;
    });
    for (let reader = 0; reader < READERS; reader++) {
      for (let block = reader; block < BLOCKS; block += READERS) {
        // There is one for each reader.
        const pair = block - reader;
        const readyMs = Math.max(...ends.slice(pair, pair + READERS)) + LATENCY_MS;
        const askedMs = freeMs[reader]!;
        const thereMs = Math.max(askedMs, readyMs);
        const kind = block === reader ? 'first-data' : 'data';
        if (hasReaders) {
          const times = { startMs: T0_MS + askedMs, endMs: T0_MS + thereMs };
          const on = [taskId(epoch * BLOCKS + block)];
          program.apply({
            type: 'waited',
            task: callOf(reader),
            kind,
            ...times,
            on,
            site: at('/w/m.py', 20),
          });
        }
        freeMs[reader] = thereMs + stepMs;
      }
    }
    startMs = Math.max(...freeMs);
    freeMs.fill(startMs);
  }
  for (let reader = 0; reader < READERS; reader++) ended(program, callOf(reader), 'gpu', 100, startMs, 10);
  program.got([0, 1].map(callOf), 60, startMs + 1, 30);
  ended(program, DRIVER, '0', 0, startMs + 10, startMs);
  return { store: program.store, timeMs: startMs + 10 };
}

/** Ray Data runs one task at a time until it knows the cluster, a second after the first. */
function beginsMs(
  firstMs: number,
  cpus: number,
  takesMs: number,
  stallMs: number,
): { cpu: number; ms: number }[] {
  const freeMs = Array<number>(cpus).fill(firstMs);
  return Array.from({ length: BLOCKS }, (_, block) => {
    const cpu = freeMs.indexOf(Math.min(...freeMs));
    const knownMs = Math.max(freeMs[cpu]!, firstMs + UNKNOWN_MS);
    const ms = Math.min(knownMs, Math.max(...freeMs)) + (block % 3 === 0 ? stallMs : 0);
    freeMs[cpu] = ms + takesMs;
    return { cpu, ms };
  });
}

function nodes(program: Program, cpus: number): void {
  const facts = { state: 'alive' as const, rayNodeId: 'n', gpusSimulated: false, memoryBytes: 1e9 };
  for (let node = 0; node < cpus; node++)
    program.apply({ type: 'node', nodeIndex: node, node: { ...facts, name: 'cpu', cpus: 1, gpus: 0 } });
  program.apply({ type: 'node', nodeIndex: cpus, node: { ...facts, name: 'gpu', cpus: 0, gpus: READERS } });
}

function beginReader(program: Program, reader: number): void {
  const common = { parent: DRIVER, site: at('/w/m.py', 10) };
  const [creation, call] = [creationOf(reader), callOf(reader)];
  const actor = { task: creation, kind: 'actor-creation', function: 'm.Trainer.__init__' } as const;
  program.apply({ type: 'submitted', ...actor, ...common, timeMs: T0_MS + 10, cpus: 0, gpus: 1 });
  ended(program, creation, 'gpu', 20, 25, 5);
  const deps = [{ task: creation, kind: 'actor', bytes: null }] as const;
  const train = { task: call, kind: 'actor-task', function: 'm.Trainer.train' } as const;
  program.apply({ type: 'submitted', ...train, ...common, timeMs: T0_MS + 50, deps: [...deps] });
}

function decoded(program: Program, task: string, node: number, startMs: number, endMs: number): void {
  const timeMs = T0_MS + startMs - 1;
  // Ray Data's own loop: no line of the user's.
  program.apply({
    type: 'submitted',
    ...{ task, parent: DRIVER, kind: 'task', function: FEEDER, timeMs, cpus: 1, deps: [] },
  });
  ended(program, task, String(node), startMs, endMs, 5);
}

function ended(program: Program, task: string, node: string, start: number, end: number, cpuMs: number) {
  const where = { node, worker: task === DRIVER ? 'd' : `w${node}`, pid: 1 };
  const times = { startMs: T0_MS + start, timeMs: T0_MS + end };
  program.apply({ type: 'ended', task, ...where, ...times, cpuMs, error: null, runDelayMs: 0 });
}

const options = { gpuRatio: null, costs: overheadsNamed('measured') };
const typesOf = (cpus: number): NodeType[] => [
  nodeOf(1, 0, { count: cpus }),
  nodeOf(0, READERS, { count: 1 }),
];

function captured(run: Recorded): Captured & { graph: NonNullable<Captured['graph']> } {
  const found = capture(run.store, options);
  expect(found.refused).toEqual([]);
  return { ...found, graph: found.graph! };
}

function predicted(run: Recorded, cpus: number): Prediction {
  const found = captured(run);
  const context = { prices: USUAL_PRICES, captured: found, backChecks: [] };
  return predictGraph(found.graph, optionsOf(found.graph, { nodes: [1], types: typesOf(cpus) }, context));
}

const SLOW_INGEST = { cpus: 2, decodeMs: 400, stepMs: 60 };
const SLOW_TRAINING = { cpus: 4, decodeMs: 100, stepMs: 500 };

describe('a run whose GPUs read what Ray Data prepares', () => {
  it.each([SLOW_INGEST, SLOW_TRAINING])('is replayed as it was: %j', (made_) => {
    const { replay } = predicted(made(made_), made_.cpus);
    expect(Math.abs(replay!.errorPct)).toBeLessThan(3);
  });

  it.each([
    { from: SLOW_INGEST, cpus: 4 },
    { from: SLOW_INGEST, cpus: 12 },
    { from: SLOW_TRAINING, cpus: 1 },
    { from: SLOW_TRAINING, cpus: 12 },
  ])('takes as long with other ingest CPUs as such a run: %j', ({ from, cpus }) => {
    const [point] = predicted(made(from), cpus).points;
    const truth = made({ ...from, cpus }).timeMs;
    expect(Math.abs(point!.timeMs / truth - 1)).toBeLessThan(0.04);
  });

  it.each([
    { name: 'ingest', from: SLOW_INGEST, cpus: 2 },
    { name: 'ingest', from: SLOW_INGEST, cpus: 4 },
    { name: 'ingest', from: SLOW_INGEST, cpus: 1 },
    { name: 'GPU', from: { ...SLOW_INGEST, stepMs: 250 }, cpus: 24 },
    { name: 'GPU', from: SLOW_TRAINING, cpus: 4 },
    { name: 'GPU', from: SLOW_TRAINING, cpus: 12 },
  ])('is held back by $name: $from with $cpus CPUs', ({ name, from, cpus }) => {
    const [point] = predicted(made(from), cpus).points;
    expect(point!.bottlenecks[0]?.name).toBe(name);
  });

  it('is told how many more nodes the GPUs need', () => {
    const [advice] = predicted(made(SLOW_INGEST), 2).advice;
    expect(advice?.text).toMatch(
      /decode\) holds the GPUs back on 3 nodes .*more nodes of 1 CPU for each GPU/,
    );
    expect(advice?.gainPct).toBeGreaterThan(40);
  });

  it('is told that more nodes do not help where its training is slow', () => {
    const [advice] = predicted(made(SLOW_TRAINING), 4).advice;
    expect(advice?.text).toMatch(/^Trainer\.train itself takes .* more nodes that prepare data do not help/);
  });

  it('shows what faster training gives, where that matters', () => {
    const faster = { faster: [{ name: 'Trainer.train', pct: 50 }] };
    const gainOf = (run: Recorded, cpus: number): number => {
      const { graph, ...rest } = captured(run);
      const context = { prices: USUAL_PRICES, captured: { graph, ...rest }, backChecks: [] };
      const forecast = new Forecast(graph, optionsOf(graph, { nodes: [1], types: typesOf(cpus) }, context));
      return whatIf(forecast, faster, [1]).points[0]!.gainPct;
    };
    expect(gainOf(made(SLOW_TRAINING), 4)).toBeGreaterThan(30);
    expect(gainOf(made(SLOW_INGEST), 2)).toBeLessThan(5);
  });

  it('shows what smaller blocks give: no more than a little where as much has to be prepared', () => {
    const { graph, ...rest } = captured(made(SLOW_INGEST));
    const context = { prices: USUAL_PRICES, captured: { graph, ...rest }, backChecks: [] };
    const forecast = new Forecast(graph, optionsOf(graph, { nodes: [1], types: typesOf(2) }, context));
    const smaller = { split: { name: FEEDER.slice('ray.data.'.length), into: 8 } };
    const { gainPct } = whatIf(forecast, smaller, [1]).points[0]!;
    expect(Math.abs(gainPct)).toBeLessThan(10);
  });

  it('is refused where its own replay is off, with what is seen nevertheless', () => {
    const stalled = { ...SLOW_INGEST, stallMs: 2000 };
    const { replay, points, refused, advice } = predicted(made(stalled), 2);
    expect(replay!.errorPct).toBeLessThan(-15);
    expect(points).toEqual([]);
    expect(refused).toEqual([
      expect.stringMatching(/^Replayed on its own cluster, this run's reading .* is \d+ % off/),
    ]);
    expect(advice).toMatchObject([{ where: 'm.py:20', nodes: 3 }]);
    expect(advice[0]!.text).toMatch(/waited for data for \d\d % of the time .* ingest-bound/);
  });

  it('is refused where nobody knows who read', () => {
    expect(capture(made(SLOW_INGEST, false).store, options).refused).toEqual([
      expect.stringMatching(/^This run does not say who took what Ray Data made/),
    ]);
  });
});
