/** A folder that the user does not trust: its scripts are checked, and nothing of it runs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasCodeServer } from './codeServer';
import { Rig, SLOW_MS } from './rig';
import type { VsCode } from './vscode';

describe.skipIf(!hasCodeServer())('An untrusted folder in VS Code', () => {
  let rig: Rig;
  let code: VsCode;

  beforeAll(async () => {
    rig = await Rig.start('test/samples/run', { 'security.workspace.trust.enabled': true });
    ({ code } = rig);
  });

  afterAll(() => rig?.end());

  it('still shows what is wrong with an annotation', async () => {
    await code.open('wrongUnit.py');
    await expect.poll(() => code.problems(), { timeout: SLOW_MS, interval: 1000 }).not.toEqual([]);
  });

  it('runs nothing, says why, and offers to trust the folder', async () => {
    await code.open('square.py');
    await code.runCommand('Heliostat: Run on Cluster');
    const message = code.notification(/Restricted Mode/);
    await message.waitFor();
    await code.button(message, 'Manage Workspace Trust').waitFor();
    await code.screenshot('untrusted');
    expect((await rig.heliostat.run(['runs', '--json'])).stdout.trim()).toBe('[]');
  });

  it('runs once it is trusted, without a reload', async () => {
    await code.button(code.notification(/Restricted Mode/), 'Manage Workspace Trust').click();
    await code.page.getByRole('button', { name: 'Trust', exact: true }).first().click();
    await code.open('square.py');
    await code.codeLens('Run on cluster').click({ timeout: SLOW_MS });
    const page = await code.webview('.run-header');
    await page.getByText('Succeeded').first().waitFor({ timeout: SLOW_MS });
  });
});
