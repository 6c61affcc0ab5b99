/** The editor's whole path in a real VS Code: lens, output, run view, a failure's line. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasCodeServer } from './codeServer';
import { Rig, SLOW_MS } from './rig';
import type { VsCode } from './vscode';

describe.skipIf(!hasCodeServer())('Run on cluster in VS Code', () => {
  let rig: Rig | undefined;
  let code: VsCode;

  beforeAll(async () => {
    rig = await Rig.start('test/samples/run');
    ({ code } = rig);
  });

  afterAll(() => rig?.end());

  it('runs a script by its lens and shows its graph, nodes and log', async () => {
    await code.open('square.py');
    await code.codeLens('Run on cluster').click({ timeout: SLOW_MS });
    const page = await code.webview('.run-header');
    await page.getByText('Succeeded').first().waitFor({ timeout: SLOW_MS });
    await page.getByText('square', { exact: true }).first().waitFor();
    // A narrow panel has the nodes behind a tab.
    const nodes = page.getByRole('tab', { name: 'Nodes' });
    if (await nodes.isVisible()) await nodes.click();
    await page.getByRole('tabpanel', { name: 'Nodes' }).getByText('node 1').first().waitFor();
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
