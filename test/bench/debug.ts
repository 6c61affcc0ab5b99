/** Issue: what a debugger costs that is attached and stops nowhere, and how soon it stops where it shall. */
import path from 'node:path';
import { DebugClient } from '../cluster/debugClient';
import { lineOf } from '../cluster/debugSamples';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { against, interleaved, type Bench, type Row } from './harness';
import { printedBy, printedMs, upOneNode } from './jobs/oneNode';

const ROUNDS = Number(process.env['HELIOSTAT_BENCH_ROUNDS'] ?? 3);
const NOOPS = path.resolve('test/samples/bench/noops.py');
const WORKERS = path.resolve('test/samples/bench/freshWorkers.py');
const FIRST_STOP = path.resolve('test/samples/bench/firstStop.py');

export const bench: Bench = {
  about: 'jobs under a debugger and without, on one warm cluster; the Python is that of the tests',
  async run(say) {
    const heliostat = new Heliostat();
    try {
      say('starting a cluster');
      const { id } = await upOneNode(heliostat);
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

async function withoutMs(heliostat: Heliostat, cluster: string, script: string): Promise<number> {
  return printedMs(await printedBy(heliostat, cluster, script));
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
  return stopMs(client, performance.now(), { args: [], cluster });
}

/** The same function in a process of this machine, by debugpy's own adapter. */
async function plainStopMs(): Promise<number> {
  const fromMs = performance.now();
  const client = new DebugClient(process.env, [PYTHON, '-m', 'debugpy.adapter']);
  return stopMs(client, fromMs, { args: ['plain'], console: 'internalConsole', python: [PYTHON] });
}

async function stopMs(client: DebugClient, fromMs: number, args: object): Promise<number> {
  try {
    const lines = { [FIRST_STOP]: [{ line: lineOf(FIRST_STOP, 'y = x * x') }] };
    await client.begin('launch', { program: FIRST_STOP, ...args }, lines);
    const { threadId } = await client.stopped();
    const tookMs = performance.now() - fromMs;
    await client.request('continue', { threadId });
    await client.event('terminated');
    return tookMs;
  } finally {
    await client.end();
  }
}
