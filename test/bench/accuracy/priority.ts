/**
 * Lets a cluster's processes come before whatever else this machine does (as root, under Linux; elsewhere the machine has
 * to be quiet by itself). What only shows the cluster stays behind.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Processes that they start from then on come before as well. */
export function putBefore(pids: readonly number[]): void {
  schedule(pids, ['--rr', '--pid', '1']);
}

export function putAmong(pids: readonly number[]): void {
  schedule(pids, ['--other', '--pid', '0']);
}

function schedule(pids: readonly number[], policy: readonly string[]): void {
  for (const pid of pids) {
    if (!/dashboard/.test(commandOf(pid)))
      spawnSync('chrt', ['--all-tasks', ...policy, `${pid}`], { stdio: 'ignore' });
  }
}

/** Empty where it has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
