/**
 * Issue: live, the lag from a task's end to its mark on the page. The page is open in Chromium while real tasks run; what
 * the graph's node says has finished is read at every frame. The n-th end is marked when it says n or more.
 */
import path from 'node:path';
import type { Page } from 'playwright-core';
import { readEngineFile } from '../../simulator/base/engineFile';
import { sleep } from '../../simulator/base/context';
import { launch } from '../browser/chromium';
import { Heliostat } from '../cluster/heliostat';
import { timed, type Bench, type Row } from './harness';
import { upOneNode } from './jobs/oneNode';

const TASKS = Number(process.env['HELIOSTAT_BENCH_TASKS'] ?? 10_000);
const WAIT_S = 8;
const LOOKS = 60;
const SCRIPT = path.resolve('test/samples/bench/short.py');

interface Seen {
  atMs: number;
  count: number;
}

interface Told {
  tasks: { name: string; endMs: number | null }[];
}

export const bench: Bench = {
  about: `${TASKS.toLocaleString('en')} tasks of 1 ms on real Ray: from a task's end to its mark on the page`,
  async run(say) {
    const heliostat = new Heliostat();
    const browser = await launch();
    const cli = async (...args: string[]) =>
      (await timed(process.execPath, ['dist/cli.js', ...args], { env: heliostat.env })).stdout;
    try {
      say('starting a cluster');
      const { id } = await upOneNode(heliostat);
      const over = cli('run', SCRIPT, '--cluster', id, '--', String(TASKS), String(WAIT_S));
      over.catch(() => undefined);
      const run = await firstRun(cli);
      say('opening the page');
      const page = await browser.newPage();
      await page.goto(address(heliostat, run));
      await page.locator(NODE).waitFor();
      await watch(page);
      say('running');
      await over;
      await page.waitForFunction((count) => window.seen.at(-1)!.count >= count, TASKS + 1);
      const seen = await page.evaluate(() => window.seen);
      const told = JSON.parse(await cli('trace', run, '--json')) as Told;
      return rows(lags(told, seen), seen.length);
    } finally {
      await browser.close();
      await heliostat.end();
    }
  },
};

const NODE = '.node[aria-label^="short,"]';

declare global {
  interface Window {
    seen: Seen[];
  }
}

function address(heliostat: Heliostat, run: string): string {
  const engine = readEngineFile(heliostat.paths.engineFile);
  if (!engine) throw new Error('There is no engine.');
  return `http://127.0.0.1:${engine.port}/run/${run}#token=${engine.secret}`;
}

async function firstRun(cli: (...args: string[]) => Promise<string>): Promise<string> {
  for (let look = 0; look < LOOKS; look++) {
    const [run] = JSON.parse(await cli('runs', '--json')) as { id: string }[];
    if (run) return run.id;
    await sleep(200);
  }
  throw new Error('The run did not begin.');
}

/** Notes when the count that is shown grows, by the clock of the machine, which is that of the tasks. */
function watch(page: Page): Promise<void> {
  return page.evaluate((selector) => {
    window.seen = [];
    const look = (): void => {
      const words = document.querySelector(selector)?.getAttribute('aria-label') ?? '';
      const count = Number((/([\d,.  ]+) finished/.exec(words)?.[1] ?? '0').replace(/\D/g, ''));
      if (count > (window.seen.at(-1)?.count ?? -1)) window.seen.push({ atMs: Date.now(), count });
      requestAnimationFrame(look);
    };
    look();
  }, NODE);
}

/** In ms, sorted; without the first task, which was over before the page was open. */
function lags({ tasks }: Told, seen: readonly Seen[]): number[] {
  const ends = tasks.flatMap(({ name, endMs }) => (name.endsWith('short') && endMs !== null ? [endMs] : []));
  ends.sort((a, b) => a - b);
  let at = 0;
  const all = ends.map((endMs, n) => {
    while (seen[at]!.count < n + 1) at++;
    return seen[at]!.atMs - endMs;
  });
  return all.slice(1).sort((a, b) => a - b);
}

function rows(sorted: readonly number[], updates: number): Row[] {
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const row = (what: string, share: number): Row => ({
    ...{ what, ours: `${Math.round(at(share))} ms`, peer: '', value: at(share) },
  });
  return [
    row('half of the tasks are marked within', 0.5),
    { ...row('95 % of the tasks are marked within', 0.95), target: { atMost: 1000 } },
    row('the last', 1),
    {
      what: 'tasks, and changes of the count',
      ours: `${sorted.length}, ${updates}`,
      peer: '',
      value: updates,
    },
  ];
}
