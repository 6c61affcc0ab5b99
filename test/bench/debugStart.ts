/** Issue: how soon a debugger stops where it shall, and what it costs a worker that starts. */
import path from 'node:path';
import { DebugClient } from '../cluster/debugClient';
import { lineOf } from '../cluster/debugSamples';
import { PYTHON, type Heliostat } from '../cluster/heliostat';
import { interleaved, type Bench } from './harness';
import { ROUNDS, told, underMs, withoutMs } from './jobs/debugged';
import { onOneNode } from './jobs/oneNode';

const WORKERS = path.resolve('test/samples/bench/freshWorkers.py');
const FIRST_STOP = path.resolve('test/samples/bench/firstStop.py');

export const bench: Bench = {
  about: 'fresh workers and the first stop, on one warm cluster; the Python is that of the tests',
  run: (say) =>
    onOneNode(say, async (heliostat, id) => {
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
        told('a task in a fresh worker, debugger attached', workers.attached, 'without', workers.bare),
        told('from launch to the first stop in a task', stops.ours, 'plain debugpy', stops.plain),
      ];
    }),
};

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
