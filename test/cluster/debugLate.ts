/** Breakpoints that are set only when everything runs, in the loops that each kind of code is in. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { DebugClient } from './debugClient';
import { lineOf } from './debugSamples';
import { until } from './heliostat';

const LATE = path.resolve('test/samples/debug/late.py');
/** A cluster of an interpreter that this machine has not used for long takes its time. */
const START_MS = 150_000;
const LATE_MS = 15_000;
const LOOPS = ['in_generator =', 'in_task =', 'in_thread =', 'in_coroutine ='];

/** `launch` starts what is in `LATE`, with its arguments; `attach`, once everything runs, is where that was not the client. */
export async function stopsInWhatIsUnderWay(
  client: DebugClient,
  launch: (program: string, args: string[]) => Promise<unknown>,
  attach: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'heliostat-late-'));
  const file = path.join(folder, 'end');
  try {
    await launch(LATE, [file]);
    const marks = ['driver', 'task', 'threaded', 'async'].map((kind) => `${file}.${kind}`);
    await until('all are in their loops', () => marks.every(existsSync), START_MS);
    await attach();
    const late = LOOPS.map((text) => lineOf(LATE, text));
    await client.setBreakpoints(
      LATE,
      late.map((line) => ({ line })),
    );
    const lines: number[] = [];
    for (let count = 0; count < LOOPS.length; count++) {
      const stop = await client.stopped(LATE_MS).catch(() => null);
      if (stop !== null) lines.push((await client.stack(stop.threadId))[0]!.line);
    }
    expect(lines.sort((a, b) => a - b)).toEqual(late.sort((a, b) => a - b));
    await client.setBreakpoints(LATE, []);
    writeFileSync(file, '');
    expect(await client.request('heliostat/continueAll')).toEqual({ continued: LOOPS.length });
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
