import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pollUntil } from './poll';

/** What one code-server is started with. Every path is absolute. */
export interface CodeServerOptions {
  /** Holds the user data, the extensions and the server's log; created when missing. */
  readonly directory: string;
  /** Merged over settings that keep a fresh VS Code quiet; see `quietSettings`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the server and so of the extension host; an `undefined` takes a name away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The settings without which a new user's VS Code asks, greets and downloads. */
const quietSettings: Readonly<Record<string, unknown>> = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'security.workspace.trust.banner': 'never',
  'security.workspace.trust.enabled': false,
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.autoDetectColorScheme': false,
  'workbench.colorTheme': 'Dark Modern',
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Where `.ci/installCodeServer.sh` puts code-server: `HELIOSTAT_CODE_SERVER` or the script's default folder. */
function programPath(): string {
  const directory =
    process.env['HELIOSTAT_CODE_SERVER'] ?? join(homedir(), '.cache', 'heliostat-ci', 'code-server');
  return join(directory, 'code-server');
}

/** Whether there is a VS Code to test with. Says so where there is none. */
export function hasCodeServer(): boolean {
  const isInstalled = existsSync(programPath());
  if (!isInstalled)
    process.stderr.write('Skipped: no code-server. Install it with .ci/installCodeServer.sh\n');
  return isInstalled;
}

export function codeServerProgram(): string {
  const program = programPath();
  if (!existsSync(program)) throw new Error(`${program} is missing: run .ci/installCodeServer.sh`);
  return program;
}

/** One VS Code server on a free loopback port, with user data and extensions of its own. */
export class CodeServer {
  private child: ChildProcess | undefined;
  private address = '';

  constructor(private readonly options: CodeServerOptions) {
    mkdirSync(join(options.directory, 'user-data', 'User'), { recursive: true });
    mkdirSync(join(options.directory, 'extensions'), { recursive: true });
    this.writeSettings(options.settings ?? {});
  }

  /** `http://127.0.0.1:PORT/`, once `start` has returned. */
  get url(): string {
    return this.address;
  }

  /** Everything that the server printed, for a failing test's message. */
  get log(): string {
    return existsSync(this.logPath) ? readFileSync(this.logPath, 'utf8') : '';
  }

  /** Replaces the user's settings by the quiet ones and these; a running VS Code takes them over by itself. */
  writeSettings(settings: Readonly<Record<string, unknown>>): void {
    const path = join(this.options.directory, 'user-data', 'User', 'settings.json');
    writeFileSync(path, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
    // A window in a browser takes those of scope `machine` from the server's own file.
    const machine = join(this.options.directory, 'user-data', 'Machine');
    mkdirSync(machine, { recursive: true });
    writeFileSync(join(machine, 'settings.json'), JSON.stringify(settings, null, 2));
  }

  /** Installs a packaged extension as a user does on a shell; throws with the program's words if it is refused. */
  async installExtension(vsix: string): Promise<void> {
    const args = [...this.folders(), '--install-extension', vsix, '--force'];
    await promisify(execFile)(codeServerProgram(), args, { env: this.environment() });
  }

  /** Starts the server and returns when it answers; throws with its log when it does not within a minute. */
  async start(): Promise<void> {
    const port = await freePort();
    const log = openSync(this.logPath, 'a');
    const flags = ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-update-check'];
    const quiet = ['--disable-telemetry', '--disable-getting-started-override', '--ignore-last-opened'];
    const child = spawn(codeServerProgram(), [...flags, ...quiet, ...this.folders()], {
      detached: true,
      env: this.environment(),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    this.address = `http://127.0.0.1:${port}/`;
    await pollUntil(
      async () => {
        if (child.exitCode !== null)
          throw new Error(`code-server ended with ${child.exitCode}:\n${this.log}`);
        return isHealthy(`${this.address}healthz`);
      },
      { what: () => `code-server to answer; its log:\n${this.log}`, timeoutMs: 60_000 },
    );
  }

  /** Ends the server and the extension hosts that it started; processes in sessions of their own live on. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    process.kill(-child.pid, 'SIGTERM');
    const killTimer = setTimeout(() => killGroup(child), 5_000);
    await ended;
    clearTimeout(killTimer);
    killGroup(child);
  }

  private get logPath(): string {
    return join(this.options.directory, 'server.log');
  }

  private folders(): string[] {
    const { directory } = this.options;
    return [
      '--user-data-dir',
      join(directory, 'user-data'),
      '--extensions-dir',
      join(directory, 'extensions'),
    ];
  }

  private environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(VSCODE_|VITEST|NODE_OPTIONS$)/.test(name),
    );
    // No gallery: without one VS Code does not ask the network for extensions.
    return { ...Object.fromEntries(inherited), EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...this.options.env };
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}
