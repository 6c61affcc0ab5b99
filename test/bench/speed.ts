/**
 * How fast a prediction is: a million tasks under all of Ray's rules, a curve over twenty sizes, and one graph in SimGrid
 * and in Estee, which simulate in ways of their own (SimGrid: list scheduling alone; Estee: with its simple network).
 * CPU time each, of the simulation alone: ours has its graph already, the peers make theirs. SimGrid is Debian's
 * python3-simgrid; Estee comes from its repository (github.com/It4innovations/estee), into the Python that
 * HELIOSTAT_ESTEE_PYTHON names.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GraphTask, NodeType } from '../../simulator/model/scaling';
import { Forecast, type ForecastOptions } from '../../simulator/scaling/forecast';
import { fromGraphFile } from '../../simulator/scaling/fromGraphFile';
import { overheadsNamed } from '../../simulator/scaling/overheads';
import { prepare } from '../../simulator/scaling/prepared';
import { Random } from '../../simulator/scaling/random';
import { simulate } from '../../simulator/scaling/simulation';
import { NONE, packPrograms, STEP, type TaskGraph } from '../../simulator/scaling/taskGraph';
import { within, type Bench, type Row } from './harness';

const ROUNDS = 3;
const MILLION = 1_000_000;
const CURVE = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 100, 128, 160];
const PEERS = { tasks: 10_000, nodes: 10, cpus: 8 };

export const bench: Bench = {
  about: 'CPU time of predictions, and of SimGrid and Estee for the same graph',
  run(say) {
    say('a million tasks');
    const tasks = millionTasks();
    const million = rounds(() => replay(tasks, 1000, 16));
    say('a curve of twenty sizes');
    const graph = layered(PEERS.tasks);
    const forecast = new Forecast(graph, options());
    const curve = rounds(() => CURVE.forEach((nodes) => forecast.simulate(forecast.cluster(nodes))));
    const prepared = prepare(graph, overheadsNamed('measured').inlineBytes);
    const ours = rounds(() => {
      const cluster = forecast.cluster(PEERS.nodes);
      simulate({ prepared, cluster, costs: overheadsNamed('measured'), seed: 1 });
    });
    return Promise.resolve([
      within(`${MILLION.toLocaleString('en')} tasks on 1,000 nodes of 16 CPUs`, million, 3000),
      within(`a curve of ${CURVE.length} sizes of ${PEERS.tasks.toLocaleString('en')} tasks`, curve, 200),
      ...peers(graph, ours, say),
    ]);
  },
};

function rounds(run: () => unknown): number[] {
  run();
  return Array.from({ length: ROUNDS }, () => {
    const from = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1000;
  });
}

function peers(graph: TaskGraph, oursMs: number[], say: (progress: string) => void): Row[] {
  const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-speed-'));
  try {
    const file = path.join(dir, 'graph.json');
    const deps = Array.from({ length: graph.size }, (_, task) =>
      Array.from(graph.deps.subarray(graph.depStart[task], graph.depStart[task + 1])),
    );
    const slots = PEERS.nodes * PEERS.cpus;
    const one = { slots, ...PEERS, durationsMs: Array.from(graph.durationMs), deps };
    writeFileSync(file, JSON.stringify({ ...one, cases: [one] }));
    const all = [
      {
        name: 'SimGrid',
        python: '/usr/bin/python3',
        model: 'test/unit/scaling/simgridModel.py',
        atLeast: 10,
      },
      {
        name: 'Estee',
        python: process.env['HELIOSTAT_ESTEE_PYTHON'],
        model: 'test/bench/speed/esteeModel.py',
        atLeast: 100,
      },
    ];
    return all.flatMap(({ name, python, model, atLeast }): Row[] => {
      if (python === undefined) return [];
      say(name);
      const theirsMs = peerCpuMs(python, model, file);
      if (theirsMs === null) {
        say(`${name} is not here, or fails`);
        return [];
      }
      const ours = [...oursMs].sort((a, b) => a - b)[ROUNDS >> 1]!;
      return [
        {
          what: `${PEERS.tasks.toLocaleString('en')} tasks on ${slots} CPUs, times as fast as ${name}`,
          ours: `${ours.toFixed(1)} ms`,
          peer: `${name} ${(theirsMs / 1000).toFixed(2)} s`,
          value: theirsMs / ours,
          target: { atLeast },
        },
      ];
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Of the whole simulation, without starting Python; null where the peer is not here. */
function peerCpuMs(python: string, model: string, file: string): number | null {
  const timed = `import sys, time, runpy
sys.argv = sys.argv[1:]
import ${model.includes('estee') ? 'estee.simulator' : 'simgrid'}
began = time.process_time()
runpy.run_path(sys.argv[0], run_name="__main__")
print("cpu", (time.process_time() - began) * 1000)`;
  const { status, stdout } = spawnSync(python, ['-c', timed, path.resolve(model), file], {
    encoding: 'utf8',
  });
  const found = /^cpu ([\d.]+)/m.exec(stdout);
  return status === 0 && found ? Number(found[1]) : null;
}

