/** Finds the user's engine or starts one; an engine of another version is replaced when it has nothing to do. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, closeSync } from 'node:fs';
import path from 'node:path';
import { sleep, type Log } from '../base/context';
import { locatePaths, type Paths } from '../base/paths';
import { VERSION } from '../base/version';
import { fail, FailureError } from '../model/failure';
import { PROTOCOL_VERSION, type EngineInfo } from '../protocol';
import { FramePort, openSocket, type EngineConnection, type RawConnection } from './connection';
import { readEngineFile } from '../base/engineFile';

export interface ConnectOptions {
  /** `dist/engine.js`. */
  enginePath: string;
  /** The Node that runs it; default the current one. */
  execPath?: string;
  /** For the engine's log: `cli`, `vscode`. */
  clientName: string;
  env?: NodeJS.ProcessEnv;
  log: Log;
  /** Without an engine, start one; default true. */
  start?: boolean;
  /** Ask an engine of another version to leave, to start one of this; default true. */
  mayReplace?: boolean;
}

const START_DEADLINE_MS = 15_000;

/** A connection that has said hello. Fails as `engine-unreachable` or `engine-version`. */
export async function connectEngine(options: ConnectOptions): Promise<EngineConnection> {
  for (let attempt = 0; ; attempt++) {
    const raw = await openRaw(options);
    const port = new FramePort(raw);
    const info = await port.request('hello', { protocol: PROTOCOL_VERSION, client: options.clientName });
    if (info.version === VERSION) return Object.assign(port, { info, dispose: () => raw.dispose() });
    if (options.mayReplace === false) {
      raw.dispose();
      fail({ code: 'engine-version', running: info.version, wanted: VERSION, activeRuns: null });
    }
    const { leaving, activeRuns } = await port.request('leave', {});
    raw.dispose();
    if (!leaving || attempt > 2)
      fail({ code: 'engine-version', running: info.version, wanted: VERSION, activeRuns });
    options.log.info(`Replacing the engine of version ${info.version}.`);
    await engineGone(info, options);
  }
}

/**
 * The way to the engine of a client that takes it again after every loss. Only until it has had an engine does it ask one
 * of another version to leave: two that always did would end each other's for ever.
 */
export class Connector {
  private hadEngine = false;

  constructor(private readonly options: ConnectOptions) {}

  /** As `connectEngine`. */
  async connect(): Promise<EngineConnection> {
    const connection = await connectEngine(this.now());
    this.hadEngine = true;
    return connection;
  }

  /** As `openRaw`. */
  openRaw(): Promise<RawConnection> {
    return openRaw(this.options);
  }

  /** As `openDebug`. */
  openDebug(): Promise<RawConnection> {
    return openDebug(this.now());
  }

  private now(): ConnectOptions {
    return { ...this.options, mayReplace: !this.hadEngine };
  }
}

/** A connection for relaying frames, on which nothing was said. */
export async function openRaw(options: ConnectOptions): Promise<RawConnection> {
  const env = options.env ?? process.env;
  const paths = locatePaths(env);
  const running = await tryOpen(paths);
  if (running) return running;
  if (options.start === false) {
    fail({ code: 'engine-unreachable', detail: 'No engine is running.', logPath: paths.engineLog });
  }
  launch(options, paths, env);
  const end = performance.now() + START_DEADLINE_MS;
  while (performance.now() < end) {
    const raw = await tryOpen(paths);
    if (raw) return raw;
    await sleep(20);
  }
  return fail({ code: 'engine-unreachable', detail: lastLines(paths.engineLog), logPath: paths.engineLog });
}

/** A connection that carries one message of the Debug Adapter Protocol a frame. Fails as `connectEngine`. */
export async function openDebug(options: ConnectOptions): Promise<RawConnection> {
  // Whoever debugs keeps the engine from leaving.
  const engine = await connectEngine(options);
  const file = readEngineFile(locatePaths(options.env ?? process.env).engineFile);
  if (!file) {
    engine.dispose();
    return fail({ code: 'engine-unreachable', detail: 'It has gone.', logPath: engine.info.logPath });
  }
  const raw = await openSocket(file, '/debug');
  raw.onClosed(() => engine.dispose());
  return raw;
}

async function tryOpen(paths: Paths): Promise<RawConnection | null> {
  const file = readEngineFile(paths.engineFile);
  if (!file || !isAlive(file.pid)) return null;
  try {
    return await openSocket(file);
  } catch {
    return null;
  }
}

function launch(options: ConnectOptions, paths: Paths, env: NodeJS.ProcessEnv): void {
  if (!existsSync(options.enginePath)) {
    fail({
      code: 'engine-unreachable',
      detail: `${options.enginePath} is missing.`,
      logPath: paths.engineLog,
    });
  }
  mkdirSync(paths.home, { recursive: true, mode: 0o700 });
  const log = openSync(paths.engineLog, 'a', 0o600);
  const child = spawn(options.execPath ?? process.execPath, [options.enginePath], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: path.parse(paths.home).root,
    // In VS Code's extension host the executable is Electron, which runs as Node only with this.
    env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
  });
  child.on('error', (error) => options.log.error(`The engine could not be started: ${error.message}`));
  child.unref();
  closeSync(log);
}

async function engineGone(info: EngineInfo, options: ConnectOptions): Promise<void> {
  const end = performance.now() + START_DEADLINE_MS;
  while (isAlive(info.pid)) {
    if (performance.now() > end) {
      throw new FailureError({
        code: 'engine-unreachable',
        detail: `The engine of version ${info.version} (process ${info.pid}) does not leave.`,
        logPath: locatePaths(options.env ?? process.env).engineLog,
      });
    }
    await sleep(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function lastLines(file: string): string {
  if (!existsSync(file)) return 'It wrote no log.';
  return readFileSync(file, 'utf8').split('\n').slice(-15).join('\n');
}
