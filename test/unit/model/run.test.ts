import { describe, expect, it } from 'vitest';
import { tellsTimes } from '../../../simulator/model/run';
import { aRun } from '../extension/sampleData';

describe('how long tasks take', () => {
  const state = { kind: 'succeeded' } as const;
  it.each([
    ['an ended run', aRun({ state }), true],
    ['a run under way', aRun(), false],
    ['a run that a debugger held', aRun({ state, debugged: true }), false],
    ['one task of a run alone', aRun({ state, replayOf: { run: 'r', task: 'aa' } }), false],
  ])('of %s', (_, run, tells) => {
    expect(tellsTimes(run)).toBe(tells);
  });
});
