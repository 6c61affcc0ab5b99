/** Issue: 64 workers that stop at one breakpoint, and how soon Continue All frees them. */
import path from 'node:path';
import { DebugClient } from '../cluster/debugClient';
import { lineOf } from '../cluster/debugSamples';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { within, type Bench } from './harness';

const TOGETHER = path.resolve('test/samples/bench/together.py');
const WORKERS = 64;
const STOP_MS = 240_000;

export const bench: Bench = {
  about: `${WORKERS} tasks on one node of ${WORKERS} logical CPUs, all stopped at one breakpoint`,
  async run(say) {
    const heliostat = new Heliostat();
    const client = new DebugClient(heliostat.env);
    try {
      say('starting a cluster and its workers');
      const nodes = [{ count: 1, cpus: WORKERS }];
      const lines = { [TOGETHER]: [{ line: lineOf(TOGETHER, 'here = x') }] };
      await client.begin('launch', { program: TOGETHER, python: PYTHON, backend: 'process', nodes }, lines);
      const threads: number[] = [];
      const fromMs = performance.now();
      for (let count = 0; count < WORKERS; count++) {
        threads.push((await client.stopped(STOP_MS)).threadId);
        if (count % 16 === 15) say(`${count + 1} have stopped after ${seconds(fromMs)} s`);
      }
      const listMs = await tookMs(() => client.threadNames());
      const stackMs: number[] = [];
      for (const threadId of threads) stackMs.push(await tookMs(() => client.stack(threadId)));
      const askedMs = Date.now();
      await client.request('heliostat/continueAll');
      const answeredMs = Date.now() - askedMs;
      await client.event('exited', () => true, STOP_MS);
      return [
        within('the list of threads while all are stopped', [listMs], 100),
        within('the stack of each, one after the other', stackMs, 100),
        within('Continue All: until it is answered', [answeredMs], 2000),
        within('Continue All: until the last task has gone on', [lastMs(client.printed()) - askedMs], 2000),
      ];
    } finally {
      await client.end();
      await heliostat.end();
    }
  },
};

async function tookMs(action: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now();
  await action();
  return performance.now() - fromMs;
}

function seconds(fromMs: number): string {
  return ((performance.now() - fromMs) / 1000).toFixed(0);
}

/** By the clock of this machine, as the tasks read it. */
function lastMs(output: string): number {
  const printed = /went on at: ([\d.]+) ms/.exec(output)?.[1];
  if (!printed) throw new Error(`The script printed no time: ${output}`);
  return Number(printed);
}
