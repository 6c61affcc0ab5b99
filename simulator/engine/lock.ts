/** One engine per user: the first to write the lock file is it. A lock whose process is gone is taken over. */
import { openSync, readFileSync, rmSync, writeSync, closeSync } from 'node:fs';

/** False when another engine is alive. */
export function acquireLock(file: string): boolean {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = openSync(file, 'wx', 0o600);
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return holdsLock(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (isEngine(readPid(file))) return false;
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

/** Process ids are used again: on Linux the command line tells whether it is one of ours. */
function isEngine(pid: number | null): boolean {
  if (pid === null || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine.js');
  } catch {
    return process.platform !== 'linux';
  }
}
