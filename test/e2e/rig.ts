/** A VS Code with Heliostat in it and a folder of samples open, on an engine of its own. Needs dist/ and heliostat.vsix. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { VsCode } from './vscode';

/** What needs a cluster may take so long. */
export const SLOW_MS = 120_000;

export class Rig {
  private constructor(
    readonly heliostat: Heliostat,
    readonly code: VsCode,
    private readonly directory: string,
  ) {}

  /** The folder that the window shows. */
  get workspace(): string {
    return path.join(this.directory, 'workspace');
  }

  /** `samples` is copied: the window shows the copy. */
  static async start(samples: string, settings: Record<string, unknown> = {}): Promise<Rig> {
    if (!existsSync('heliostat.vsix')) execFileSync('npm', ['run', 'vsix'], { stdio: 'ignore' });
    const heliostat = new Heliostat();
    const directory = mkdtempSync(path.join(tmpdir(), 'heliostat-e2e-'));
    try {
      const workspace = path.join(directory, 'workspace');
      mkdirSync(workspace);
      cpSync(samples, workspace, { recursive: true });
      const code = await VsCode.start({
        directory,
        workspace,
        vsix: [path.resolve('heliostat.vsix')],
        env: { HELIOSTAT_HOME: heliostat.paths.home },
        settings: { 'heliostat.python': PYTHON, ...settings },
      });
      return new Rig(heliostat, code, directory);
    } catch (error) {
      await leave(heliostat, directory);
      throw error;
    }
  }

  async end(): Promise<void> {
    await this.code.stop();
    await leave(this.heliostat, this.directory);
  }
}

async function leave(heliostat: Heliostat, directory: string): Promise<void> {
  await heliostat.end();
  rmSync(directory, { recursive: true, force: true });
}
