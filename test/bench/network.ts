/**
 * Predictions against real Ray where the network is the limit: three containers, each in a network namespace of its own
 * whose line is limited in both directions, pass large objects on. Needs root, Docker with the tests' image, and `tc`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ClusterInfo } from '../../simulator/model/cluster';
import type { GraphFile, GraphTask, ScalingPoint } from '../../simulator/model/scaling';
import { readRehearsalResult, rehearsalPlan } from '../../simulator/rehearsal/rehearsalPlan';
import { Heliostat } from '../cluster/heliostat';
import { IMAGE } from './clusters/byHand';
import { predictOn, quantile } from './accuracy/judge';
import { range, task as taskOf, type SomeTask } from './accuracy/shapes';
import { errorRow, mean, type Bench, type Row } from './harness';

const NODES = 3;
const CPUS = 2;
const RATES_MBIT = [100, 400];
const REPEATS = 5;
/** Of a line's rate, what is left for the bytes of objects: a frame of 1,514 bytes carries 1,448 of them. */
const PAYLOAD = 1448 / 1514;
const MB = 1_000_000;

export const bench: Bench = {
  about: 'predicted against real Ray on three containers whose lines are limited',
  async run(say) {
    const heliostat = new Heliostat();
    mkdirSync('dist/bench', { recursive: true });
    // Containers see the current directory, and Ray's workers there wait for files of each other.
    const dir = mkdtempSync(path.resolve('dist/bench/network-'));
    try {
      say('starting containers');
      const up = await heliostat.run(
        ['up', '--backend', 'docker', '--image', IMAGE, '--nodes', `${NODES}`, '--cpus', `${CPUS}`].concat(
          '--no-recording',
          '--json',
        ),
      );
      if (up.code !== 0) throw new Error(up.stderr);
      const { id } = JSON.parse(up.stdout) as ClusterInfo;
      const cases: Case[] = [];
      for (const rateMbit of RATES_MBIT) {
        limit(id, rateMbit);
        say(`lines of ${rateMbit} Mbit/s`);
        const graphs = Object.entries(SHAPES).map(([name, shape]) => ({ name, graph: shape(rateMbit) }));
        const wallMs = await measured(
          heliostat,
          id,
          dir,
          graphs.map(({ graph }) => graph),
        );
        graphs.forEach(({ name, graph }, at) => {
          cases.push({
            name: `${name}, ${rateMbit} Mbit/s`,
            wallMs: wallMs[at]!,
            point: predicted(graph, rateMbit),
          });
        });
      }
      // What is predicted is what is to be expected.
      const errors = cases.map(({ wallMs, point }) => Math.abs(point.timeMs / mean(wallMs) - 1) * 100);
      return [
        ...cases.map(row),
        errorRow('median error', quantile(errors, 0.5), 5),
        errorRow('largest error', Math.max(...errors), 20),
      ];
    } finally {
      await heliostat.end();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

interface Case {
  name: string;
  wallMs: number[];
  point: ScalingPoint;
}

const task = (one: Partial<SomeTask> & Pick<SomeTask, 'id' | 'name'>): GraphTask =>
  taskOf({ durationMs: 300, ...one });

/** Objects that take about so long over a line of the rate. */
const bytesOf = (rateMbit: number, seconds: number): number => Math.round((rateMbit / 8) * MB * seconds);

const SHAPES: Record<string, (rateMbit: number) => GraphFile> = {
  /** One object that all nodes need. */
  broadcast: (rate) => ({
    tasks: [
      task({ id: 'model', name: 'load', outputBytes: bytesOf(rate, 2) }),
      ...range(12).map((n) => task({ id: `s${n}`, name: 'score', durationMs: 500, deps: ['model'] })),
    ],
  }),

  /** Many objects that one task needs. */
  gather: (rate) => ({
    tasks: [
      ...range(12).map((n) => task({ id: `p${n}`, name: 'part', outputBytes: bytesOf(rate, 0.5) })),
      task({ id: 'all', name: 'merge', deps: range(12).map((n) => `p${n}`) }),
    ],
  }),

  /** Each of six needs an object of each of six. */
  shuffle: (rate) => ({
    tasks: [
      ...range(6).map((n) => task({ id: `m${n}`, name: 'map', outputBytes: bytesOf(rate, 0.5) })),
      ...range(6).map((n) => task({ id: `r${n}`, name: 'reduce', deps: range(6).map((m) => `m${m}`) })),
    ],
  }),

  /** Pairs of neighbours, three times over: something has to move in each round. */
  exchange: (rate) => ({
    tasks: range(4).flatMap((round) =>
      range(6).map((n) =>
        task({
          id: `e${round}-${n}`,
          name: `round ${round}`,
          outputBytes: bytesOf(rate, 0.3),
          deps: round === 0 ? [] : [`e${round - 1}-${n}`, `e${round - 1}-${(n + round) % 6}`],
        }),
      ),
    ),
  }),

  /** Twelve that become one by pairs. */
  tree: (rate) => {
    const tasks: GraphTask[] = [];
    let level = range(12).map((n) => `0-${n}`);
    tasks.push(...level.map((id) => task({ id, name: 'leaf', outputBytes: bytesOf(rate, 0.3) })));
    for (let depth = 1; level.length > 1; depth++) {
      const deps = range(Math.ceil(level.length / 2)).map((n) => level.slice(2 * n, 2 * n + 2));
      level = deps.map((_, n) => `${depth}-${n}`);
      const bytes = bytesOf(rate, 0.3);
      tasks.push(
        ...deps.map((of, n) => task({ id: level[n]!, name: `merge ${depth}`, outputBytes: bytes, deps: of })),
      );
    }
    return { tasks };
  },

  /** Two tables of six parts, and each part of one needs one of the other. */
  join: (rate) => ({
    tasks: [
      ...range(12).map((n) =>
        task({ id: `t${n}`, name: n < 6 ? 'left' : 'right', outputBytes: bytesOf(rate, 0.5) }),
      ),
      ...range(6).map((n) => task({ id: `j${n}`, name: 'join', deps: [`t${n}`, `t${6 + ((n + 3) % 6)}`] })),
    ],
  }),
};

/** By graph, what each repeat took. */
async function measured(
  heliostat: Heliostat,
  cluster: string,
  dir: string,
  graphs: GraphFile[],
): Promise<number[][]> {
  const [plan, result] = [path.join(dir, 'plan.json'), path.join(dir, 'result.json')];
  const plans = graphs.map((graph) => rehearsalPlan(graph, 'bench'));
  writeFileSync(plan, JSON.stringify({ graphs: range(REPEATS).flatMap(() => plans) }));
  const { code, stderr } = await heliostat.run([
    'run',
    'dist/rehearsal/rehearsal.py',
    '--cluster',
    cluster,
    '--no-recording',
    '--',
    plan,
    result,
  ]);
  if (code !== 0) throw new Error(stderr);
  const all = readRehearsalResult(readFileSync(result, 'utf8')).graphs;
  return graphs.map((_, at) => range(REPEATS).map((n) => all[n * graphs.length + at]!.wallMs));
}

function predicted(graph: GraphFile, rateMbit: number): ScalingPoint {
  return predictOn([{ count: NODES, cpus: CPUS }], (rateMbit * PAYLOAD) / 1000, graph, 'bench');
}

/** Each container sends and gets no more than so much. */
function limit(cluster: string, rateMbit: number): void {
  const docker = (...words: string[]) => execFileSync('docker', words, { encoding: 'utf8' }).trim();
  const links = execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' });
  for (const container of docker('ps', '-q', '--filter', `label=heliostat.cluster=${cluster}`).split('\n')) {
    const peer = docker('exec', container, 'cat', '/sys/class/net/eth0/iflink');
    const veth = new RegExp(`^${peer}: ([^@:]+)`, 'm').exec(links)![1]!;
    const pid = docker('inspect', '--format', '{{.State.Pid}}', container);
    const shape = (link: string) =>
      ['qdisc', 'replace', 'dev', link, 'root', 'tbf', 'rate', `${rateMbit}mbit`].concat(
        ...['burst', '256kb', 'latency', '400ms'],
      );
    execFileSync('tc', shape(veth));
    execFileSync('nsenter', ['--target', pid, '--net', 'tc', ...shape('eth0')]);
  }
}

function row({ name, wallMs, point }: Case): Row {
  const pct = (point.timeMs / mean(wallMs) - 1) * 100;
  const isWithin = mean(wallMs) >= point.lowMs && mean(wallMs) <= point.highMs;
  return {
    what: name,
    ours: `${(point.timeMs / 1000).toFixed(2)} s  ${pct < 0 ? '−' : '+'}${Math.abs(pct).toFixed(1)} %${isWithin ? '' : ', outside its band'}`,
    peer: `Ray ${wallMs.map((ms) => (ms / 1000).toFixed(2)).join('/')} s`,
    value: NaN,
  };
}
