/** What the probe says it cannot record: from a spool file as the probe writes it to the trace's notes, and its file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { traceNotes } from '../../../simulator/trace/notes';
import { SpoolReader } from '../../../simulator/trace/spool';
import { readTrace, writeTrace } from '../../../simulator/trace/traceFile';
import { TraceStore } from '../../../simulator/trace/traceStore';
import { Program } from '../trace/build';

const PYTHON = process.env['HELIOSTAT_TEST_PYTHON'] ?? '/tmp/rayenv/bin/python';

let dir: string;
beforeEach(() => (dir = mkdtempSync(path.join(tmpdir(), 'heliostat-notice-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('reaches the trace, once, and the trace’s file', async () => {
  execFileSync(PYTHON, ['test/samples/probe/spool.py', 'simulator/probe', dir, 'notice']);
  const events = await new SpoolReader(dir, '01000000').read();
  const store = new TraceStore();
  for (const event of [...events, ...events]) store.apply(event);
  const said = ['The probe in a process of this run says: Ray 2.40.0 is older than 2.49.'];
  expect(traceNotes(store)).toEqual(said);

  const file = path.join(dir, 'trace.heliostat');
  await writeTrace(file, store);
  expect(traceNotes(await readTrace(file))).toEqual(said);
});

it('says that parents stand in for data where Ray’s own list is all there is', () => {
  const program = new Program();
  program.ran({ fn: 'work', at: [0, 1, 2] });
  expect(traceNotes(program.store)).toEqual([]);
  program.store.source = 'state-api';
  expect(traceNotes(program.store).join()).toContain('which task submitted which');
});
