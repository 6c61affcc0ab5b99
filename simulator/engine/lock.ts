/** One engine per user: the first to write the lock file is it. A lock whose process is gone is taken over. */
import { execFileSync } from 'node:child_process';
import { openSync, readFileSync, rmSync, writeSync, closeSync } from 'node:fs';

/** False when another engine is alive. */
export function acquireLock(file: string, platform: NodeJS.Platform = process.platform): boolean {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = openSync(file, 'wx', 0o600);
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return holdsLock(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (isEngine(readPid(file), platform)) return false;
      rmSync(file, { force: true });
    }
  }
  return false;
}

/** Two that take over a dead one's lock at the same moment: whoever wrote last has it. */
export function holdsLock(file: string): boolean {
  return readPid(file) === process.pid;
}

export function releaseLock(file: string): void {
  if (holdsLock(file)) rmSync(file, { force: true });
}

function readPid(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Process ids are used again, and a lock outlives a reboot: the command line tells whether it is one of ours. */
function isEngine(pid: number | null, platform: NodeJS.Platform): boolean {
  if (pid === null || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    return commandLine(pid, platform).includes('engine.js');
  } catch {
    return false;
  }
}

/** Throws where there is no such process. */
function commandLine(pid: number, platform: NodeJS.Platform): string {
  return platform === 'linux'
    ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    : execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
}
