/** The editor's whole path in a real VS Code: lens, output, run view, a failure's line. Needs dist/ and heliostat.vsix. */
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

describe.skipIf(!isInstalled)('Run on cluster in VS Code', () => {
  let heliostat: Heliostat;
  let code: VsCode;
  let directory: string;

  beforeAll(async () => {
    if (!existsSync('heliostat.vsix')) execFileSync('npm', ['run', 'package'], { stdio: 'ignore' });
    heliostat = new Heliostat();
    directory = mkdtempSync(path.join(tmpdir(), 'heliostat-e2e-'));
    const workspace = path.join(directory, 'workspace');
    mkdirSync(workspace);
    cpSync('test/samples/run', workspace, { recursive: true });
    code = await VsCode.start({
      directory,
      workspace,
      vsix: [path.resolve('heliostat.vsix')],
      env: { HELIOSTAT_HOME: heliostat.paths.home },
      settings: { 'heliostat.python': PYTHON },
    });
  });

  afterAll(async () => {
    await code?.stop();
    await heliostat?.end();
    if (directory) rmSync(directory, { recursive: true, force: true });
  });

  it('runs a script by its lens and shows its graph, nodes and log', async () => {
    await code.open('square.py');
    await code.codeLens('Run on cluster').click({ timeout: SLOW_MS });
    const page = await code.webview('.run-header');
    await page.getByText('Succeeded').first().waitFor({ timeout: SLOW_MS });
    await page.getByText('square', { exact: true }).first().waitFor();
    await page.getByText('node 1').first().waitFor({ state: 'attached' });
    await code.screenshot('run-succeeded');
  });

  it('puts the error of a remote task on its line', async () => {
    await code.open('broken.py');
    await code.codeLens('Run on cluster').click({ timeout: SLOW_MS });
    await expect
      .poll(() => code.problems(), { timeout: SLOW_MS, interval: 3000 })
      .toContainEqual(expect.stringMatching(/ValueError: row 3 is broken.*Ln 12/));
    await code.screenshot('run-failed');
  });
});
