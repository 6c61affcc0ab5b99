/**
 * A debugpy of our own for nodes whose Python has none: the wheel that is for every Python and platform, so that one
 * copy serves this machine's interpreters and those in images. Slower before Python 3.12 than one with native parts.
 */
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { zipSync } from 'fflate';
import type { Context } from '../base/context';
import { runCommand } from './commands';

const ANY_PYTHON = [
  ...['--only-binary=:all:', '--platform', 'any', '--python-version', '3.12'],
  ...['--implementation', 'py', '--abi', 'none', '--no-deps'],
];
/** A process waits a minute for it: who asks where PyPI does not answer is told before that. */
const IN_TIME = ['--no-input', '--disable-pip-version-check', '--timeout', '10', '--retries', '1'];
const INSTALL_MS = 120_000;
const LOOK_MS = 20_000;

/** For Windows, and debugpy's own tests. */
const LEFT_OUT = /winappdbg|\/tests\//;
const TAKEN = /\.(py|so|dylib)$/;

export interface DebugpyRequest {
  /** Interpreters of this machine that may have pip. */
  pythons: string[];
  /** Where the copy is kept. */
  kept: string;
}

export async function hasDebugpy(ctx: Context, python: string): Promise<boolean> {
  const argv: [string, ...string[]] = [python, '-c', 'import debugpy'];
  const end = await runCommand({ argv, env: process.env, signal: ctx.signal, limitMs: LOOK_MS });
  return end.exitCode === 0;
}

/** The folder to import it from; null when no pip could get it, which the log tells. */
export async function provideDebugpy(
  ctx: Context,
  /** `shared`: where the nodes see it. */
  { shared, ...request }: DebugpyRequest & { shared: string },
): Promise<string | null> {
  if (existsSync(shared)) return shared;
  if (!(await keepDebugpy(ctx, request))) return null;
  await cp(request.kept, shared, { recursive: true });
  return shared;
}

/** The same as a zip file of some 600 kB, for nodes that see no folder of this machine. */
export async function packDebugpy(ctx: Context, request: DebugpyRequest): Promise<Uint8Array | null> {
  if (!(await keepDebugpy(ctx, request))) return null;
  const { kept } = request;
  const all = await readdir(path.join(kept, 'debugpy'), { recursive: true });
  const names = all.filter((name) => TAKEN.test(name) && !LEFT_OUT.test(name));
  const files = await Promise.all(
    names.map(async (name) => [`debugpy/${name}`, await readFile(path.join(kept, 'debugpy', name))] as const),
  );
  return zipSync(Object.fromEntries(files));
}

async function keepDebugpy(ctx: Context, { pythons, kept }: DebugpyRequest): Promise<boolean> {
  return existsSync(kept) || install(ctx, pythons, kept);
}

async function install(ctx: Context, pythons: string[], folder: string): Promise<boolean> {
  const half = `${folder}.half`;
  for (const python of pythons) {
    const argv: [string, ...string[]] = [
      python,
      ...['-m', 'pip', 'install', '--quiet', ...IN_TIME, '--target', half, ...ANY_PYTHON, 'debugpy'],
    ];
    const end = await runCommand({ argv, env: process.env, signal: ctx.signal, limitMs: INSTALL_MS });
    if (end.exitCode === 0) {
      await rename(half, folder);
      return true;
    }
    ctx.log.warn(`No debugpy by ${python}: ${end.tail}`);
    await rm(half, { recursive: true, force: true });
  }
  return false;
}
