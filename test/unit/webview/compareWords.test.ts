import { expect, it } from 'vitest';
import { comparable, type ComparedFunction, type FunctionPhases } from '../../../simulator/model/comparison';
import { changeTone, headWords, whyWords } from '../../../webview/compareWords';
import { aRun } from '../extension/sampleData';

const phases = (more: Partial<FunctionPhases> = {}): FunctionPhases => ({
  ...{ count: 4, failed: 0, p50Ms: 20, p95Ms: 30, totalMs: 80, queueP50Ms: 1, fetchP50Ms: 1 },
  ...more,
});
const compared = (more: Partial<ComparedFunction>): ComparedFunction => ({
  ...{ function: 'f', name: 'f', a: phases(), b: phases(), why: null },
  ...more,
});

it('says which part of a task got longer, and what else changed', () => {
  expect(whyWords(compared({}))).toBe('');
  expect(whyWords(compared({ why: { part: 'queue', changeMs: 120 } }))).toBe('queued 120 ms longer a task');
  const fewer = compared({ b: phases({ count: 3, failed: 2 }), why: { part: 'run', changeMs: -5 } });
  expect(whyWords(fewer)).toBe('ran 5.00 ms less a task, 1 task fewer, 2 more failed');
  expect(whyWords(compared({ a: null }))).toBe('');
});

it('takes a small change for none, and anything after nothing for one', () => {
  expect([changeTone(100, 104), changeTone(100, 120), changeTone(100, 80), changeTone(0, 3)]).toEqual([
    ...['', 'worse', 'better', 'worse'],
  ]);
});

it('sums up by the wall time', () => {
  const side = (wallMs: number | null) => ({
    ...{ run: 'r', wallMs, lost: 0 },
    counts: { total: 0, waiting: 0, running: 0, finished: 0, failed: 0 },
  });
  const head = (a: number | null, b: number | null) =>
    headWords({ a: side(a), b: side(b), functions: [], cluster: [] });
  expect(head(1000, 1500)).toBe('50 % slower: 1.00 s → 1.50 s.');
  expect(head(1000, 1010)).toBe('As quick as before: 1.00 s → 1.01 s.');
  expect(head(1000, null)).toContain('has not ended');
});

it('offers the run before this one of the same script first', () => {
  const run = aRun({ id: 'now', createdMs: 50 });
  const runs = [
    run,
    aRun({ id: 'later', createdMs: 60 }),
    aRun({ id: 'other script', script: '/x/other.py', createdMs: 49 }),
    aRun({ id: 'long ago', createdMs: 10 }),
    aRun({ id: 'before', createdMs: 40 }),
  ];
  expect(comparable(run, runs).map(({ id }) => id)).toEqual(['before', 'long ago', 'later', 'other script']);
});
