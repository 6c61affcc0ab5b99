import { expect, test } from 'vitest';
import { sleep } from '../../../simulator/base/context';
import type { Context } from '../../../simulator/base/context';
import { SharedWork } from '../../../simulator/python/sharedWork';
import { recordingContext } from './pythons';

const cancelled = { failure: { code: 'cancelled' } };

test('everybody who joins gets the result and the steps', async () => {
  const [first, second] = [recordingContext(), recordingContext()];
  const work = new SharedWork(async (ctx) => {
    ctx.step('one');
    await sleep(20);
    ctx.step('two');
    return 42;
  });
  const early = work.join(first);
  await sleep(5);
  const late = work.join(second);
  expect(await Promise.all([early, late])).toEqual([42, 42]);
  expect(first.steps).toEqual(['one', 'two']);
  expect(second.steps).toEqual(['one', 'two']);
});

test('one who is cancelled leaves, the others still get the result', async () => {
  const [first, second] = [recordingContext(), recordingContext()];
  const work = new SharedWork(async () => sleep(30).then(() => 'done'));
  const results = [work.join(first), work.join(second)];
  first.cancel();
  await expect(results[0]).rejects.toMatchObject(cancelled);
  expect(work.abandoned).toBe(false);
  expect(await results[1]).toBe('done');
});

test('the work is cancelled with the last one, who waits until it has ended', async () => {
  const order: string[] = [];
  const ctx = recordingContext();
  const work = new SharedWork(async ({ signal }: Context) => {
    await sleep(60_000, signal).catch(() => undefined);
    await sleep(10);
    order.push('work ended');
  });
  const joined = work.join(ctx).finally(() => order.push('join ended'));
  ctx.cancel();
  await expect(joined).rejects.toMatchObject(cancelled);
  expect(order).toEqual(['work ended', 'join ended']);
  expect(work.abandoned).toBe(true);
});

test('a failure is everybody’s', async () => {
  const work = new SharedWork(async () => Promise.reject(new Error('no')));
  const results = await Promise.allSettled([work.join(recordingContext()), work.join(recordingContext())]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
