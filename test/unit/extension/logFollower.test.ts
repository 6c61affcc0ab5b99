import { describe, expect, it } from 'vitest';
import { LogFollower, PlainText } from '../../../extension/logFollower';
import type { LogPiece } from '../../../simulator/protocol';

/** Answers as the engine does: a piece by bytes out of a log that grows. */
class GrowingLog {
  bytes = Buffer.alloc(0);

  write(text: string): void {
    this.bytes = Buffer.concat([this.bytes, Buffer.from(text)]);
  }

  piece(fromByte: number, maxBytes: number): LogPiece {
    const nextByte = Math.min(this.bytes.length, fromByte + maxBytes);
    const text = this.bytes.subarray(fromByte, nextByte).toString();
    return { text, fromByte, nextByte, totalBytes: this.bytes.length };
  }
}

function readAll(log: GrowingLog, follower: LogFollower, maxBytes = 64): { shown: string; reads: number } {
  let shown = '';
  let reads = 0;
  for (let more = true; more; reads += 1) {
    const step = follower.accept(log.piece(follower.nextByte, maxBytes));
    shown = (step.clear ? '' : shown) + step.text;
    more = step.more;
  }
  return { shown, reads };
}

describe('following a log', () => {
  it('shows every byte once, over many reads and while it grows', () => {
    const log = new GrowingLog();
    const follower = new LogFollower();
    const lines = Array.from({ length: 50 }, (_, n) => `line ${n} of the output\n`);
    let shown = '';
    for (const line of lines) {
      log.write(line);
      shown += readAll(log, follower, 7).shown;
    }
    expect(shown).toBe(lines.join(''));
  });

  it('asks once when nothing is new', () => {
    const log = new GrowingLog();
    log.write('hello\n');
    const follower = new LogFollower();
    readAll(log, follower);
    expect(readAll(log, follower)).toEqual({ shown: '', reads: 1 });
  });

  it('jumps to the end when it is far behind, says so, and ends with the last line', () => {
    const log = new GrowingLog();
    log.write(`${'x'.repeat(99)}\n`.repeat(1_000_000) + 'the last line\n');
    const { shown, reads } = readAll(log, new LogFollower(), 256 * 1024);
    expect(shown).toContain('of output left out here');
    expect(shown.endsWith('the last line\n')).toBe(true);
    expect(shown.length).toBeLessThan(1024 * 1024);
    expect(reads).toBeLessThan(5);
  });

  it('empties the channel before it grows without bound', () => {
    const log = new GrowingLog();
    const follower = new LogFollower();
    let shown = '';
    for (let round = 0; round < 40; round += 1) {
      log.write(`${'y'.repeat(1023)}\n`.repeat(512));
      for (let more = true; more;) {
        const step = follower.accept(log.piece(follower.nextByte, 256 * 1024));
        shown = (step.clear ? '' : shown) + step.text;
        more = step.more;
      }
    }
    expect(log.bytes.length).toBe(20 * 1024 * 1024);
    expect(shown.length).toBeLessThan(9 * 1024 * 1024);
  });

  it('does not spin on an answer without progress', () => {
    const step = new LogFollower().accept({ text: '', fromByte: 0, nextByte: 0, totalBytes: 10 });
    expect(step.more).toBe(false);
  });
});

describe('terminal output as plain text', () => {
  const cases: [name: string, raw: string, plain: string][] = [
    ['colours', '\x1b[36m(step pid=1)\x1b[0m done', '(step pid=1) done'],
    ['cursor moves', 'a\x1b[2K\x1b[1Gb', 'ab'],
    ['links', '\x1b]8;;http://x\x07text\x1b]8;;\x07', 'text'],
    ['titles', '\x1b]0;title\x1b\\text', 'text'],
    ['line ends of Windows', 'a\r\nb\r\n', 'a\nb\n'],
    ['progress bars', '10%\r20%\r30%\n', '10%\n20%\n30%\n'],
    ['plain text', 'x [1] \\ y', 'x [1] \\ y'],
  ];
  it.each(cases)('%s', (_name, raw, plain) => {
    expect(new PlainText().push(raw)).toBe(plain);
  });

  it.each(cases)('%s, cut anywhere', (_name, raw, plain) => {
    for (let cut = 0; cut <= raw.length; cut += 1) {
      const text = new PlainText();
      expect(text.push(raw.slice(0, cut)) + text.push(raw.slice(cut)), `cut at ${cut}`).toBe(plain);
    }
  });
});
