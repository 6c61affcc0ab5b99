/** Debugging on a cluster that somebody else started, and that asks for a token: the debugger goes along with the job. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEnded, type RunInfo } from '../../simulator/model/run';
import { rayRequest } from '../../simulator/ray/http';
import { DebugClient, type Stop } from './debugClient';
import { lineOf } from './debugSamples';
import { Heliostat, until } from './heliostat';
import { RayByHand } from './rayByHand';

const SCRIPT = path.resolve('test/samples/debug/abroad.py');
const TOKEN = 'c'.repeat(64);
const MODULE = path.resolve('test/samples/debug/lib/doubling.py');

describe('debugging on a cluster that Heliostat did not start', () => {
  const heliostat = new Heliostat();
  let ray: RayByHand;
  let client: DebugClient;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'heliostat-debug-'));
    ray = await RayByHand.startForeign(TOKEN);
  });
  afterAll(async () => {
    await client?.end();
    await heliostat.end();
    await ray?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const go = ({ threadId }: Stop) => client.request('continue', { threadId });
  const top = async ({ threadId }: Stop) => (await client.stack(threadId))[0]!;
  const value = async (stop: Stop, name: string) =>
    (await client.locals((await top(stop)).id)).get(name)?.value;
  const run = async () => (JSON.parse((await heliostat.run(['runs', '--json'])).stdout) as RunInfo[])[0]!;

  it('stops in tasks, modules, actors and where a task fails, steps into a task, and lets the run go on', async () => {
    const stopFile = path.join(folder, 'stop');
    client = new DebugClient(heliostat.env);
    await client.begin(
      'launch',
      { program: SCRIPT, args: [stopFile], ...ray.endpoint },
      {
        [SCRIPT]: [
          { line: lineOf(SCRIPT, 'return double'), condition: 'x == 2' },
          { line: lineOf(SCRIPT, 'self.sum += x'), hitCondition: '2' },
          { line: lineOf(SCRIPT, 'print("napped"') },
        ],
        [MODULE]: [{ line: lineOf(MODULE, 'return twice'), condition: 'twice == 2' }],
      },
      { exceptions: ['uncaught'] },
    );
    // Tasks of two processes stop in any order.
    const both = [await client.stopped(), await client.stopped()];
    const tops = await Promise.all(both.map(top));
    const inTask = both[tops.findIndex(({ name }) => name === 'counts')]!;
    const inModule = both[tops.findIndex(({ name }) => name === 'double')]!;
    expect(await top(inTask)).toMatchObject({ source: { path: SCRIPT, sourceReference: 0 } });
    expect(await value(inTask, 'x')).toBe('2');
    const stack = await client.stack(inModule.threadId);
    expect(stack[0]).toMatchObject({ source: { path: MODULE, sourceReference: 0 } });
    expect(stack[1]).toMatchObject({ name: 'counts', source: { path: SCRIPT } });
    expect(await client.threadNames()).toContainEqual(
      expect.stringMatching(/^counts\(2\) · node [\d.]+ · pid \d+$/),
    );
    expect(await client.request('heliostat/continueAll')).toEqual({ continued: 2 });

    const inActor = await client.stopped();
    expect(await value(inActor, 'x')).toBe('2');
    await go(inActor);
    const failed = await client.stopped();
    expect(failed).toMatchObject({ reason: 'exception' });
    expect(await value(failed, 'left')).toBe('0');
    await go(failed);

    const inDriver = await client.stopped();
    await client.request('stepIn', { threadId: inDriver.threadId });
    const stepped = await client.event<Stop>('stopped', ({ threadId }) => threadId !== inDriver.threadId);
    const whole = await client.stack(stepped.threadId);
    expect(whole[0]).toMatchObject({ name: 'naps' });
    expect(whole.at(-1)).toMatchObject({ name: 'main', source: { path: SCRIPT } });

    await client.request('disconnect', { terminateDebuggee: false });
    const late = new DebugClient(heliostat.env);
    await expect(late.begin('attach', { run: 'last' }, {})).rejects.toThrow(
      'start the script again with Debug',
    );
    await late.end();
    writeFileSync(stopFile, '');
    await until('the run ends by itself', async () => isEnded((await run()).state));
    const { state, id } = await run();
    expect(state).toEqual({ kind: 'succeeded' });
    const log = readFileSync(path.join(heliostat.paths.runs, id, 'log.txt'), 'utf8');
    expect(log).toContain(`napped ("the user's hook", 'blue')`);
    expect(log).not.toContain('cannot be reached');
    await hasNoSecret();
  });

  it('says what a cluster wants that asks for a token, and how to give it', async () => {
    for (const [token, title] of [
      ['', `The cluster at ${ray.endpoint.address} asks for a token.`],
      ['f'.repeat(64), `The cluster at ${ray.endpoint.address} refused the token.`],
    ]) {
      const other = new DebugClient(heliostat.env);
      await other.begin('launch', { program: SCRIPT, address: ray.endpoint.address, token }, {});
      await other.event('terminated');
      expect(other.printed()).toContain(title);
      expect(other.printed()).toContain('set RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH');
      await other.end();
    }
  });

  /** Of the session's secret and Ray's token there is nothing in what Ray shows or writes, nor in what the engine does. */
  async function hasNoSecret(): Promise<void> {
    const session = path.join(ray.dir, 'r/session_latest');
    const invitations = readdirSync(session, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.heliostat/invitation.json'),
    );
    const [secret] = invitations.map(
      (name) => (JSON.parse(readFileSync(path.join(session, name), 'utf8')) as { secret: string }).secret,
    );
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    const { body: jobs } = await rayRequest(ray.endpoint, '/api/jobs/');
    const written = [path.join(session, 'logs'), heliostat.paths.home].flatMap((dir) =>
      readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1')),
    );
    expect(written.length).toBeGreaterThan(10);
    for (const text of [JSON.stringify(jobs), ...written]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(TOKEN);
    }
  }
});
