import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { followFile } from '../../../simulator/base/followFile';

const root = mkdtempSync('/tmp/hs-follow-');
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Follows until `bytes` have come. */
async function follow(
  file: string,
  from: number,
  bytes: number,
  later: () => void = () => {},
): Promise<Buffer[]> {
  const stop = new AbortController();
  const pieces: Buffer[] = [];
  let total = 0;
  setTimeout(later, 60);
  for await (const piece of followFile(file, from, stop.signal)) {
    pieces.push(piece);
    total += piece.length;
    if (total >= bytes) stop.abort();
  }
  return pieces;
}

const text = (pieces: Buffer[]) => Buffer.concat(pieces).toString();

describe('followFile', () => {
  it('gives what is there from a byte on, and what comes later', async () => {
    const file = path.join(root, 'grows');
    writeFileSync(file, 'one two ');
    expect(text(await follow(file, 4, 9, () => appendFileSync(file, 'three')))).toBe('two three');
  });

  it('waits for a file that is not there yet', async () => {
    const file = path.join(root, 'late');
    expect(text(await follow(file, 0, 2, () => writeFileSync(file, 'hi')))).toBe('hi');
  });

  it('gives large files in pieces of at most 64 KiB, complete', async () => {
    const file = path.join(root, 'large');
    const content = Buffer.alloc(300_000, 'abcdefg');
    writeFileSync(file, content);
    const pieces = await follow(file, 0, content.length);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(65_536);
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  it('ends with the signal, whether or not there ever was a file', async () => {
    const ended: Buffer[] = [];
    for await (const piece of followFile(path.join(root, 'never'), 0, AbortSignal.timeout(100)))
      ended.push(piece);
    for await (const piece of followFile(path.join(root, 'never'), 0, AbortSignal.abort())) ended.push(piece);
    expect(ended).toEqual([]);
  });
});
