/** Several threads of one process that stop, step and go on, each by itself, while the others run. */
import path from 'node:path';
import { expect } from 'vitest';
import type { DebugClient } from './debugClient';
import { lineOf } from './debugSamples';
import { until } from './heliostat';

export const SHARING = path.resolve('test/samples/debug/sharing.py');
const WORK = lineOf(SHARING, 'doubled = double');
/** Until a cluster of an interpreter that the machine has not used for long has run its first tasks. */
const START_MS = 150_000;

/** Breakpoints for `stopsAlone`. */
export const SHARED_LINES = [
  { line: WORK, condition: 'x < 2' },
  { line: lineOf(SHARING, 'left = x') },
  { line: lineOf(SHARING, 'tripled = x') },
];

/** `client` has launched `SHARING` with the argument `share`. */
export async function stopsAlone(client: DebugClient): Promise<void> {
  const stopped = new Map<string, number>();
  for (let count = 0; count < 3; count++) {
    const { threadId } = await client.stopped(START_MS);
    const [top] = await client.stack(threadId);
    stopped.set(`${top!.name}(${(await client.locals(top!.id)).get('x')?.value})`, threadId);
  }
  expect([...stopped.keys()].sort()).toEqual(['aside(4)', 'work(0)', 'work(1)']);
  const names = await client.threadNames();
  const calls = names.filter((name) => /^Threaded\.work\([01]\) · node \d · pid \d+$/.test(name));
  expect(new Set(calls.map((name) => name.split(' · ')[2]))).toHaveLength(1);
  expect([...calls, ...names.filter((name) => name.startsWith('driver'))]).toEqual([
    expect.stringContaining('Threaded.work('),
    expect.stringContaining('Threaded.work('),
    expect.stringMatching(/^driver · node 1 · pid \d+$/),
    expect.stringMatching(/^driver, aside · node 1 · pid \d+$/),
  ]);
  // While all three are stopped, other calls of the same actor begin and end.
  await until('the other calls have ended', () => client.printed().includes('others [4, 6, 8, 10]'));

  const [zero, one] = [stopped.get('work(0)')!, stopped.get('work(1)')!];
  const steps: string[] = [];
  for (const step of ['stepIn', 'next', 'stepOut', 'next']) {
    await client.request(step, { threadId: one });
    expect(await client.stopped()).toMatchObject({ threadId: one, reason: 'step' });
    const [top] = await client.stack(one);
    steps.push(`${top!.name}:${top!.line}`);
  }
  const inside = lineOf(SHARING, 'twice = x');
  expect(steps).toEqual([`double:${inside}`, `double:${inside + 1}`, `work:${WORK}`, `work:${WORK + 1}`]);
  expect((await client.stack(zero))[0]).toMatchObject({ name: 'work', line: WORK });

  await client.request('continue', { threadId: zero });
  await until('the call has ended', () => client.printed().includes('zero 0 beside it True'));
  expect((await client.stack(one))[0]).toMatchObject({ name: 'work', line: WORK + 1 });
  expect((await client.threadNames()).filter((name) => name.startsWith('Threaded.work('))).toHaveLength(1);
  await client.request('continue', { threadId: one });
  await until('the call has ended', () => client.printed().includes('one 2 beside it True'));
  await client.request('continue', { threadId: stopped.get('aside(4)')! });

  const inGroup = await client.stopped();
  expect((await client.stack(inGroup.threadId))[0]).toMatchObject({ name: 'work' });
  const readsBefore = reads(client);
  await until('calls of the other group have ended', () => reads(client) > readsBefore);
  expect(await client.threadNames()).toHaveLength(2);
  await client.request('continue', { threadId: inGroup.threadId });
  expect(await client.event('exited')).toEqual({ exitCode: 0 });
  expect(client.printed()).toContain('async 12');
}

function reads(client: DebugClient): number {
  return client.printed().match(/^reads 7$/gm)?.length ?? 0;
}
