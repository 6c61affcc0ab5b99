import { describe, expect, it } from 'vitest';
import type { LogPiece } from '../../../simulator/protocol';
import { utf8Length } from '../../../webview/log/logFilter';
import { geometryOf, LINE_PX, lineAt, wantAt } from '../../../webview/log/logGeometry';
import { LogWindow } from '../../../webview/log/logWindow';

/** Lines of different lengths, some empty, some longer than a piece, not all of them ASCII. */
const TEXT = Array.from(
  { length: 400 },
  (_, i) => `${i} ${'é'.repeat(i % 7)}${'x'.repeat(i % 50 === 0 ? 300 : i % 13)}`,
)
  .map((line, i) => (i % 11 === 0 ? '' : line))
  .join('\n');
const BYTES = Buffer.from(TEXT);

/** Whole characters from `from` on, as the engine cuts them. */
function piece(from: number, to: number): LogPiece {
  let end = Math.min(to, BYTES.length);
  while (end < BYTES.length && (BYTES[end]! & 0xc0) === 0x80) end++;
  return {
    text: BYTES.subarray(from, end).toString('utf8'),
    fromByte: from,
    nextByte: end,
    totalBytes: BYTES.length,
  };
}

function check(window: LogWindow): void {
  const held = BYTES.subarray(window.fromByte, window.nextByte).toString('utf8');
  expect(window.lines).toEqual(held.split('\n'));
}

describe('the held part of a log', () => {
  it('is exactly what lies between its ends, however it came there', () => {
    const window = new LogWindow({ maxBytes: 900, maxLines: 1000 });
    for (let at = 0; at < BYTES.length; at = window.nextByte) {
      window.append(piece(at, at + 170));
      check(window);
      expect(window.sizeBytes).toBeLessThanOrEqual(900);
    }
    expect(window.nextByte).toBe(BYTES.length);
    while (window.fromByte > 0) {
      let from = Math.max(0, window.fromByte - 130);
      while ((BYTES[from]! & 0xc0) === 0x80) from--;
      window.prepend(piece(from, window.fromByte));
      check(window);
    }
  });

  it('gives a line one number for as long as it is held', () => {
    const window = new LogWindow({ maxBytes: 600, maxLines: 1000 });
    window.append(piece(0, 300));
    const numberOf = (text: string): number => window.firstLineNumber + window.lines.indexOf(text);
    const wanted = window.lines[10]!;
    const before = numberOf(wanted);
    window.append(piece(window.nextByte, window.nextByte + 200));
    window.append(piece(window.nextByte, window.nextByte + 90));
    expect(numberOf(wanted)).toBe(before);
  });

  it('is bounded in lines too', () => {
    const window = new LogWindow({ maxBytes: 1e6, maxLines: 100 });
    for (let i = 0; i < 10; i++) {
      window.append({ text: '\n'.repeat(40), fromByte: i * 40, nextByte: (i + 1) * 40, totalBytes: 400 });
    }
    expect(window.lineCount).toBeLessThanOrEqual(100);
    expect(window.nextByte).toBe(400);
  });

  it('starts over with a piece that does not follow', () => {
    const window = new LogWindow({ maxBytes: 900, maxLines: 1000 });
    window.append(piece(0, 100));
    window.append({ text: 'far away', fromByte: 5000, nextByte: 5008, totalBytes: 6000 });
    expect(window.lines).toEqual(['far away']);
    expect(window.fromByte).toBe(5000);
  });
});

describe('what is asked for', () => {
  const total = 100 * 1024 * 1024;
  const range = { startByte: 0, totalBytes: total };
  const held = new LogWindow({ maxBytes: 2e6, maxLines: 1e6 });
  const text = `${'x'.repeat(79)}\n`.repeat(3200);
  held.append({ text, fromByte: 50_000_000, nextByte: 50_000_000 + text.length, totalBytes: total });
  const { topPx, linesPx, bottomPx, pxPerByte } = geometryOf(held, range);
  const at = (top: number) => wantAt(held, range, { topPx: top, heightPx: 600 });

  it('stands for the whole log in proportion', () => {
    expect(linesPx).toBe(3200 * LINE_PX);
    expect(topPx / (topPx + bottomPx)).toBeCloseTo(0.478, 2);
    expect(topPx + linesPx + bottomPx).toBeLessThan(12_000_000);
  });

  it('is nothing in the middle of what is held', () => {
    expect(at(topPx + linesPx / 2)).toBeNull();
  });

  it('is the neighbour near an edge', () => {
    expect(at(topPx + 10)).toEqual({ kind: 'before' });
    expect(at(topPx + linesPx - 700)).toEqual({ kind: 'after' });
  });

  it('is the place itself far away', () => {
    expect(at(0)).toEqual({ kind: 'byte', byte: 0 });
    const far = at(topPx + linesPx + 2_000_000);
    expect(far?.kind).toBe('byte');
    expect(far?.kind === 'byte' && far.byte).toBeCloseTo(held.nextByte + 2_000_000 / pxPerByte, -2);
  });

  it('finds the line of a byte', () => {
    expect(lineAt(held, 50_000_000, utf8Length)).toBe(0);
    expect(lineAt(held, 50_000_000 + 80 * 7 + 3, utf8Length)).toBe(7);
    expect(lineAt(held, 99_000_000, utf8Length)).toBe(held.lines.length - 1);
  });
});
