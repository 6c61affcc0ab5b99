/** Running one task of an earlier run again, alone: from the command line and under the debugger, on real Ray. */
import { readFileSync, statSync, writeFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeptTask, RunInfo } from '../../simulator/model/run';
import { DebugClient } from './debugClient';
import { lineOf } from './debugSamples';
import { Heliostat, PYTHON } from './heliostat';

describe('replaying a task', () => {
  let heliostat: Heliostat;
  let script: string;
  let first: RunInfo;
  let kept: KeptTask[];

  beforeAll(async () => {
    heliostat = new Heliostat();
    const folder = mkdtempSync(path.join(tmpdir(), 'heliostat-replay-'));
    script = path.join(folder, 'replayed.py');
    cpSync('test/samples/debug/replayed.py', script);
    const ran = await heliostat.run(['run', script, '--python', PYTHON]);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    kept = JSON.parse((await heliostat.run(['replay', 'last', '--json'])).stdout) as KeptTask[];
    [first] = JSON.parse((await heliostat.run(['runs', '--json'])).stdout) as [RunInfo];
  });
  afterAll(async () => {
    await heliostat.end();
    rmSync(path.dirname(script), { recursive: true, force: true });
  });

  const edit = (from: string, to: string) =>
    writeFileSync(script, readFileSync(script, 'utf8').replace(from, to));

  it('keeps what failed and what was picked, for this user alone, and says what cannot be kept', () => {
    const names = kept.map((one) => one.function.split('.').slice(-1)[0]);
    expect(names.sort()).toEqual(['add', 'divides', 'holds', 'items', 'picked', 'picked']);
    expect(kept.find((one) => one.function.endsWith('holds'))?.why).toContain('an actor');
    const dir = path.join(heliostat.paths.runs, first.id, 'arguments');
    expect(statSync(dir).mode & 0o077).toBe(0);
    for (const { task } of kept) expect(statSync(path.join(dir, task)).mode & 0o077).toBe(0);
    expect(first.keptTasks).toBe(6);
  });

  it('runs it again with the code as it is by then', async () => {
    const again = await heliostat.run(['replay', first.id, 'divides']);
    expect(again.code).not.toBe(0);
    expect(again.stdout).toContain('ZeroDivisionError');
    expect(again.stdout).not.toContain('heliostat_replay');
    expect(again.stderr).toMatch(/replayed\.py:\d+: ZeroDivisionError/);
    edit('// setting.divisor', '// (setting.divisor + 4)');
    const { task } = kept.find((one) => one.function.endsWith('divides'))!;
    const mended = await heliostat.run(['replay', first.id, task.slice(0, 12)]);
    expect(mended.stdout).toContain('divides returned 5');
    expect(mended.code).toBe(0);
  });

  it('runs an async generator of an actor to its end', async () => {
    const again = await heliostat.run(['replay', first.id, 'items']);
    expect(again.stderr).toContain('ValueError: no more');
  });

  it('says why there is nothing to replay', async () => {
    const without = await heliostat.run(['replay', first.id, 'source']);
    expect(without.stderr).toContain('no arguments of it');
    const impossible = await heliostat.run(['replay', first.id, 'holds']);
    expect(impossible.stderr).toContain('could not be kept');
  });

  it("stops in the task's first line under the debugger, in an actor's method with the actor's state", async () => {
    const client = new DebugClient(heliostat.env);
    try {
      await client.begin('launch', { replay: { run: first.id, task: 'add' } }, {});
      const { threadId } = await client.stopped();
      const [top] = await client.stack(threadId);
      expect(top).toMatchObject({ name: 'add', line: lineOf(script, 'self.total += x') });
      expect(await client.evaluate('(self.total, x)', top!.id)).toBe('(15, 5)');
      await client.request('continue', { threadId });
      expect(await client.event('exited')).toEqual({ exitCode: 1 });
      expect(client.printed()).toContain('ValueError: total 20');
    } finally {
      await client.end();
    }
  });
});
