/** One engine per user, also after its process id was given to another process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock } from '../../../simulator/engine/lock';

let dir: string;
let lock: string;
let holder: ChildProcess | null;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'heliostat-lock-'));
  lock = path.join(dir, 'engine.lock');
  holder = null;
});
afterEach(() => {
  holder?.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** A live process of this name has the process id that stands in the lock. */
async function heldBy(script: string): Promise<void> {
  const file = path.join(dir, script);
  writeFileSync(file, "console.log('here'); setTimeout(() => {}, 60_000);");
  holder = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => holder!.stdout!.once('data', resolve));
  writeFileSync(lock, String(holder.pid));
}

// Both ways of asking work here: macOS has the `ps` that Linux has.
describe.each(['linux', 'darwin'] as const)('on %s, a lock', (platform) => {
  it('of an engine that lives is left alone', async () => {
    await heldBy('engine.js');
    expect(acquireLock(lock, platform)).toBe(false);
    expect(readFileSync(lock, 'utf8')).toBe(String(holder!.pid));
  });

  it('of an engine whose process id another program has now is taken over', async () => {
    await heldBy('other.js');
    expect(acquireLock(lock, platform)).toBe(true);
    expect(readFileSync(lock, 'utf8')).toBe(String(process.pid));
  });

  it("of an engine whose process id the system's first process has now is taken over", () => {
    writeFileSync(lock, '1');
    expect(acquireLock(lock, platform)).toBe(true);
  });

  it('of an engine that has gone is taken over', async () => {
    await heldBy('engine.js');
    const gone = new Promise((resolve) => holder!.once('exit', resolve));
    holder!.kill('SIGKILL');
    await gone;
    expect(acquireLock(lock, platform)).toBe(true);
  });
});
