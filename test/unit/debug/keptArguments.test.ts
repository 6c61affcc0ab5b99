/** Arguments of tasks on disk: who may read them, and which task is meant. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toFailure } from '../../../simulator/model/failure';
import { collectKept, findKept, keptDir, listKept } from '../../../simulator/run/keptArguments';

describe('arguments that are kept of tasks', () => {
  let dir: string;
  const from = () => path.join(dir, 'spooled');
  const run = () => path.join(dir, 'run');
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'heliostat-kept-'));
    mkdirSync(from());
    mkdirSync(run());
    put('aa01', { function: 'train', why: null }, 40);
    put('aa02', { function: 'Model.train', why: 'too large' }, 20);
    put('bb01', { function: 'score', why: null }, 30);
    writeFileSync(path.join(from(), 'cc01.tmp'), 'half');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function put(task: string, head: object, seconds: number): void {
    const file = path.join(from(), task);
    writeFileSync(file, `${JSON.stringify({ v: 1, task, ...head })}\n\x80pickle`, { mode: 0o600 });
    utimesSync(file, seconds, seconds);
  }

  it('are moved where this user alone can read them, and what is half written is left', () => {
    expect(collectKept(from(), run())).toBe(3);
    expect(existsSync(from())).toBe(false);
    expect(statSync(keptDir(run())).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(keptDir(run()), 'aa01')).mode & 0o777).toBe(0o600);
    expect(listKept(run()).map(({ task }) => task)).toEqual(['aa02', 'bb01', 'aa01']);
    expect(collectKept(from(), run())).toBe(0);
  });

  it('are found by the beginning of an id or by a function', () => {
    collectKept(from(), run());
    expect(findKept(run(), 'r', 'bb').function).toBe('score');
    expect(findKept(run(), 'r', 'score').task).toBe('bb01');
  });

  it('that are not there are missed in words', () => {
    collectKept(from(), run());
    const failure = (wanted: string) => {
      try {
        return findKept(run(), 'r', wanted);
      } catch (thrown) {
        return toFailure(thrown);
      }
    };
    const code = 'replay-impossible';
    expect(failure('Model.train')).toMatchObject({
      code,
      reason: expect.stringContaining('too large') as string,
    });
    expect(failure('other')).toMatchObject({
      code,
      reason: expect.stringContaining('keep-arguments') as string,
    });
    expect(failure('')).toMatchObject({ code });
  });

  it('of which the head is none are left out', () => {
    writeFileSync(path.join(from(), 'dd01'), 'no head');
    collectKept(from(), run());
    expect(listKept(run())).toHaveLength(3);
  });
});
