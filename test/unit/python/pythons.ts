/** Real virtual environments with pretended packages: fast to make, and real to whoever looks at them. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { silentLog } from '../../../simulator/base/context';
import type { Context } from '../../../simulator/base/context';

export const assetsDir = path.resolve(__dirname, '../../../simulator/python');

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'hs-python-')));
  folders.push(folder);
  return folder;
}

/** The interpreter that `python3` stands for, past any shim. */
export function realPython(): string {
  return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}

export interface Package {
  name: string;
  version: string;
  requires?: string[];
}

export const RAY: Package = { name: 'ray', version: '2.60.0' };

/** Makes a virtual environment and answers its interpreter. */
export function makeEnvironment(folder: string, packages: Package[] = []): string {
  execFileSync(realPython(), ['-m', 'venv', '--without-pip', folder]);
  for (const each of packages) addPackage(folder, each);
  return path.join(folder, 'bin', 'python');
}

export function addPackage(environment: string, { name, version, requires = [] }: Package): void {
  const info = path.join(sitePackages(environment), `${name}-${version}.dist-info`);
  mkdirSync(info, { recursive: true });
  const needed = requires.map((requirement) => `Requires-Dist: ${requirement}\n`).join('');
  writeFileSync(
    path.join(info, 'METADATA'),
    `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${needed}`,
  );
}

export function removePackage(environment: string, { name, version }: Package): void {
  rmSync(path.join(sitePackages(environment), `${name}-${version}.dist-info`), { recursive: true });
}

/** Writes a module into an environment. */
export function addModule(environment: string, file: string, text: string): void {
  const full = path.join(sitePackages(environment), file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
}

/** A folder for the PATH in which `names` are links to a program. */
export function binFolder(names: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, program] of Object.entries(names)) symlinkSync(program, path.join(folder, name));
  return folder;
}

export interface Recorded extends Context {
  steps: string[];
  lines: string[];
  cancel(): void;
}

/** A context that keeps what it is told. */
export function recordingContext(): Recorded {
  const controller = new AbortController();
  const steps: string[] = [];
  const lines: string[] = [];
  return {
    steps,
    lines,
    signal: controller.signal,
    log: { ...silentLog, info: (message) => lines.push(message) },
    step: (text) => steps.push(text),
    cancel: () => controller.abort(),
  };
}

function sitePackages(environment: string): string {
  const lib = path.join(environment, 'lib');
  const version = readdirSync(lib).find((name) => name.startsWith('python'));
  return path.join(lib, version ?? 'python3', 'site-packages');
}
