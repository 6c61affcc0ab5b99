import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

const WATCHDOG = path.resolve('simulator/probe/heliostat_watchdog.py');
const children: ChildProcess[] = [];
const root = mkdtempSync(path.join(tmpdir(), 'hswatch-'));

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** A cluster's directory that may be without its engine for so many seconds. */
function makeCluster(name: string, seconds: number): string {
  const dir = path.join(root, name);
  mkdirSync(path.join(dir, 'shared'), { recursive: true });
  writeFileSync(path.join(dir, 'shared', 'alive'), String(seconds / 60));
  return dir;
}

function start(command: string, args: string[], dir: string): ChildProcess {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], HELIOSTAT_DIR: dir },
    stdio: 'ignore',
  });
  children.push(child);
  return child;
}

const isAlive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

describe('the watchdog', () => {
  it('ends what belongs to a forgotten cluster, and its directory, and nothing that only looks like it', async () => {
    const dir = makeCluster('abcdef', 1);
    const other = makeCluster('abcdefg', 1);
    const own = start('sleep', ['600'], dir);
    const foreign = start('sleep', ['600'], other);
    const nested = start('sleep', ['600'], path.join(dir, 'deeper'));
    const watchdog = start('python3', ['-I', '-S', WATCHDOG, dir], dir);
    await once(watchdog, 'exit');
    expect(own.signalCode).toBe('SIGKILL');
    expect(existsSync(dir)).toBe(false);
    expect([isAlive(foreign), isAlive(nested), existsSync(other)]).toEqual([true, true, true]);
  });

  it('leaves a cluster alone while its engine lives, and for ever where that was wished', async () => {
    const cared = makeCluster('cared', 5);
    const kept = makeCluster('kept', 0);
    const processes = [cared, kept].map((dir) => start('sleep', ['600'], dir));
    for (const dir of [cared, kept]) start('python3', ['-I', '-S', WATCHDOG, dir], dir);
    for (let beat = 0; beat < 20; beat++) {
      utimesSync(path.join(cared, 'shared', 'alive'), new Date(), new Date());
      await sleep(400);
    }
    expect(processes.map(isAlive)).toEqual([true, true]);
  });
});
