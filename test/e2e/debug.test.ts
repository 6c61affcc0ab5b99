/** Debugging a remote task in a real VS Code by clicks: gutter, lens, call stack, variables, Continue All. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Heliostat } from '../cluster/heliostat';
import { hasCodeServer } from './codeServer';
import { Rig, SLOW_MS } from './rig';
import type { VsCode } from './vscode';

describe.skipIf(!hasCodeServer())('Debug on cluster in VS Code', () => {
  let rig: Rig | undefined;
  let heliostat: Heliostat;
  let code: VsCode;

  beforeAll(async () => {
    rig = await Rig.start('test/samples/debug', { 'heliostat.openRunView': false });
    ({ heliostat, code } = rig);
  });

  afterAll(() => rig?.end());

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
