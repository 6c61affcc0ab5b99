/**
 * Issue: the debugger stops in what each sample has Ray run elsewhere: tasks, actors, training loops, trials, pools of Ray
 * Data, replicas of Serve. The samples share clusters; each is ended as soon as it has stopped.
 */
import path from 'node:path';
import { DebugClient } from '../cluster/debugClient';
import { lineOf } from '../cluster/debugSamples';
import { Heliostat } from '../cluster/heliostat';
import type { Bench, Row } from './harness';
import { groupsOf, type Group, type Stopping } from './jobs/sampleStops';

const LIMIT_MS = 240_000;
/** Scripts of samples, apart by spaces; all without it. */
const WANTED = process.env['HELIOSTAT_BENCH_SAMPLES']?.split(' ');

export const bench: Bench = {
  about: "a breakpoint in each sample's user function; the environments are those of HELIOSTAT_SAMPLES",
  async run(say) {
    const environments = process.env['HELIOSTAT_SAMPLES'];
    if (environments === undefined) throw new Error('HELIOSTAT_SAMPLES names no folder of environments.');
    const rows: Row[] = [];
    for (const { python, samples } of groupsOf(environments)) {
      const wanted = samples.filter(({ script }) => WANTED?.includes(script) ?? true);
      if (wanted.length > 0) rows.push(...(await stopsOf({ python, samples: wanted }, say)));
    }
    return rows;
  },
};

async function stopsOf({ python, samples }: Group, say: (progress: string) => void): Promise<Row[]> {
  const heliostat = new Heliostat();
  try {
    say(`starting a cluster of ${python}`);
    const cluster = ['--nodes', '1', '--cpus', '4', '--gpus', '2', '--backend', 'process'];
    const { stdout, stderr } = await heliostat.run(['up', ...cluster, '--python', python, '--json']);
    if (stdout === '') throw new Error(stderr);
    const { id } = JSON.parse(stdout) as { id: string };
    const rows: Row[] = [];
    for (const sample of samples) {
      const fromMs = performance.now();
      const found = await stopIn(heliostat, id, sample).catch(String);
      const tookS = ((performance.now() - fromMs) / 1000).toFixed(1);
      say(`${sample.script}, ${sample.fn}: ${found}, ${tookS} s`);
      const isAsked = found === asked(sample);
      rows.push({
        what: `${sample.script}: ${sample.fn}`,
        ours: isAsked ? `stopped after ${tookS} s` : found,
        peer: '',
        value: isAsked ? 1 : 0,
        target: { atLeast: 1 },
      });
    }
    return rows;
  } finally {
    await heliostat.end();
  }
}

function asked({ at, fn, script }: Stopping): string {
  return `breakpoint in ${fn}, line ${lineOf(sampleFile(script), at)}`;
}

/** Where it has stopped, in words; what else is not as it should be. */
async function stopIn(heliostat: Heliostat, cluster: string, sample: Stopping): Promise<string> {
  const { script, at, condition, thread, local } = sample;
  const program = sampleFile(script);
  const client = new DebugClient(heliostat.env);
  try {
    const breakpoint = { line: lineOf(program, at), ...(condition === undefined ? {} : { condition }) };
    await client.begin('launch', { program, cluster }, { [program]: [breakpoint] });
    const { threadId, reason } = await client.stopped(LIMIT_MS);
    const { threads } = await client.request<{ threads: { id: number; name: string }[] }>('threads');
    const shown = threads.find((one) => one.id === threadId)?.name ?? 'no thread';
    if (!matches(shown.replace(/ · node [1-3] · pid \d+$/, ''), thread)) return `the thread is "${shown}"`;
    const [top] = await client.stack(threadId);
    const [name, wanted] = local;
    const value = (await client.locals(top!.id)).get(name)?.value ?? 'not there';
    if (!matches(value, wanted)) return `${name} is ${value}`;
    return `${reason} in ${top!.name}, line ${top!.line}`;
  } finally {
    await client.end();
  }
}

function sampleFile(name: string): string {
  return path.resolve('extension/samples', name);
}

function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text);
}
