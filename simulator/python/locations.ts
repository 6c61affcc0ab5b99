/** Where Pythons lie on this machine. Looks at names only; runs nothing. */
import { access, constants, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { compareVersions } from '../base/pythonVersion';

/** The folder and those above it, up to `last` where that is one of them, else up to the root. */
export function foldersUpward(folder: string, last: string): string[] {
  const folders = [folder];
  for (let here = folder; here !== last && here !== path.dirname(here);) {
    here = path.dirname(here);
    folders.push(here);
  }
  return folders;
}

/** What typing `name` would run; null when nothing. */
export async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (path.isAbsolute(folder) && (await isExecutable(file))) return file;
  }
  return null;
}

/** The interpreter of a virtual environment. */
export function interpreterIn(environment: string): string {
  return path.join(environment, 'bin', 'python');
}

/** The nearest `.venv` in a folder or above it that has an interpreter; looks no higher than the user's home. */
export async function nearestEnvironment(folder: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const here of foldersUpward(folder, homeOf(env))) {
    const interpreter = interpreterIn(path.join(here, '.venv'));
    if (await isExecutable(interpreter)) return interpreter;
  }
  return null;
}

/** Interpreters that pyenv installed, newest first. */
export async function pyenvPythons(
  env: NodeJS.ProcessEnv,
): Promise<{ version: string; executable: string }[]> {
  const folder = path.join(pyenvFolder(env), 'versions');
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .sort((a, b) => compareVersions(b, a))
    .map((version) => ({ version, executable: interpreterIn(path.join(folder, version)) }));
}

export function pyenvFolder(env: NodeJS.ProcessEnv): string {
  return env['PYENV_ROOT'] ?? path.join(homeOf(env), '.pyenv');
}

/** What a setting means by a Python: an interpreter, a virtual environment's folder, or a name on the PATH. */
export async function selectedPython(selected: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (!selected.includes('/')) return (await onPath(selected, env)) ?? selected;
  const found = await stat(selected).catch(() => null);
  return found?.isDirectory() ? interpreterIn(selected) : selected;
}

export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function homeOf(env: NodeJS.ProcessEnv): string {
  return env['HOME'] ?? homedir();
}