function replay(graph: TaskGraph, nodes: number, cpus: number): number {
  const costs = overheadsNamed('measured');
  const forecast = new Forecast(graph, options(cpus));
  return simulate({ prepared: forecast.prepared, cluster: forecast.cluster(nodes), costs, seed: 1 }).timeMs;
}

function options(cpus = PEERS.cpus): ForecastOptions {
  const type: NodeType = {
    name: 'node',
    cpus,
    gpus: 0,
    memoryBytes: 0,
    resources: {},
    pricePerHour: null,
    count: null,
  };
  return {
    types: [type],
    overheads: 'measured',
    nicBytesPerMs: 1_250_000,
    diskBytesPerMs: 500_000,
    isWarm: true,
    startMsOf: null,
    bootMs: 0,
    host: null,
    band: {
      isSample: false,
      profiledCpus: null,
      unseenMs: 0,
      besideShare: 0,
      errorsSeen: [],
      replicas: null,
    },
  };
}

/** Tasks of four functions, each of which takes from one to three of the ones before. */
function layered(count: number): TaskGraph {
  const random = new Random(7);
  const tasks = Array.from({ length: count }, (_, at): GraphTask => {
    const needs = at < 500 ? 0 : 1 + random.below(3);
    const deps = new Set(Array.from({ length: needs }, () => `t${at - 1 - random.below(500)}`));
    return {
      id: `t${at}`,
      name: `f${at % 4}`,
      durationMs: Math.exp(5 + 0.5 * random.normal()),
      cpus: 1,
      gpus: 0,
      outputBytes: 1000,
      deps: [...deps],
    };
  });
  return fromGraphFile({ tasks }, 'bench');
}

/** Four functions in ten rounds; each task of a round needs one of the round before. Built without objects. */
function millionTasks(): TaskGraph {
  const random = new Random(11);
  const size = MILLION;
  const perRound = size / 10;
  const depStart = new Int32Array(size + 1);
  const deps = new Int32Array(size - perRound);
  for (let task = 0; task < size; task++) {
    const has = task >= perRound ? 1 : 0;
    depStart[task + 1] = depStart[task]! + has;
    if (has) deps[depStart[task]!] = task - perRound;
  }
  const all = Array.from({ length: size }, (_, task) => task);
  const submits = all.map((task) => ({ kind: STEP.submit, ms: 0, arg: task }));
  const programs = packPrograms([[...submits, { kind: STEP.join, ms: 0, arg: 0 }]]);
  const programStart = new Int32Array(size + 2).fill(programs.programStart[1]!);
  programStart[0] = 0;
  return {
    size,
    ids: [],
    functions: Array.from({ length: 4 }, (_, fn) => ({ name: `f${fn}`, where: null })),
    fn: Int32Array.from(all, (task) => Math.floor(task / perRound) % 4),
    durationMs: Float64Array.from(all, () => Math.exp(8 + 0.5 * random.normal())),
    warmupMs: new Float64Array(4),
    callGapMs: new Float64Array(4).fill(NaN),
    firstCallMs: new Float64Array(4),
    shapes: [{ cpus: 1, gpus: 0, memoryBytes: 0, custom: {} }],
    shape: new Int32Array(size),
    outputBytes: new Float64Array(size).fill(1000),
    depStart,
    deps,
    putBytes: new Float64Array(0),
    putBy: new Int32Array(0),
    actors: [],
    actor: new Int32Array(size).fill(NONE),
    parent: new Int32Array(size).fill(NONE),
    ...programs,
    programStart,
    pool: null,
    poolCount: 0,
    poolLatencyMs: new Float64Array(0),
    cpuShare: null,
    driverCpuShare: 0,
    streamed: null,
    waitStart: Int32Array.from([0, size]),
    waitTasks: Int32Array.from(all),
    driverTailMs: 0,
  };
}
