/** A run's life in a real VS Code beside its good end: a window that is loaded anew, another theme, a cancel. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunInfo } from '../../simulator/model/run';
import { hasCodeServer } from './codeServer';
import { pollUntil } from './poll';
import { Rig, SLOW_MS } from './rig';
import type { VsCode } from './vscode';
import type { Theme } from './workbench';

describe.skipIf(!hasCodeServer())('A run in VS Code', () => {
  let rig: Rig;
  let code: VsCode;

  beforeAll(async () => {
    rig = await Rig.start('test/samples/run');
    ({ code } = rig);
  });

  afterAll(() => rig?.end());

  it('is still followed after the window was loaded anew in its middle', async () => {
    await code.open('slow.py');
    await code.codeLens('Run on cluster').click({ timeout: SLOW_MS });
    const before = await code.webview('.run-header');
    await before.getByText('begun').first().waitFor({ timeout: SLOW_MS });
    await code.reload();
    const after = await code.webview('.run-header');
    await after.getByText('all done').first().waitFor({ timeout: SLOW_MS });
    await after.getByText('Succeeded').first().waitFor();
    // What was printed while no window was there is in the channel too, and only once.
    await code.output('slow.py');
    await expect.poll(() => code.visibleOutput(), { timeout: SLOW_MS }).toContain('all done');
    const seen = ((await code.visibleOutput()).match(/nap \d+/g) ?? []).map((nap) => Number(nap.slice(4)));
    expect(seen).toEqual(Array.from(seen, (_, index) => 12 - seen.length + index));
    expect(seen.length).toBeGreaterThan(2);
    expect((await runs())[0]).toMatchObject({ state: { kind: 'succeeded' } });
  });

  it.each<Theme>(['light', 'dark', 'hc'])('is drawn in the colours of the %s theme', async (theme) => {
    await code.setTheme(theme);
    const page = await code.webview('.run-header');
    const colours = () =>
      page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.body);
        return { color, backgroundColor };
      });
    await expect
      .poll(async () => brightness((await colours()).backgroundColor) > 0.5)
      .toBe(theme === 'light');
    const { color, backgroundColor } = await colours();
    expect(Math.abs(brightness(color) - brightness(backgroundColor))).toBeGreaterThan(0.4);
    await code.screenshot(`run-${theme}`);
  });

  it('is cancelled from the tree, and says so everywhere', async () => {
    await code.open('slow.py');
    await code.codeLens('Run on cluster').click({ timeout: SLOW_MS });
    await pollUntil(async () => (await runs())[0]?.state.kind === 'running', {
      what: 'the run to be running',
      timeoutMs: SLOW_MS,
    });
    await code.openView('Heliostat');
    const row = code.section('Runs').locator('[role=treeitem]').filter({ hasText: 'slow.py' }).first();
    await code.treeAction(row, 'Cancel Run');
    const page = await code.webview('.run-header');
    await page.getByText('Cancelled').first().waitFor({ timeout: SLOW_MS });
    expect((await runs())[0]).toMatchObject({ state: { kind: 'cancelled' } });
    await expect.poll(() => row.getAttribute('aria-label')).toMatch(/cancelled/i);
    await code.screenshot('run-cancelled');
  });

  async function runs(): Promise<RunInfo[]> {
    return JSON.parse((await rig.heliostat.run(['runs', '--json'])).stdout) as RunInfo[];
  }
});

/** From 0 (black) to 1 (white), of `rgb(r, g, b)`. */
function brightness(rgb: string): number {
  const [red = 0, green = 0, blue = 0] = (rgb.match(/\d+(\.\d+)?/g) ?? []).map(Number);
  return (red + green + blue) / (3 * 255);
}
