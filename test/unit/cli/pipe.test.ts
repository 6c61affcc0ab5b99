/** The command line in a pipe. Needs dist/. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

const home = mkdtempSync(path.join(tmpdir(), 'heliostat-pipe-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

it('ends quietly when nobody reads it any more', async () => {
  const env = { ...process.env, HELIOSTAT_HOME: home };
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), 'prices'], { env });
  // Long before the program has anything to say.
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(stderr).toBe('');
  expect(code).toBe(0);
});
