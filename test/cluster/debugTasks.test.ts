/** Stopping in one task among many, in all at once, and values that are fetched on demand: on real Ray. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DebugClient } from './debugClient';
import { lineOf } from './debugSamples';
import { SHARED_LINES, SHARING, stopsAlone } from './debugSharing';
import { Heliostat, PYTHON, until } from './heliostat';

const SEVERAL = path.resolve('test/samples/debug/several.py');

describe('a debug session, of many tasks,', () => {
  let heliostat: Heliostat;
  let client: DebugClient;
  let directory: string;
  beforeAll(async () => {
    heliostat = new Heliostat();
    directory = mkdtempSync(path.join(tmpdir(), 'heliostat-debug-'));
    const ran = await heliostat.run(['run', SEVERAL, '--python', PYTHON, '--nodes', '2', '--', 'series']);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });
  afterEach(() => client.end());
  afterAll(async () => {
    await heliostat.end();
    rmSync(directory, { recursive: true, force: true });
  });

  const launch = (args: string[], lines: string[], functions: string[] = []) => {
    client = new DebugClient(heliostat.env);
    return client.begin(
      'launch',
      { program: SEVERAL, args, python: PYTHON, nodes: 2 },
      { [SEVERAL]: lines.map((text) => ({ line: lineOf(SEVERAL, text) })) },
      { functions },
    );
  };

  it('stops in the one that was slowest the last time, and in the first that fails; says where it knows of none', async () => {
    await launch(['series'], [], ['works#slowest', 'checks#fails', 'marks#slowest']);
    const set = client.traffic.find(
      (one) => 'command' in one && one.command === 'setFunctionBreakpoints' && one.type === 'response',
    );
    const unknown = { verified: false, message: expect.stringContaining('marks') as string };
    expect(set).toMatchObject({ body: { breakpoints: [{}, {}, unknown] } });
    const slow = await client.stopped();
    expect(await client.evaluate('x', (await client.stack(slow.threadId))[0]!.id)).toBe('3');
    await client.request('continue', { threadId: slow.threadId });
    const failed = await client.stopped();
    expect(failed.reason).toBe('exception');
    const [top] = await client.stack(failed.threadId);
    expect(top).toMatchObject({ name: 'checks', line: lineOf(SEVERAL, '10 // rest') });
    await client.request('continue', { threadId: failed.threadId });
    // The second failure does not stop.
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
    expect(client.printed().match(/failed 5/g)).toHaveLength(2);
  });

  it('holds no other call of an actor that stops, nor other threads of the driver', async () => {
    client = new DebugClient(heliostat.env);
    const target = { program: SHARING, args: ['share'], python: PYTHON, nodes: 2 };
    await client.begin('launch', target, { [SHARING]: SHARED_LINES });
    await stopsAlone(client);
  });

  it('stops all others with one where that is asked for, also of its actor, lets all go at once and stops them again', async () => {
    client = new DebugClient(heliostat.env);
    const file = path.join(directory, 'all');
    await client.begin(
      'launch',
      { program: SHARING, args: ['together', file], python: PYTHON, nodes: 2, pauseAll: true },
      { [SHARING]: [{ line: lineOf(SHARING, 'doubled = double') }] },
    );
    const stops = [await client.stopped(), await client.stopped(), await client.stopped()];
    expect(stops.map(({ reason }) => reason)).toEqual(['breakpoint', 'pause', 'pause']);
    const names = await client.threadNames();
    expect(names.map((name) => name.split(/[( ]/)[0]).sort()).toEqual([
      ...['Threaded.spins', 'Threaded.work', 'driver', 'spins'],
    ]);
    await client.request('continue', { threadId: stops[0]!.threadId });
    await until('the task that had stopped has ended', () => client.printed().includes('work 2'));
    await client.request('heliostat/pauseAll');
    const paused = [await client.stopped(), await client.stopped()];
    const stacks = await Promise.all(paused.map(({ threadId }) => client.stack(threadId)));
    expect(stacks.map(([top]) => top!.name)).toEqual(['spin', 'spin']);
    writeFileSync(file, '');
    // The driver, which waits for them, goes on as well.
    expect(await client.request('heliostat/continueAll')).toEqual({ continued: 2 });
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
    expect(client.printed()).toContain('spins True');
  });

  it("fetches a reference's value only when it is opened", async () => {
    const file = path.join(directory, 'one');
    writeFileSync(file, '');
    await launch(['together', file], ['print("spins"']);
    const { threadId } = await client.stopped();
    const [top] = await client.stack(threadId);
    const reference = (await client.locals(top!.id)).get('value')!;
    expect(reference.value).toMatch(/^ObjectRef\(ready, \d+ bytes, from task [0-9a-f]{16}\)$/);
    const children = await client.variables(reference.variablesReference);
    expect(children.get('state')?.value).toBe("'ready'");
    const value = children.get('value')!;
    expect(value).toMatchObject({ value: 'fetched when opened', presentationHint: { lazy: true } });
    const fetched = await client.variables(value.variablesReference);
    expect([...fetched.values()].map((one) => one.value)).toEqual(['7']);
    await client.request('continue', { threadId });
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
  });
});
