/** The end of a run whose cluster vanished: its last sign of life, from whoever saw one. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunInfo } from '../../../simulator/model/run';
import { LifeSigns } from '../../../simulator/run/lifeSigns';
import { RunRecords } from '../../../simulator/run/record';
import { aRun } from '../extension/sampleData';

const MINUTE_MS = 60_000;
let dir: string;
let records: RunRecords;
let info: RunInfo;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'heliostat-life-'));
  records = new RunRecords(dir);
  info = aRun({
    ...{ id: records.create('/x/sums.py'), script: '/x/sums.py', workingDir: '/x' },
    ...{ clusterId: 'abcdef', clusterName: 'sums', submissionId: 'slot-1', jobId: '01000000' },
    ...{ createdMs: ago(40), startMs: ago(39) },
  });
  records.write({
    format: 1,
    info,
    request: { script: info.script, target: { kind: 'local', backend: 'auto' } },
  });
  written(records.files(info.id).recordFile, 33);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ago = (minutes: number) => Date.now() - minutes * MINUTE_MS;
const lost = (seenMs?: number) => ({
  code: 'cluster-lost' as const,
  id: 'abcdef',
  detail: 'It ended.',
  ...(seenMs === undefined ? {} : { seenMs }),
});

function written(file: string, minutes: number): void {
  utimesSync(file, new Date(ago(minutes)), new Date(ago(minutes)));
}

/** Minutes since then, to a tenth. */
const since = (timeMs: number) => Math.round((Date.now() - timeMs) / (MINUTE_MS / 10)) / 10;

describe('a run that an earlier engine followed', () => {
  it('ended when that engine last saw it, where nothing else is known', () => {
    expect(since(new LifeSigns(info, records).endMs(lost()))).toBe(33);
  });

  it('ended when its log was last written, or its cluster last wrote anything', () => {
    const { log } = records.files(info.id);
    writeFileSync(log, 'half a line');
    written(log, 21);
    expect(since(new LifeSigns(info, records).endMs(lost()))).toBe(21);
    expect(since(new LifeSigns(info, records).endMs(lost(ago(12))))).toBe(12);
  });

  it('did not end before it began, nor in the future', () => {
    written(records.files(info.id).recordFile, 50);
    expect(since(new LifeSigns(info, records).endMs(lost()))).toBe(39);
    expect(since(new LifeSigns(info, records).endMs(lost(ago(-5))))).toBe(0);
  });

  it('is lost where its cluster is not there any more, and says for how long it was silent', () => {
    const loss = new LifeSigns(info, records).lossOf({ code: 'cluster-not-found', id: 'abcdef' });
    expect(loss).toMatchObject({ code: 'cluster-lost', id: 'abcdef' });
    expect(loss).toHaveProperty('detail', expect.stringContaining('33 min'));
  });

  it('ends now where its cluster is there', () => {
    const failure = { code: 'internal' as const, detail: 'a bug' };
    const life = new LifeSigns(info, records);
    expect(life.lossOf(failure)).toBe(failure);
    expect(since(life.endMs(failure))).toBe(0);
  });
});

describe('a run that this engine follows', () => {
  it('is on record as seen, for the next engine', () => {
    new LifeSigns(info, records).seen();
    expect(since(new LifeSigns(info, records).endMs(lost()))).toBe(0);
  });

  it('that names a cluster which is not there has not lost one', () => {
    const fresh = { ...info, submissionId: null, clusterId: null };
    const failure = { code: 'cluster-not-found' as const, id: 'zzzzzz' };
    expect(new LifeSigns(fresh, records).lossOf(failure)).toBe(failure);
  });
});
