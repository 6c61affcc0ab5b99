/**
 * Issue: whoever is stopped in the debugger for long is not taken for dead. A replica of Serve, a worker of Train and a task
 * are held for HELIOSTAT_BENCH_HELD_S (100) seconds, longer than Ray's own checks wait; each then ends as it would have, and
 * nothing of it was begun a second time.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DebugClient } from '../cluster/debugClient';
import { lineOf } from '../cluster/debugSamples';
import type { Heliostat } from '../cluster/heliostat';
import type { Bench, Row } from './harness';
import { onOneNode } from './jobs/oneNode';

const HELD_S = Number(process.env['HELIOSTAT_BENCH_HELD_S'] ?? 100);

interface Held {
  script: string;
  at: string;
  condition?: string;
  begun: number;
  result: string;
}

const HELD: readonly Held[] = [
  { script: 'held_task.py', at: 'return squared', begun: 1, result: '49' },
  { script: 'held_serve.py', at: 'return doubled', begun: 1, result: '42' },
  {
    script: 'held_train.py',
    at: 'train.report(',
    condition: 'rank == 0 and epoch == 1',
    begun: 2,
    result: 'epoch 2',
  },
];

export const bench: Bench = {
  about: `stopped for ${HELD_S} s, a replica, a training worker and a task go on as if nothing had been`,
  async run(say) {
    const environments = process.env['HELIOSTAT_SAMPLES'];
    if (environments === undefined) throw new Error('HELIOSTAT_SAMPLES names no folder of environments.');
    const python = path.join(environments, 'torch', 'bin', 'python');
    const measure = async (heliostat: Heliostat, id: string): Promise<Row[]> => {
      const rows: Row[] = [];
      for (const one of HELD) {
        say(one.script);
        const found = await hold(heliostat, id, one);
        const isRight = found.begun === one.begun && found.result === one.result;
        rows.push({
          what: one.script,
          ours: `begun ${found.begun} times, result ${found.result}`,
          peer: `begun ${one.begun} times, result ${one.result}`,
          value: isRight ? 1 : 0,
          target: { atLeast: 1 },
        });
      }
      return rows;
    };
    return onOneNode(say, measure, ['--cpus', '4', '--python', python]);
  },
};

async function hold(
  heliostat: Heliostat,
  cluster: string,
  { script, at, condition }: Held,
): Promise<{ begun: number; result: string }> {
  const program = path.resolve('test/samples/bench', script);
  const client = new DebugClient(heliostat.env);
  try {
    const breakpoint = { line: lineOf(program, at), ...(condition !== undefined && { condition }) };
    await client.begin('launch', { program, cluster }, { [program]: [breakpoint] });
    const stop = await client.stopped(240_000);
    await delay(HELD_S * 1000);
    await client.request('continue', stop);
    await client.event('terminated', () => true, 240_000);
    const printed = client.printed();
    return {
      begun: printed.match(/begun: /g)?.length ?? 0,
      result: /result: ([\w ]*)/.exec(printed)?.[1] ?? 'none',
    };
  } finally {
    await client.end();
  }
}
