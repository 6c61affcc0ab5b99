import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../simulator/model/failure';
import { fromGraphFile } from '../../../simulator/scaling/fromGraphFile';
import { readGraphFile } from '../../../simulator/scaling/graphFile';

const good = { id: 'a', name: 'f', durationMs: 1, cpus: 1, gpus: 0, outputBytes: 0, deps: [] };

function problemsOf(text: string): string[] {
  try {
    fromGraphFile(readGraphFile(text, 'g.json'), 'g.json');
  } catch (error) {
    if (error instanceof FailureError && error.failure.code === 'graph-invalid')
      return error.failure.problems;
    throw error;
  }
  return [];
}

const check = (tasks: unknown[]) => problemsOf(JSON.stringify({ tasks }));

describe('a graph file', () => {
  const wrong: [what: string, tasks: unknown[], words: string][] = [
    ['no tasks', [], 'It has no tasks.'],
    ['a negative time', [{ ...good, durationMs: -1 }], 'Task a: "durationMs" is -1; it cannot be negative.'],
    ['a missing time', [{ ...good, durationMs: undefined }], 'Task a has no "durationMs".'],
    [
      'a time that is null, as NaN becomes in JSON',
      [{ ...good, durationMs: null }],
      'Task a has no "durationMs".',
    ],
    ['a time in words', [{ ...good, durationMs: '5' }], 'Task a: "durationMs" is "5", not a number.'],
    ['an id twice', [good, good], 'Task a is there twice.'],
    ['no id', [{ ...good, id: undefined }], 'Entry 1 of "tasks" has no "id".'],
    ['an unknown producer', [{ ...good, deps: ['z'] }], 'Task a: "deps" names z, which is no task.'],
    ['itself as producer', [{ ...good, deps: ['a'] }], 'Task a names itself in "deps".'],
    ['producers that are no list', [{ ...good, deps: 'b' }], 'Task a: "deps" is not a list of ids.'],
    [
      'a cycle',
      [
        { ...good, deps: ['c'] },
        { ...good, id: 'b', deps: ['a'] },
        { ...good, id: 'c', deps: ['b'] },
      ],
      'These tasks wait for each other: a → c → b → a.',
    ],
  ];
  it.each(wrong)('with %s is refused with words', (_, tasks, words) => {
    expect(check(tasks)).toEqual([words]);
  });

  it('that is not JSON is refused', () => {
    expect(problemsOf('{')[0]).toContain('It is not JSON');
    expect(problemsOf('{}')).toEqual(['It has no list "tasks".']);
  });

  it('puts a task behind those that it needs and keeps the order otherwise', () => {
    const text = JSON.stringify({
      tasks: [good, { ...good, id: 'b', deps: ['d'] }, { ...good, id: 'c' }, { ...good, id: 'd' }],
    });
    expect(fromGraphFile(readGraphFile(text, 'x'), 'x').ids).toEqual(['a', 'd', 'b', 'c']);
  });
});
