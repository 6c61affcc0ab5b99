/** Single tasks to stop in, counted over all processes. */
import { expect, it } from 'vitest';
import { TaskWatch } from '../../../simulator/debug/taskWatch';

const watching = async (...names: string[]) => {
  const watch = new TaskWatch((fn) => Promise.resolve(fn === 'known' ? 2 : null));
  const answers = [];
  for (const name of names) answers.push(await watch.add(name));
  return { watch, answers };
};

it('stops in the n-th task, whichever process begins it, and in no other', async () => {
  const { watch, answers } = await watching('train#3', ' pkg.Model.fit # 1 ', 'train#1');
  expect(answers).toEqual([null, null, null]);
  const begun = [['train'], ['train'], ['pkg.Model.fit'], ['train'], ['train']];
  expect(begun.map((names) => watch.begins(names))).toEqual([true, false, true, true, false]);
});

it('counts on when what is watched changes', async () => {
  const { watch } = await watching('train#9');
  watch.begins(['train']);
  watch.clear();
  await watch.add('train#2');
  expect(watch.begins(['train'])).toBe(true);
});

it('stops in the first task that fails, once', async () => {
  const { watch } = await watching('train#fails');
  expect([watch.fails(['train']), watch.fails(['train']), watch.fails(['other'])]).toEqual([
    true,
    false,
    false,
  ]);
});

it('knows the slowest of the last run, says where there was none, and leaves other function breakpoints alone', async () => {
  const { watch, answers } = await watching('known#slowest', 'new#slowest', 'train');
  expect(answers).toEqual([null, 'No run of this script that is kept has tasks of new.', undefined]);
  expect([watch.begins(['known']), watch.begins(['known'])]).toEqual([false, true]);
});
