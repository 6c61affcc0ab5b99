/**
 * Python environments of our own, one for each set of dependencies, made once and kept. A directory counts when the
 * file that is written last is in it; any other is half-made (its maker was killed) and is removed by the next making.
 */
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from '../base/context';
import { fail } from '../model/failure';
import { shellCommand } from '../model/shell';
import { findBasePython } from './basePython';
import { runCommand } from './commands';
import type { Inspection, Inspector } from './inspector';
import { stepOfLine } from './installProgress';
import { interpreterIn, onPath } from './locations';
import { allowsPython, minorOf, OLDEST_RAY } from '../base/pythonVersion';
import { SharedWork } from './sharedWork';

export interface EnvironmentRequest {
  /** Absolute path of the script's folder. */
  scriptDir: string;
  requiresPython?: string;
  dependencies: string[];
  /** What the commands get: the PATH to look in, and settings of pip and uv. */
  env: NodeJS.ProcessEnv;
}

/** What a cluster's Python needs beside what the script asks for. */
export const BASE_REQUIREMENTS = [`ray[default]>=${OLDEST_RAY}`, 'debugpy'];

const COMPLETE_FILE = 'complete.json';
const FALLBACK_PYTHON = '3.12';
const DAY_MS = 86_400_000;

interface Plan {
  request: EnvironmentRequest;
  requirements: string[];
  /** Of the requirements alone; the directory's name begins with Python's version. */
  hash: string;
}

export class ManagedEnvironments {
  private readonly working = new Map<string, SharedWork<Inspection>>();
  private readonly unfinished = new Set<string>();

  /** `folder` holds one directory per environment; `base` is installed in each of them. */
  constructor(
    private readonly folder: string,
    private readonly inspector: Inspector,
    private readonly base: string[] = BASE_REQUIREMENTS,
  ) {}

  /**
   * The environment with these dependencies, made if it is not there yet. Fails as `python-not-found`,
   * `environment-failed` or `cancelled`; then nothing of it is left. Requests at the same time share one making.
   */
  async provide(ctx: Context, request: EnvironmentRequest): Promise<Inspection> {
    const plan = this.plan(request);
    const key = JSON.stringify([plan.hash, request.requiresPython]);
    for (;;) {
      const work = this.working.get(key) ?? this.begin(key, plan);
      if (!work.abandoned) return work.join(ctx);
      await work.settled();
    }
  }

  private plan(request: EnvironmentRequest): Plan {
    const texts = [...request.dependencies, ...this.base].map((text) => text.trim());
    const requirements = [...new Set(texts)].sort();
    const hash = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
    return { request, requirements, hash };
  }

  private begin(key: string, plan: Plan): SharedWork<Inspection> {
    const work = new SharedWork(async (ctx) => {
      try {
        return (await this.existing(ctx, plan)) ?? (await this.make(ctx, plan));
      } finally {
        this.working.delete(key);
      }
    });
    this.working.set(key, work);
    return work;
  }

  private async existing(ctx: Context, { hash, request, requirements }: Plan): Promise<Inspection | null> {
    const names = (await readdir(this.folder).catch(() => [])).sort();
    const isExact = (name: string) => name.split('-')[1] === hash;
    for (const name of [...names.filter(isExact), ...names.filter((each) => !isExact(each))]) {
      const has = new Set(await this.requirementsOf(name));
      if (!requirements.every((requirement) => has.has(requirement))) continue;
      const inspected = await this.look(ctx, path.join(this.folder, name), request);
      if ('unusable' in inspected || !allowsPython(request.requiresPython, inspected.version)) continue;
      await utimes(path.join(this.folder, name, COMPLETE_FILE), new Date(), new Date());
      return inspected;
    }
    return null;
  }

  /** Empty for one that is half-made. */
  private async requirementsOf(name: string): Promise<string[]> {
    const text = await readFile(path.join(this.folder, name, COMPLETE_FILE), 'utf8').catch(() => '{}');
    return textList(JSON.parse(text));
  }

  /**
   * Removes those that nobody has asked for in so many days, and returns their names. `inUse` are interpreters of
   * clusters that are there.
   */
  async prune(unusedDays: number, inUse: readonly string[]): Promise<string[]> {
    const removed: string[] = [];
    for (const name of await readdir(this.folder).catch(() => [])) {
      const dir = path.join(this.folder, name);
      const used = await stat(path.join(dir, COMPLETE_FILE)).catch(() => null);
      const isOld = used !== null && Date.now() - used.mtimeMs >= unusedDays * DAY_MS;
      if (!isOld || inUse.includes(interpreterIn(dir))) continue;
      // First what says that it is whole: nobody may choose it half removed.
      await rm(path.join(dir, COMPLETE_FILE), { force: true });
      await remove(dir);
      removed.push(name);
    }
    return removed;
  }

