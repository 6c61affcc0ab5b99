/** Debugging what goes wrong, and debuggers that come late, leave early or die: on real Ray. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { invite } from '../../simulator/debug/invitation';
import { isEnded, type RunInfo } from '../../simulator/model/run';
import { DebugClient } from './debugClient';
import { stopsInWhatIsUnderWay } from './debugLate';
import { Heliostat, PYTHON, until } from './heliostat';
import { lineOf } from './debugSamples';

const FAULTS = path.resolve('test/samples/debug/faults.py');
const CROWD = path.resolve('test/samples/debug/crowd.py');

describe('a debug session', () => {
  let heliostat: Heliostat;
  let client: DebugClient;
  let directory: string;
  beforeAll(() => {
    heliostat = new Heliostat();
    directory = mkdtempSync(path.join(tmpdir(), 'heliostat-debug-'));
  });
  afterEach(() => client.end());
  afterAll(async () => {
    await heliostat.end();
    rmSync(directory, { recursive: true, force: true });
  });

  const launch = (args: string[], lines: string[], exceptions: string[] = []) => {
    client = new DebugClient(heliostat.env);
    const breakpoints = lines.map((text) => ({ line: lineOf(FAULTS, text) }));
    return client.begin(
      'launch',
      { program: FAULTS, args, python: PYTHON, nodes: 2 },
      { [FAULTS]: breakpoints },
      { exceptions },
    );
  };
  const runs = async () => JSON.parse((await heliostat.run(['runs', '--json'])).stdout) as RunInfo[];

  const endsWell = async () => {
    await until('the run ends by itself', async () => isEnded((await runs())[0]!.state));
    expect((await runs())[0]!.state).toEqual({ kind: 'succeeded' });
  };

  it('stops where a task failed, before Ray tries it again', async () => {
    await launch(['fail'], [], ['uncaught']);
    for (const attempt of [1, 2]) {
      const stop = await client.stopped();
      expect(stop, `attempt ${attempt}`).toMatchObject({ reason: 'exception' });
      const [top] = await client.stack(stop.threadId);
      expect(top).toMatchObject({ name: 'fails', line: lineOf(FAULTS, '10 // left') });
      expect((await client.locals(top!.id)).get('left')?.value).toBe('0');
      const info = await client.request('exceptionInfo', { threadId: stop.threadId });
      expect(info).toMatchObject({ exceptionId: expect.stringContaining('ZeroDivisionError') as string });
      await client.request('continue', { threadId: stop.threadId });
    }
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
    expect(client.printed()).toContain('caught ZeroDivisionError');
  });

  it('stops where a thread of the script fails, and where the script itself fails', async () => {
    await launch(['raise'], [], ['uncaught']);
    const inThread = await client.stopped();
    expect(inThread).toMatchObject({ reason: 'exception' });
    const [aside] = await client.stack(inThread.threadId);
    expect(aside).toMatchObject({ name: 'aside', line: lineOf(FAULTS, 'return [][x]') });
    await client.request('continue', { threadId: inThread.threadId });
    const inMain = await client.stopped();
    const [main] = await client.stack(inMain.threadId);
    expect(main).toMatchObject({ name: 'main', line: lineOf(FAULTS, 'wrong["key"]') });
    await client.request('continue', { threadId: inMain.threadId });
    expect(await client.event('exited')).toEqual({ exitCode: 1 });
    expect(client.printed()).toMatch(/Traceback/);
    expect(client.printed()).not.toMatch(/heliostat_debug_main|runpy/);
  });

  it('stops at breakpoint() in a task and in the driver', async () => {
    await launch(['breakpoint'], []);
    const inTask = await client.stopped();
    expect((await client.stack(inTask.threadId))[0]).toMatchObject({ name: 'pauses' });
    await client.request('continue', { threadId: inTask.threadId });
    const inDriver = await client.stopped();
    const [top] = await client.stack(inDriver.threadId);
    expect(await client.evaluate('note', top!.id)).toBe("'driver'");
    await client.request('continue', { threadId: inDriver.threadId });
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
  });

  it('is told of by its address where it cannot be reached, joins a run that is under way, and leaves it', async () => {
    const stopFile = path.join(directory, 'joined');
    let printed = () => '';
    const other = heliostat.run(
      ['run', FAULTS, '--python', PYTHON, '--nodes', '2', '--', 'nap', stopFile],
      (_, soFar) => {
        printed = soFar;
        return Promise.resolve();
      },
    );
    await until('the run is under way', async () => (await runs())[0]?.state.kind === 'running');
    const { id, clusterId } = (await runs())[0]!;
    // As of a session behind a wall: nothing listens at its address.
    const debugDir = path.join(heliostat.paths.clusters, clusterId!, 'shared', 'debug');
    const uninvite = invite(debugDir, id, {
      host: '127.0.0.1',
      port: 9,
      secret: '00',
      debugpy: null,
      wayOut: null,
    });
    const words = /the debugger at 127\.0\.0\.1:9 cannot be reached from node [12], process \d+: .*refused/g;
    await until('driver and worker have said so', () => new Set(printed().match(words)).size >= 2);
    uninvite();
    client = new DebugClient(heliostat.env);
    await client.begin('attach', { run: 'last' }, { [FAULTS]: [{ line: lineOf(FAULTS, 'time.sleep') }] });
    const { threadId } = await client.stopped();
    expect((await client.stack(threadId))[0]).toMatchObject({ name: 'naps' });
    await client.request('disconnect', { terminateDebuggee: false });
    writeFileSync(stopFile, '');
    expect((await other).code).toBe(0);
    // It tells no times any more.
    expect((await runs())[0]).toMatchObject({ id, debugged: true });
  });

  it('stops in what is under way where a breakpoint comes only then', async () => {
    client = new DebugClient(heliostat.env);
    await stopsInWhatIsUnderWay(client, (program, args) =>
      client.begin('launch', { program, args, python: PYTHON, nodes: 2 }, {}),
    );
  });

  it('lets everything go when its client is killed', async () => {
    await launch(['nap', path.join(directory, 'killed')], ['time.sleep']);
    await client.stopped();
    writeFileSync(path.join(directory, 'killed'), '');
    client.kill();
    await endsWell();
  });

  it('lets everything go when the engine is killed', async () => {
    await launch(['nap', path.join(directory, 'engine')], ['time.sleep']);
    await client.stopped();
    writeFileSync(path.join(directory, 'engine'), '');
    heliostat.killEngine();
    await client.event('terminated').catch(() => undefined);
    await endsWell();
  });

  it('says why a worker ended while it was stopped', async () => {
    await launch(['die'], ['here = os']);
    const { threadId } = await client.stopped();
    const [name] = (await client.threadNames()).filter((one) => one.startsWith('dies'));
    await client.stack(threadId);
    process.kill(Number(/pid (\d+)/.exec(name!)![1]), 'SIGKILL');
    await client.event('thread', (body: { reason: string; threadId: number }) => body.reason === 'exited');
    await client.event('exited');
    expect(client.printed()).toMatch(/dies\(\) · node \d · pid \d+ ended while it was stopped: .*Worker/);
  });

  it('stops again on another node when one dies on which a task is stopped, and the run ends well', async () => {
    client = new DebugClient(heliostat.env);
    await client.begin(
      'launch',
      { program: CROWD, args: ['2'], python: PYTHON, nodes: 2 },
      { [CROWD]: [{ line: lineOf(CROWD, 'here = x') }] },
    );
    await client.stopped();
    await client.stopped();
    const namesOn = async (node: string) =>
      (await client.threadNames()).filter(
        (name) => name.startsWith('waits(') && name.includes(` · ${node} · `),
      );
    expect(await namesOn('node 2')).toHaveLength(1);
    const killed = await heliostat.run(['fault', '1', 'kill']);
    expect(killed.code, killed.stderr).toBe(0);
    await until('the thread of the lost node is gone', async () => (await namesOn('node 2')).length === 0);
    expect(await namesOn('node 1')).toHaveLength(1);
    await client.request('heliostat/continueAll');
    // Ray runs it again where there is room now.
    await client.stopped();
    expect(await namesOn('node 1')).toHaveLength(1);
    await client.request('heliostat/continueAll');
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
    const said = client.printed();
    expect(said.match(/waits\(\d\) · node 2 · pid \d+ ended while it was stopped/g)).toHaveLength(1);
    expect(said).toContain('together 1');
  });
});
