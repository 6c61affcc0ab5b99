/** What the timeline says to those who do not see it, against the keys that it knows. */
import { expect, it } from 'vitest';
import { succeededView } from '../../browser/sampleRun';
import { runKey, type KeyTarget } from '../../../webview/timeline/timelineKeys';
import { describe } from '../../../webview/timeline/timelineWords';

/** What a key does. */
function effectOf(key: string): string {
  const done: string[] = [];
  const note = (name: string) => () => void done.push(name);
  const target: KeyTarget = {
    zoom: note('zoom'),
    move: (dx) => void done.push(dx === 0 ? 'scroll' : 'move'),
    fitSelection: note('fit it'),
    fitAll: note('fit all'),
    search: note('search'),
    step: note('step'),
    open: note('open'),
    escape: note('escape'),
  };
  runKey({ key } as KeyboardEvent, target);
  return done.join();
}

it.each([
  ['W and S zoom', 'zoom', ['w', 's']],
  ['A and D move', 'move', ['a', 'd']],
  ['up and down arrows scroll', 'scroll', ['ArrowUp', 'ArrowDown']],
  ['left and right arrows go from task to task', 'step', ['ArrowLeft', 'ArrowRight']],
  ['Enter opens the task', 'open', ['Enter']],
  ['F fits it', 'fit it', ['f']],
  ['0 fits all', 'fit all', ['0']],
  ['slash searches', 'search', ['/']],
])('%s', (words, effect, keys) => {
  expect(describe(succeededView())).toContain(words);
  expect(keys.map(effectOf)).toEqual(keys.map(() => effect));
});