  private look(ctx: Context, dir: string, { env }: EnvironmentRequest) {
    return this.inspector.inspect(ctx, {
      executable: interpreterIn(dir),
      dependencies: [],
      cwd: this.folder,
      env,
    });
  }

  private async isComplete(name: string): Promise<boolean> {
    return access(path.join(this.folder, name, COMPLETE_FILE)).then(
      () => true,
      () => false,
    );
  }

  private async make(ctx: Context, plan: Plan): Promise<Inspection> {
    const { request } = plan;
    const uv = await onPath('uv', request.env);
    const base = await findBasePython(ctx, { ...request, needsVenv: uv === null }, this.inspector);
    if ('tried' in base && uv === null) fail({ code: 'python-not-found', tried: base.tried });
    const basePython = 'tried' in base ? null : base;
    const version = basePython ? minorOf(basePython.version) : 'uv';
    // The name differs each time: a maker that outlives a killed engine never writes into the next one's directory.
    const name = `${version}-${plan.hash}-${randomBytes(3).toString('hex')}`;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.removeHalfMade();
    ctx.step(basePython ? `Making a Python ${version} environment` : 'Making a Python environment');
    return this.fill(ctx, plan, name, uv, basePython?.executable ?? null);
  }

  private async fill(ctx: Context, plan: Plan, name: string, uv: string | null, basePython: string | null) {
    const dir = path.join(this.folder, name);
    const temporary = `${dir}.tmp`;
    const own = [name, path.basename(temporary)];
    own.forEach((each) => this.unfinished.add(each));
    try {
      await mkdir(temporary);
      const env = cleanEnvironment(plan.request.env, temporary);
      for (const argv of commandsOf(plan, dir, uv, basePython)) await this.runStep(ctx, argv, env);
      const record = { requirements: plan.requirements, madeMs: Date.now() };
      await writeFile(path.join(dir, COMPLETE_FILE), JSON.stringify(record));
      const inspected = await this.look(ctx, dir, plan.request);
      if (!('unusable' in inspected)) return inspected;
      return fail({ code: 'environment-failed', command: interpreterIn(dir), output: inspected.unusable });
    } catch (thrown) {
      await remove(dir);
      throw thrown;
    } finally {
      await remove(temporary);
      own.forEach((each) => this.unfinished.delete(each));
    }
  }

  private async runStep(ctx: Context, argv: [string, ...string[]], env: NodeJS.ProcessEnv): Promise<void> {
    ctx.log.info(`$ ${shellCommand(argv)}`);
    const onLine = (line: string) => {
      ctx.log.info(line);
      const step = stepOfLine(line);
      if (step !== null) ctx.step(step);
    };
    // Our own folder, so that uv does not take settings from a project it happens to be in.
    const end = await runCommand({ argv, cwd: this.folder, env, signal: ctx.signal, onLine });
    if (end.exitCode === 0) return;
    fail({ code: 'environment-failed', command: shellCommand(argv), output: end.tail });
  }

  private async removeHalfMade(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (!this.unfinished.has(name) && !(await this.isComplete(name)))
        await remove(path.join(this.folder, name));
    }
  }
}

function commandsOf(
  plan: Plan,
  dir: string,
  uv: string | null,
  basePython: string | null,
): [string, ...string[]][] {
  const python = interpreterIn(dir);
  if (uv !== null) {
    const wanted = basePython ?? plan.request.requiresPython ?? FALLBACK_PYTHON;
    return [
      [uv, 'venv', '--python', wanted, dir],
      [uv, 'pip', 'install', '--python', python, '--', ...plan.requirements],
    ];
  }
  const quiet = ['--no-input', '--progress-bar', 'off', '--disable-pip-version-check'];
  return [
    [basePython ?? 'python3', '-m', 'venv', dir],
    [python, '-m', 'pip', 'install', ...quiet, '--', ...plan.requirements],
  ];
}

const MISLEADING = [
  ...['PYTHONHOME', 'PYTHONPATH', 'VIRTUAL_ENV', 'PIP_TARGET', 'PIP_PREFIX'],
  ...['FORCE_COLOR', 'CLICOLOR_FORCE'],
];

/**
 * The user's environment without what would send packages elsewhere or colour what is read here, and with temporary
 * files where we remove them.
 */
function cleanEnvironment(env: NodeJS.ProcessEnv, temporary: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !MISLEADING.includes(name));
  return { ...Object.fromEntries(kept), PIP_USER: '0', PYTHONUNBUFFERED: '1', NO_COLOR: '1', TMPDIR: temporary };
}

/** The `requirements` of what an environment says of itself. */
function textList(record: unknown): string[] {
  const { requirements } = record as { requirements?: unknown };
  return Array.isArray(requirements) ? requirements.filter((one) => typeof one === 'string') : [];
}

async function remove(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
}
