/** The engine: one headless process per user. Started by a client, found through `engine.json`, leaves when it is idle. */
import { randomBytes } from 'node:crypto';
import { rmSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { writeAtomic } from '../base/files';
import { locatePaths, makePrivateDir } from '../base/paths';
import { VERSION } from '../base/version';
import { readEngineFile, type EngineFile } from '../base/engineFile';
import { PROTOCOL_VERSION } from '../protocol';
import { Engine } from './engine';
import { acquireLock, holdsLock, releaseLock } from './lock';
import { engineLog } from './log';
import { EngineServer } from './server';

/** Without a connection, a run or a cluster of ours for so long, the engine leaves. */
const IDLE_MS = 60_000;
const LOG_LIMIT_BYTES = 10 * 1048576;

async function main(): Promise<void> {
  const paths = locatePaths();
  makePrivateDir(paths.home);
  const lockFile = path.join(paths.home, 'engine.lock');
  if (!acquireLock(lockFile)) return;
  trimLog(paths.engineLog);
  const log = engineLog();
  const secret = randomBytes(32).toString('hex');
  let idle: NodeJS.Timeout | null = null;
  let port = 0;

  const leave = (why: string) => {
    log.info(`Leaving: ${why}.`);
    server.close();
    if (readEngineFile(paths.engineFile)?.pid === process.pid) rmSync(paths.engineFile, { force: true });
    releaseLock(lockFile);
    process.exit(0);
  };
  const watchIdle = () => {
    if (idle) clearTimeout(idle);
    idle = setTimeout(() => {
      if (server.connections === 0 && engine.isIdle()) leave('nothing to do');
      else watchIdle();
    }, IDLE_MS);
  };
  const engine: Engine = new Engine({
    paths,
    assetsDir: __dirname,
    log,
    leave,
    isWatched: (topic) => server.isWatched(topic),
    changed: (topic, version) => server.changed(topic, version),
    info: () => ({
      protocol: PROTOCOL_VERSION,
      version: VERSION,
      pid: process.pid,
      logPath: paths.engineLog,
      url: `http://127.0.0.1:${port}`,
    }),
  });
  const server: EngineServer = new EngineServer({
    secret,
    pageDir: __dirname,
    log,
    handlers: engine.handlers,
    debug: (channel) => engine.debug.open(channel),
    onConnections: watchIdle,
  });

  await engine.recover();
  port = await server.listen();
  if (!holdsLock(lockFile)) return leave('another engine was faster');
  const file: EngineFile = { version: VERSION, protocol: PROTOCOL_VERSION, pid: process.pid, port, secret };
  writeAtomic(paths.engineFile, JSON.stringify(file));
  log.info(`Engine ${VERSION} is here (process ${process.pid}, port ${port}).`);
  watchIdle();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => leave(signal));
  process.on('uncaughtException', (error) => log.error(`Uncaught: ${error.stack}`));
  process.on('unhandledRejection', (error) =>
    log.error(`Unhandled: ${error instanceof Error ? error.stack : String(error)}`),
  );
}

/** The log is appended to by every engine; a long one begins anew. */
function trimLog(file: string): void {
  try {
    if (statSync(file).size > LOG_LIMIT_BYTES) truncateSync(file);
  } catch {
    // There is none yet.
  }
}

void main();
