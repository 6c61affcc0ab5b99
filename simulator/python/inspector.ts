/**
 * What an interpreter can do, asked from itself by `inspect_env.py` and remembered until one of the files that decide
 * it changes. Remembered answers cost a few stats: every run asks.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from '../base/context';
import { runCommand } from './commands';
import { foldersUpward, pyenvFolder } from './locations';

export interface Inspection {
  /** Absolute path, of the interpreter itself where the one asked is a shim. */
  executable: string;
  /** `3.12.1` */
  version: string;
  prefix: string;
  rayVersion: string | null;
  /** Whether the installed Ray has what its dashboard and Jobs API need (`ray[default]`). */
  rayHasDashboard: boolean;
  debugpyVersion: string | null;
  /** Whether `python -m venv` works. */
  canMakeEnvironments: boolean;
  /** Folders that packages are imported from. */
  sitePackages: string[];
  /** Those of the asked dependencies that are not installed, as they were written. */
  unsatisfied: string[];
}

export type Inspected = Inspection | { unusable: string };

export interface InspectionRequest {
  /** Path of something that runs as Python. */
  executable: string;
  dependencies: string[];
  /** Where it runs: a version manager's shim decides by folder. */
  cwd: string;
  env: NodeJS.ProcessEnv;
}

interface Remembered {
  files: string[];
  fingerprint: string;
  inspection: Inspection;
}

const LIMIT_MS = 30_000;
const REMEMBERED_LIMIT = 500;
/** File times come in steps of the kernel's tick; a change in the step before an inspection may have been missed. */
const FILE_TIME_STEP_MS = 20;
const SHAPING_VARIABLES = ['PYTHONPATH', 'PYTHONHOME', 'PYTHONNOUSERSITE', 'PYENV_VERSION', 'HOME'];

export class Inspector {
  private readonly remembered = new Map<string, Remembered>();

  /** `assetsDir` is the folder in which `inspect_env.py` lies. */
  constructor(private readonly assetsDir: string) {}

  async inspect(ctx: Context, request: InspectionRequest): Promise<Inspected> {
    const key = keyOf(request);
    const known = this.remembered.get(key);
    if (known && (await fingerprintOf(known.files)).text === known.fingerprint) return known.inspection;
    const startMs = Date.now();
    const inspected = await this.ask(ctx, request);
    if (!('unusable' in inspected)) await this.remember(key, request, inspected, startMs);
    return inspected;
  }

  private async ask(ctx: Context, request: InspectionRequest): Promise<Inspected> {
    const end = await runCommand({
      argv: [request.executable, '-B', path.join(this.assetsDir, 'inspect_env.py')],
      cwd: request.cwd,
      env: request.env,
      signal: ctx.signal,
      input: JSON.stringify({ dependencies: request.dependencies }),
      limitMs: LIMIT_MS,
    });
    if (end.exitCode !== 0)
      return { unusable: end.tail || `It ended with code ${end.exitCode} and said nothing.` };
    return readInspection(end.stdout) ?? { unusable: `It answered strangely: ${end.tail}` };
  }

  private async remember(key: string, request: InspectionRequest, inspection: Inspection, startMs: number) {
    const files = decidingFiles(request, inspection);
    const { text, newestMs } = await fingerprintOf(files);
    this.remembered.delete(key);
    if (newestMs >= startMs - FILE_TIME_STEP_MS) return;
    this.remembered.set(key, { files, fingerprint: text, inspection });
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > REMEMBERED_LIMIT && oldest !== undefined) this.remembered.delete(oldest);
  }
}

function keyOf({ executable, dependencies, cwd, env }: InspectionRequest): string {
  return JSON.stringify([executable, dependencies, cwd, SHAPING_VARIABLES.map((name) => env[name] ?? null)]);
}

/** Files whose change can change the answer; they need not exist. */
function decidingFiles({ executable, cwd, env }: InspectionRequest, inspection: Inspection): string[] {
  const files = [executable, path.join(inspection.prefix, 'pyvenv.cfg'), ...inspection.sitePackages];
  if (inspection.executable === executable) return files;
  const choices = foldersUpward(cwd, '/').map((folder) => path.join(folder, '.python-version'));
  return [...files, inspection.executable, path.join(pyenvFolder(env), 'version'), ...choices];
}

async function fingerprintOf(files: string[]): Promise<{ text: string; newestMs: number }> {
  const stats = await Promise.all(files.map((file) => stat(file).catch(() => null)));
  return {
    text: stats
      .map((found) => (found ? `${found.dev}.${found.ino}.${found.size}.${found.mtimeMs}` : ''))
      .join(' '),
    newestMs: Math.max(...stats.map((found) => found?.mtimeMs ?? 0)),
  };
}

/** The last line is ours; a site's own start-up code may print before it. */
function readInspection(stdout: string): Inspection | null {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    const said: unknown = JSON.parse(line);
    return isInspection(said) ? said : null;
  } catch {
    return null;
  }
}

function isInspection(said: unknown): said is Inspection {
  if (typeof said !== 'object' || said === null) return false;
  const { executable, version, prefix, sitePackages, unsatisfied } = said as Partial<Record<string, unknown>>;
  return [executable, version, prefix].every(isText) && isTexts(sitePackages) && isTexts(unsatisfied);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}
