import { describe, expect, it } from 'vitest';
import * as format from '../../../simulator/model/format';
import { shellCommand } from '../../../simulator/model/shell';

describe('durations', () => {
  it.each([
    [null, '–'],
    [0, '0 ms'],
    [0.4217, '0.42 ms'],
    [12.34, '12.3 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [1254, '1.25 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 00 s'],
    [60_000, '1 min 00 s'],
    [125_400, '2 min 05 s'],
    [3_720_000, '1 h 02 min'],
  ])('%s ms', (ms, text) => {
    expect(format.duration(ms)).toBe(text);
  });

  it('that grow are told in whole seconds and never less than none', () => {
    expect(format.elapsed(-300)).toBe('0 s');
    expect(format.elapsed(12_900)).toBe('12 s');
    expect(format.elapsed(60_000)).toBe('1 min 00 s');
  });
});

describe('errors', () => {
  it.each([
    [-47.81, '−47.8 %'],
    [1.26, '+1.3 %'],
    [-0.04, '0.0 %'],
    [0, '0.0 %'],
  ])('%s', (pct, text) => {
    expect(format.error(pct)).toBe(text);
  });
});

describe('sizes and counts', () => {
  it.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1024, '1 KiB'],
    [1_398_101, '1.33 MiB'],
    [4 * 1024 ** 3, '4 GiB'],
    [null, '–'],
  ])('%s bytes', (value, text) => {
    expect(format.bytes(value)).toBe(text);
  });

  it('are exact up to four digits where room is short', () => {
    expect(format.shortCount(9999)).toBe('9,999');
    expect(format.shortCount(12_345)).toBe('12.3K');
    expect(format.shortCount(1_200_000)).toBe('1.2M');
    expect(format.countOf(1, 'task')).toBe('1 task');
    expect(format.countOf(1204, 'task')).toBe('1,204 tasks');
  });
});

describe('paths and arguments', () => {
  it('are short inside of the folder and whole outside', () => {
    expect(format.place('/home/ada/project/src/a.py', 3, '/home/ada/project')).toBe('src/a.py:3');
    expect(format.place('/home/ada/project2/a.py', 3, '/home/ada/project')).toBe('/home/ada/project2/a.py:3');
    expect(format.fileName('C:\\work\\a.py')).toBe('a.py');
  });

  it('read as a shell would take them', () => {
    expect(shellCommand(['--epochs', '2', 'a b', "it's"])).toBe(`--epochs 2 'a b' 'it'\\''s'`);
  });
});
