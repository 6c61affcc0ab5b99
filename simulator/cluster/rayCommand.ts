/** Running one `ray start` so that it (and what it starts) outlives us, and saying what went wrong with it. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { stripColours } from '../base/text';
import { fail } from '../model/failure';
import { quoteWord, shellCommand } from '../model/shell';

export interface RayCommand {
  python: string;
  /** `ray`'s own arguments, `start` first. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Its output is appended here. */
  logFile: string;
}

export interface RunningCommand {
  /** The exit code, -1 when a signal ended it or it could not be started. Never rejects. */
  exited: Promise<number>;
  /** What it has printed so far, this time. */
  output(): string;
}

/** `python -m` rather than the `ray` script, which need not be on any PATH and holds the path of its interpreter. */
export function runRay(command: RayCommand): RunningCommand {
  const before = existsSync(command.logFile) ? readFileSync(command.logFile).length : 0;
  const log = openSync(command.logFile, 'a', 0o600);
  const child = spawn(command.python, ['-m', 'ray.scripts.scripts', ...command.args], {
    cwd: command.cwd,
    env: command.env,
    // A session of its own: it survives us, and its members are found again by it.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let spawnError = '';
  const exited = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      spawnError = `${error.message}\n`;
      resolve(-1);
    });
    child.once('exit', (code) => resolve(code ?? -1));
  });
  return {
    exited,
    output: () => spawnError + stripColours(readFileSync(command.logFile).subarray(before).toString('utf8')),
  };
}

/** The variables that the command would not do the same without, for whoever pastes it. */
/** Without the secret address of Ray's events. */
const SHOWN = /^(RAY_(?!DASHBOARD_AGGREGATOR)|HELIOSTAT_|PYTHONPATH$|CUDA_VISIBLE_DEVICES$)/;
const LAST_LINES = 20;

/** Fails as `cluster-start-failed` with the command in pasteable form and the last lines of its output. */
export function failStart(step: string, command: RayCommand, output: string): never {
  const env = Object.entries(command.env)
    .filter(([key, value]) => SHOWN.test(key) && value !== undefined)
    .map(([key, value]) => `${key}=${quoteWord(value ?? '')}`);
  const words = shellCommand([command.python, '-m', 'ray.scripts.scripts', ...command.args]);
  fail({
    code: 'cluster-start-failed',
    step,
    command: [...env, words].join(' '),
    output: lastLines(output),
  });
}

export function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
}
