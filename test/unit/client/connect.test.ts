/** Clients of different versions that share one engine. The engines are processes of their own that only say hello and leave. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLog } from '../../../simulator/base/context';
import { readEngineFile } from '../../../simulator/base/engineFile';
import { locatePaths } from '../../../simulator/base/paths';
import type { Connector } from '../../../simulator/client/connect';
import type { EngineConnection } from '../../../simulator/client/connection';
import { failureWords } from '../../../simulator/model/failureWords';
import type { Failure, FailureError } from '../../../simulator/model/failure';

let home: string;
let env: NodeJS.ProcessEnv;
const open: EngineConnection[] = [];

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'heliostat-connect-'));
  env = { ...process.env, HELIOSTAT_HOME: home };
});
afterEach(() => {
  for (const connection of open.splice(0)) connection.dispose();
  const pid = enginePid();
  if (pid !== null) process.kill(pid, 'SIGKILL');
  rmSync(home, { recursive: true, force: true });
  vi.unstubAllGlobals();
});

const enginePid = () => readEngineFile(locatePaths(env).engineFile)?.pid ?? null;

/** A window or command line with this version of the extension, whose engine has `activeRuns`. */
async function aClient(version: string, activeRuns = 0): Promise<Connector> {
  const enginePath = path.join(home, `engine-${version}.cjs`);
  writeFileSync(
    enginePath,
    `const { WebSocketServer } = require(${JSON.stringify(createRequire(import.meta.url).resolve('ws'))});
    const { writeFileSync, rmSync } = require('node:fs');
    const file = ${JSON.stringify(locatePaths(env).engineFile)};
    const leave = () => (rmSync(file), process.exit());
    const answers = {
      hello: () => ({ protocol: 1, version: '${version}', pid: process.pid, logPath: '', url: '' }),
      leave: () => (${activeRuns} || setTimeout(leave, 50), { leaving: !${activeRuns}, activeRuns: ${activeRuns} }),
    };
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => {
      const { port } = server.address();
      writeFileSync(file, JSON.stringify({ version: '', protocol: 1, pid: process.pid, port, secret: 'x' }));
    });
    server.on('connection', (socket) => socket.on('message', (data) => {
      const { id, method } = JSON.parse(data);
      socket.send(JSON.stringify({ id, result: answers[method]() }));
    }));
    setTimeout(leave, 30_000);`,
  );
  vi.stubGlobal('HELIOSTAT_VERSION', version);
  vi.resetModules();
  const { Connector: Fresh } = await import('../../../simulator/client/connect');
  return new Fresh({ enginePath, clientName: version, env, log: silentLog });
}

async function connect(client: Connector): Promise<EngineConnection> {
  const connection = await client.connect();
  open.push(connection);
  return connection;
}

/** Every client here has a class of failures of its own. */
const failureOf = (connecting: Promise<unknown>): Promise<Failure> =>
  connecting.then(
    () => expect.fail('It connected.'),
    (thrown: unknown) => (thrown as FailureError).failure,
  );

const lost = (connection: EngineConnection) =>
  new Promise<string>((resolve) => void connection.onClosed(resolve));

it('a newer window takes the engine over, and the older one lets it be until it is reloaded', async () => {
  const older = await aClient('1.0');
  const before = await connect(older);
  const gone = lost(before);
  const newer = await aClient('2.0');
  const now = await connect(newer);
  await gone;
  let isNewerLost = false;
  now.onClosed(() => (isNewerLost = true));

  for (let attempt = 0; attempt < 2; attempt++) {
    const failure = await failureOf(older.connect());
    expect(failure).toEqual({ code: 'engine-version', running: '2.0', wanted: '1.0', activeRuns: null });
    expect(failureWords(failure)).toMatchObject({
      title: expect.stringContaining('reload this window') as string,
      actions: [{ command: 'workbench.action.reloadWindow' }],
    });
  }
  await sleep(150);
  expect(isNewerLost).toBe(false);

  const reloaded = await connect(await aClient('2.0'));
  expect(reloaded.info.pid).toBe(now.info.pid);
});

it('a window whose engine has ended by itself gets one of its own again', async () => {
  const client = await aClient('1.0');
  const first = await connect(client);
  const gone = lost(first);
  await first.request('leave', {});
  await gone;
  const second = await connect(client);
  expect(second.info).toMatchObject({ version: '1.0' });
  expect(second.info.pid).not.toBe(first.info.pid);
});

it('an engine with runs is not replaced, and a window that never had one may ask again later', async () => {
  await connect(await aClient('1.0', 2));
  const newer = await aClient('2.0');
  await expect(newer.connect()).rejects.toMatchObject({ failure: { code: 'engine-version', activeRuns: 2 } });
  process.kill(enginePid()!, 'SIGKILL');
  await expect(connect(newer)).resolves.toMatchObject({ info: { version: '2.0' } });
});
