import { describe, expect, it } from 'vitest';
import { parsePs, parseStat, withDescendants, type ProcessInfo } from '../../../simulator/base/processes';

describe('parseStat', () => {
  const tail = (state: string) =>
    `${state} 7 8 9 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0 98765 1000 200 18446744073709551615`;

  it('reads what it needs, whatever the name holds', () => {
    expect(parseStat(`42 (a (b) c) ${tail('S')}`)).toEqual({
      pid: 42,
      name: 'a (b) c',
      parent: 7,
      session: 9,
      started: '98765',
      isStopped: false,
      cpuMs: 2000,
    });
  });

  it('tells what was stopped by a signal', () => {
    expect(parseStat(`42 (x) ${tail('T')}`)?.isStopped).toBe(true);
  });

  it.each([`42 (x) ${tail('Z')}`, `42 (x) ${tail('X')}`, ''])('counts %j as ended', (text) => {
    expect(parseStat(text)).toBeNull();
  });
});

describe('parsePs', () => {
  const output = [
    '  501     1   501   501   1:02.50 Mon Nov 24 08:06:13 2026     /venv/bin/ray/raylet --x=1 HOME=/Users/a HELIOSTAT_NODE=2 HELIOSTAT_CLUSTER=abcdef',
    '  502   501   501     0 1:00:00.00 Mon Nov  3 08:06:14 2026     python -c pass HELIOSTAT_CLUSTERS=abcdef',
    'nonsense',
  ].join('\n');

  it('reads the output of macOS', () => {
    const [raylet, python, ...none] = parsePs(output, ['HELIOSTAT_CLUSTER', 'HELIOSTAT_NODE']);
    expect(raylet).toEqual({
      pid: 501,
      parent: 1,
      session: 501,
      uid: 501,
      name: 'raylet',
      isStopped: false,
      cpuMs: 62_500,
      started: 'Mon Nov 24 08:06:13 2026',
      env: { HELIOSTAT_CLUSTER: 'abcdef', HELIOSTAT_NODE: '2' },
    });
    expect(python).toMatchObject({ uid: 0, cpuMs: 3_600_000, name: 'python', env: {} });
    expect(none).toEqual([]);
  });
});

describe('withDescendants', () => {
  /** `pid parent session`, with a star for the mark. */
  function check(table: string, expected: number[]): void {
    const all = table
      .trim()
      .split('\n')
      .map((line): ProcessInfo => {
        const [pid = 0, parent = 0, session = 0] = line.replace('*', '').trim().split(/\s+/).map(Number);
        const env: Record<string, string> = line.includes('*') ? { MARK: '1' } : {};
        return { pid, parent, session, started: '1', name: 'x', isStopped: false, cpuMs: 0, env };
      });
    expect(withDescendants(all, (one) => one.env['MARK'] === '1').map((one) => one.pid)).toEqual(expected);
  }

  it('takes children whose environment was replaced, and theirs', () => {
    check(
      `10 1 10 *
       11 10 10
       12 11 12
       20 1 20`,
      [10, 11, 12],
    );
  });

  it('takes an orphan in a session that a marked process began, its leader gone', () => {
    check(
      `11 1 10 *
       12 1 10
       13 1 13`,
      [11, 12],
    );
  });

  it('leaves the terminal alone from which something marked was started', () => {
    check(
      `50 1 50
       51 50 50 *
       52 50 50
       53 51 50`,
      [51, 53],
    );
  });

  it('never names this process', () => {
    check(`${process.pid} 1 ${process.pid} *`, []);
  });
});
