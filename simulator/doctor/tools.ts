/** Programs that the doctor asks, and how packages are installed here. */
import { existsSync } from 'node:fs';
import { readText } from '../base/files';
import { onPath } from '../python/locations';
import { runCommand } from '../python/commands';

const LIMIT_MS = 10_000;

/** What a program prints, or null when it is not there or fails. */
export async function ask(
  env: NodeJS.ProcessEnv,
  program: string,
  ...args: string[]
): Promise<string | null> {
  const file = program.includes('/') ? program : await onPath(program, env);
  if (file === null || !existsSync(file)) return null;
  const end = await runCommand({
    argv: [file, ...args],
    env,
    signal: new AbortController().signal,
    limitMs: LIMIT_MS,
  });
  return end.exitCode === 0 ? end.stdout.trim() : null;
}

/** The line that installs a package with this system's package manager. */
export function installLine(debian: string, fedora: string, brew: string): string {
  if (process.platform === 'darwin') return `brew install ${brew}`;
  const family = /^ID(?:_LIKE)?=.*(?:fedora|rhel|centos|suse)/m.test(readText('/etc/os-release') ?? '');
  return family ? `sudo dnf install -y ${fedora}` : `sudo apt-get install -y ${debian}`;
}
