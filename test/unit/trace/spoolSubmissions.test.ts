import { describe, expect, it } from 'vitest';
import { spoolSubmissions } from '../../../simulator/trace/spoolSubmissions';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(16)) as [string, string, string];
const ACTOR = 'd'.repeat(32);

describe('submissions in the spool', () => {
  it('are one by one what a row tells of all, in the order of their times', () => {
    const rows = [
      [A + B, 1000, [0, 2500], '', 0, 'm.f', '', 0, 1, null, 0, [[1, ['o1'], null, 7]]],
      [C, 1001, [0], 'p', 2, 'm.A.g', ACTOR],
    ];
    const read = spoolSubmissions(rows);
    expect(read.map(({ task, timeMs, function: fn }) => [task, timeMs, fn])).toEqual([
      [A, 1000, 'm.f'],
      [C + ACTOR, 1001, 'm.A.g'],
      [B, 1002.5, 'm.f'],
    ]);
    expect(read.map(({ given, nested, valueBytes }) => [given, nested, valueBytes])).toEqual([
      [[], [], null],
      [[], [], null],
      [['o1'], [], 7],
    ]);
  });

  it('are left out where they are not as they should be', () => {
    const cut = [A + 'b', 1000, [0, 'x', 1], '', 0, 'm.f', '', 0, 1, null, 0, [[5, ['o']], 'y']];
    expect(
      spoolSubmissions([null, [A], [A, 'soon', [0], '', 0, 'm.f', ''], cut]).map(({ task }) => task),
    ).toEqual([A]);
    expect(spoolSubmissions('damaged')).toEqual([]);
  });
});
