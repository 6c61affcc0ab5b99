/** Ends processes that were started with a mark in their environment, and what they started. */
import { readdirSync, readFileSync } from 'node:fs';
import { until } from './heliostat';

/** `mark` is `NAME=value`. Returns when none is left. */
export async function endMarked(mark: string): Promise<void> {
  await until(`nothing carries ${mark}`, () => {
    const pids = readdirSync('/proc').filter(
      (name) => /^\d+$/.test(name) && environOf(name).includes(`${mark}\0`),
    );
    for (const pid of pids) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
    return pids.length === 0;
  });
}

function environOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
