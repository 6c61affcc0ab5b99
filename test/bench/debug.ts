/** Issue: what a debugger costs that is attached and stops nowhere, and how soon it stops where it shall. */
import path from 'node:path';
import type { ClusterInfo } from '../../simulator/model/cluster';
import { DebugClient } from '../cluster/debugClient';
import { lineOf } from '../cluster/debugSamples';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { against, interleaved, timed, type Bench, type Row } from './harness';

const ROUNDS = 3;
const NOOPS = path.resolve('test/samples/bench/noops.py');
const WORKERS = path.resolve('test/samples/bench/freshWorkers.py');
const FIRST_STOP = path.resolve('test/samples/bench/firstStop.py');

export const bench: Bench = {
  about: 'jobs under a debugger and without, on one warm cluster; the Python is that of the tests',
  async run(say) {
    const heliostat = new Heliostat();
    try {
      say('starting a cluster');
      const { id } = await up(heliostat);
      say('measuring 10,000 no-op tasks');
      const { bare, attached, breakpoint } = await interleaved(ROUNDS, {
        bare: () => withoutMs(heliostat, id, NOOPS),
        attached: () => underMs(heliostat, id, NOOPS, null),
        breakpoint: () => underMs(heliostat, id, NOOPS, 'import ray'),
      });
      say('measuring fresh workers');
      const workers = await interleaved(ROUNDS, {
        bare: () => withoutMs(heliostat, id, WORKERS),
        attached: () => underMs(heliostat, id, WORKERS, null),
      });
      say('measuring the first stop');
      const stops = await interleaved(ROUNDS, {
        ours: () => firstStopMs(heliostat, id),
        plain: () => plainStopMs(),
      });
      return [
        against('10,000 tasks, debugger attached', attached, 'without', bare, 1.1),
        told('10,000 tasks, breakpoint elsewhere in the file', breakpoint, 'without', bare),
        told('a task in a fresh worker, debugger attached', workers.attached, 'without', workers.bare),
        told('from launch to the first stop in a task', stops.ours, 'plain debugpy', stops.plain),
      ];
    } finally {
      await heliostat.end();
    }
  },
};

function told(what: string, ours: readonly number[], peer: string, peers: readonly number[]): Row {
  const { target: _, ...row } = against(what, ours, peer, peers, Infinity);
  return row;
}

async function up(heliostat: Heliostat): Promise<ClusterInfo> {
  const args = ['up', '--nodes', '1', '--cpus', '2', '--backend', 'process', '--python', PYTHON, '--json'];
  const { code, stdout, stderr } = await heliostat.run(args);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ClusterInfo;
}

async function withoutMs(heliostat: Heliostat, cluster: string, script: string): Promise<number> {
  const args = ['dist/cli.js', 'run', script, '--cluster', cluster];
  const { stdout } = await timed(process.execPath, args, { env: heliostat.env });
  return printedMs(stdout);
}

/** `breakpoint` is the text of a line that runs once, in the driver, before what is timed. */
async function underMs(
  heliostat: Heliostat,
  cluster: string,
  script: string,
  breakpoint: string | null,
): Promise<number> {
  const client = new DebugClient(heliostat.env);
  try {
    const lines = breakpoint === null ? [] : [{ line: lineOf(script, breakpoint) }];
    await client.begin('launch', { program: script, cluster }, { [script]: lines });
    if (breakpoint !== null) await client.request('continue', await client.stopped());
    await client.event('terminated', () => true, 300_000);
    return printedMs(client.printed());
  } finally {
    await client.end();
  }
}

async function firstStopMs(heliostat: Heliostat, cluster: string): Promise<number> {
  const client = new DebugClient(heliostat.env);
  try {
    const fromMs = performance.now();
    const lines = { [FIRST_STOP]: [{ line: lineOf(FIRST_STOP, 'y = x * x') }] };
    await client.begin('launch', { program: FIRST_STOP, args: [], cluster }, lines);
    const { threadId } = await client.stopped();
    const tookMs = performance.now() - fromMs;
    await client.request('continue', { threadId });
    await client.event('terminated');
    return tookMs;
  } finally {
    await client.end();
  }
}

/** The same function in a process of this machine, by debugpy's own adapter. */
async function plainStopMs(): Promise<number> {
  const fromMs = performance.now();
  const client = new DebugClient(process.env, [PYTHON, '-m', 'debugpy.adapter']);
  try {
    const lines = { [FIRST_STOP]: [{ line: lineOf(FIRST_STOP, 'y = x * x') }] };
    const args = { program: FIRST_STOP, args: ['plain'], console: 'internalConsole', python: [PYTHON] };
    await client.begin('launch', args, lines);
    const { threadId } = await client.stopped();
    const tookMs = performance.now() - fromMs;
    await client.request('continue', { threadId });
    await client.event('terminated');
    return tookMs;
  } finally {
    await client.end();
  }
}

function printedMs(output: string): number {
  const printed = /wall time: ([\d.]+) ms/.exec(output)?.[1];
  if (!printed) throw new Error(`The script printed no time: ${output}`);
  return Number(printed);
}
