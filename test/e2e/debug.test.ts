/** Debugging a remote task in a real VS Code by clicks: gutter, lens, call stack, variables, Continue All. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { codeServerProgram } from './codeServer';
import { VsCode } from './vscode';

const isInstalled = existsSync(codeServerProgram());
if (!isInstalled) process.stderr.write('Skipped: no code-server. Install it with .ci/installCodeServer.sh\n');

const SLOW_MS = 120_000;

describe.skipIf(!isInstalled)('Debug on cluster in VS Code', () => {
  let heliostat: Heliostat;
  let code: VsCode;
  let directory: string;

  beforeAll(async () => {
    if (!existsSync('heliostat.vsix')) execFileSync('npm', ['run', 'package'], { stdio: 'ignore' });
    heliostat = new Heliostat();
    directory = mkdtempSync(path.join(tmpdir(), 'heliostat-e2e-debug-'));
    const workspace = path.join(directory, 'workspace');
    mkdirSync(workspace);
    cpSync('test/samples/debug', workspace, { recursive: true });
    code = await VsCode.start({
      directory,
      workspace,
      vsix: [path.resolve('heliostat.vsix')],
      env: { HELIOSTAT_HOME: heliostat.paths.home },
      settings: { 'heliostat.python': PYTHON, 'heliostat.openRunView': false },
    });
  });

  afterAll(async () => {
    await code?.stop();
    await heliostat?.end();
    if (directory) rmSync(directory, { recursive: true, force: true });
  });

  it('stops in a task at a red dot, shows what it runs and its variables, and goes on', async () => {
    await code.open('short.py');
    await code.toggleBreakpoint('y = x * x');
    await code.codeLens('Debug on cluster').click({ timeout: SLOW_MS });
    await code.page.locator('.debug-top-stack-frame-line').first().waitFor({ timeout: SLOW_MS });
    await code.callStack(/^square\(\d\) · node 1 · pid \d+/).waitFor();
    await code.callStack(/^driver · node 1 · pid \d+/).waitFor();
    await code.variable(/^Locals/).click();
    await code.variable(/^x\s*=\s*\d/).waitFor();
    await code.screenshot('debug-stopped');
    await code.toggleBreakpoint('y = x * x');
    await code.page.locator('.debug-toolbar').getByRole('button', { name: 'Continue All' }).click();
    await code.page.locator('.debug-toolbar').waitFor({ state: 'hidden', timeout: SLOW_MS });
    const runs = JSON.parse((await heliostat.run(['runs', '--json'])).stdout) as {
      state: { kind: string };
    }[];
    expect(runs.map(({ state }) => state.kind)).toEqual(['succeeded']);
  });
});
