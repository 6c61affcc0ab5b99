/** The command line as a user runs it, with a home of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { locatePaths, type Paths } from '../../simulator/base/paths';
import { readEngineFile } from '../../simulator/base/engineFile';

export const PYTHON = process.env['HELIOSTAT_TEST_PYTHON'] ?? '/tmp/rayenv/bin/python';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class Heliostat {
  readonly env: NodeJS.ProcessEnv;
  readonly paths: Paths;

  constructor() {
    const home = mkdtempSync(path.join(tmpdir(), 'heliostat-test-'));
    this.env = { ...process.env, HELIOSTAT_HOME: home };
    this.paths = locatePaths(this.env);
  }

  /** Runs a command to its end; `meanwhile` gets its process and what it printed so far. */
  run(
    args: string[],
    meanwhile?: (child: ChildProcess, printed: () => string) => Promise<void>,
  ): Promise<Ended> {
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], { env: this.env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
    const other = meanwhile?.(child, () => stdout + stderr);
    return new Promise((resolve, reject) => {
      other?.catch(reject);
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  killEngine(): void {
    const engine = readEngineFile(this.paths.engineFile);
    if (!engine) throw new Error('There is no engine.');
    process.kill(engine.pid, 'SIGKILL');
  }

  /** Processes that carry the mark of a cluster of this home, by pid. */
  markedProcesses(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${this.paths.clusters}/`);
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  clusterDirs(): string[] {
    return existsSync(this.paths.clusters) ? readdirSync(this.paths.clusters) : [];
  }

  async end(): Promise<void> {
    await this.run(['down', '--force']);
    const engine = readEngineFile(this.paths.engineFile);
    if (engine) process.kill(engine.pid, 'SIGTERM');
    rmSync(this.paths.home, { recursive: true, force: true });
    rmSync(this.paths.clusters, { recursive: true, force: true });
  }
}

export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  deadlineMs = 60_000,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
