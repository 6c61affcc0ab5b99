import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spoolSubmissions, type SpoolSubmission } from '../../../simulator/trace/spoolSubmissions';

const PYTHON = process.env['HELIOSTAT_TEST_PYTHON'] ?? '/tmp/rayenv/bin/python';

let dir: string;
beforeEach(() => (dir = mkdtempSync(path.join(tmpdir(), 'heliostat-spool-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Line {
  v: number;
  sub: SpoolSubmission[];
  start: unknown[][];
  lost: number;
}

describe('the spool', () => {
  it('writes every record, in lines of bounded length, for the user alone', () => {
    const lines = write('many').map(parse);
    expect(lines.map((line) => line.sub.length)).toEqual([2000, 2000, 1000]);
    expect(new Set(lines.flatMap((line) => line.sub.map(({ task }) => task))).size).toBe(5000);
    expect(lines[0]).toMatchObject({
      v: 3,
      job: '01000000',
      node: 0,
      worker: 'ab',
      lost: 0,
    });
    expect(lines[0]!.sub[0]).toMatchObject({
      task: '0'.repeat(40) + '01000000',
      parent: '',
      kind: 0,
      function: 'm.f',
      timeMs: 1500,
      gpus: 0,
      given: [],
      nested: [],
      valueBytes: null,
    });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('cuts long names and splits what is still too long for one line', () => {
    const lines = write('long_names');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1_000_000);
    expect(lines.flatMap((line) => parse(line).sub).length).toBe(4000);
    expect(parse(lines[0]!).sub[0]!.function.length).toBe(300);
  });

  it('records submissions whose options cannot be compared', () => {
    const lines = write('options').map(parse);
    expect(lines.map((line) => [line.sub.length, line.lost])).toEqual([[3, 0]]);
  });

  it('leaves to the parent of a forked process what the parent recorded', () => {
    const rows = write('fork').map(parse);
    expect(rows.flatMap((line) => line.sub)).toHaveLength(1);
    expect(rows.flatMap((line) => line.start)).toHaveLength(1);
  });

  it('counts what a full disk refuses, and says so as soon as it can', () => {
    const lines = write('full').map(parse);
    expect(lines.map((line) => [line.sub.length, line.lost])).toEqual([[1, 2]]);
  });

  it('ends a line that a full disk cut short, so that the next one can be read', () => {
    const lines = write('torn');
    expect(() => parse(lines[0]!)).toThrow();
    expect(
      lines
        .slice(1)
        .map(parse)
        .map((line) => [line.sub.length, line.lost]),
    ).toEqual([[1, 1]]);
  });

  it('writes by itself, soon after the process went quiet, with what still runs', () => {
    const lines = write('quiet').map(parse);
    expect(lines[0]).toMatchObject({ start: [['01'.repeat(20) + '01000000', 'm.g', 2000]] });
    expect(lines.flatMap((line) => line.sub)).toHaveLength(1);
  });
});

function write(what: string): string[] {
  execFileSync(PYTHON, ['test/samples/probe/spool.py', 'simulator/probe', dir, what]);
  return readFileSync(file(), 'utf8').trimEnd().split('\n');
}

function file(): string {
  return path.join(dir, '01000000.0.jsonl');
}

function parse(line: string): Line {
  const read = JSON.parse(line) as Line;
  return { ...read, sub: spoolSubmissions(read.sub), start: read.start ?? [] };
}
