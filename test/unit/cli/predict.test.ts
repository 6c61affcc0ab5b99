/** What `heliostat predict` refuses before it looks at any run. */
import { expect, it } from 'vitest';
import { predict, type PredictArgs } from '../../../simulator/cli/predict';

const usual: PredictArgs = {
  ...{ overheads: 'measured', cold: false, thisMachine: false, bootSeconds: 0, json: false },
};

it.each([
  ['a deadline and a budget', { deadline: 60_000, budget: 5 }, /one of them at a time/],
  ['a cluster to rent on this machine', { budget: 5, thisMachine: true }, /leave out --this-machine/],
])('refuses %s', async (_, args, detail) => {
  const failure = { code: 'bad-request', detail: expect.stringMatching(detail) as string };
  await expect(predict(undefined, { ...usual, ...args })).rejects.toMatchObject({ failure });
});
