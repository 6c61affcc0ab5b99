import { describe, expect, it } from 'vitest';
import type { LogPiece } from '../../../simulator/protocol';
import { LogFilter, MAX_MATCHES, utf8Length } from '../../../webview/log/logFilter';

class GrowingLog {
  text = '';
  readonly read = (from: number): Promise<LogPiece> => {
    const bytes = Buffer.from(this.text);
    // Small pieces, so that lines lie across their ends.
    const next = Math.min(bytes.length, from + 64);
    return Promise.resolve({
      text: bytes.subarray(from, next).toString('utf8'),
      fromByte: from,
      nextByte: next,
      totalBytes: bytes.length,
    });
  };
}

async function find(text: string, query: string): Promise<string[]> {
  const log = new GrowingLog();
  log.text = text;
  const filter = new LogFilter(query, log.read, () => undefined);
  await filter.scan();
  for (const match of filter.found()) {
    const line = Buffer.from(text).subarray(match.byte).toString('utf8').split('\n')[0]!;
    expect(line.startsWith(match.line)).toBe(true);
  }
  return filter.found().map((match) => match.line);
}

describe('the filter', () => {
  it('finds lines without regard to case, across the ends of pieces', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `Line number ${i} of many, with some length to it`);
    expect(await find(lines.join('\n'), 'NUMBER 4')).toEqual(
      [4, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49].map((i) => lines[i]),
    );
  });

  it('looks through colours', async () => {
    const line = '\x1b[31mValue\x1b[0mError: x';
    expect(await find(`a\n${line}\nb`, 'valueerror')).toEqual([line]);
  });

  it('knows the place after characters of several bytes', async () => {
    expect(await find('äöü €\n😀 smile\nhit me\n', 'hit')).toEqual(['hit me']);
  });

  it('goes on where it was when the log has grown, and does not cut the last line', async () => {
    const log = new GrowingLog();
    log.text = 'first hit\nsecond h';
    const filter = new LogFilter('hit', log.read, () => undefined);
    await filter.scan();
    expect(filter.found().map((match) => match.line)).toEqual(['first hit']);
    log.text += 'it\nnothing\nthird hit';
    await filter.scan();
    expect(filter.found().map((match) => match.line)).toEqual(['first hit', 'second hit', 'third hit']);
  });

  it('stops when it has enough', async () => {
    expect(await find('hit\n'.repeat(MAX_MATCHES + 500), 'hit')).toHaveLength(MAX_MATCHES);
  });
});

it.each(['', 'ascii', 'äöü', '€', '😀', 'a😀é€'])('counts the bytes of %j', (text) => {
  expect(utf8Length(text)).toBe(Buffer.byteLength(text));
});
