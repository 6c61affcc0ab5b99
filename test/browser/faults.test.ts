/** Faults from the run's page: what a node's menu offers, what is asked before, and what is done. */
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../simulator/model/fault';
import type { ClusterInfo, NodeInfo } from '../../simulator/model/cluster';
import { axeViolations } from './axe';
import { ARTIFACTS, LOOKS } from './chromium';
import { eachWithEngine, engine, openRun, page } from './page';
import * as sample from './sampleRun';

const docker = (part: Partial<ClusterInfo> = {}): ClusterInfo =>
  sample.cluster({ backend: 'docker', faults: FAULT_KINDS, ...part });

eachWithEngine((engine) => {
  engine.clusters = [docker()];
  engine.show(sample.runningView());
});

const button = (name: string) => page.getByRole('button', { name: `What to do to ${name}` });
const item = (name: string) => page.getByRole('menuitem', { name });
const items = () => page.getByRole('menuitem').locator('span:first-child').allTextContents();
const question = () => page.getByRole('alertdialog');
const asked = () => engine.lastAsked('clusters.fault');

function nowIs(index: number, part: Partial<NodeInfo>): void {
  const nodes = docker().nodes.map((node) => (node.index === index ? { ...node, ...part } : node));
  engine.clusters = [docker({ nodes })];
  engine.listsChanged();
}

describe('the menu of a node', () => {
  beforeEach(() => openRun());

  it('offers what its backend can do, and what makes sense for the node as it is', async () => {
    await button('node 1').click();
    expect(await items()).toEqual(['Kill', 'Pause', 'Drain', 'Cut from network', 'Fill memory']);
    await page.keyboard.press('Escape');
    await button('head').click();
    expect(await items()).toEqual(['Kill', 'Pause', 'Cut from network', 'Fill memory']);
    engine.clusters = [docker({ faults: ['kill', 'pause', 'resume', 'drain'] })];
    engine.listsChanged();
    await page.keyboard.press('Escape');
    await expect
      .poll(async () => {
        await button('node 1').click();
        const offered = await items();
        await page.keyboard.press('Escape');
        return offered;
      })
      .toEqual(['Kill', 'Pause', 'Drain']);
  });

  it('does at once what can be undone, and then offers to undo it', async () => {
    await button('node 1').click();
    await item('Pause').click();
    await expect.poll(asked).toEqual({ id: 'c1', node: 1, kind: 'pause' });
    nowIs(1, { condition: 'paused' });
    await page.locator('.node-row', { hasText: 'node 1' }).getByText('paused').waitFor();
    await button('node 1').click();
    expect(await items()).toEqual(['Kill', 'Resume']);
    await item('Resume').click();
    await expect.poll(asked).toEqual({ id: 'c1', node: 1, kind: 'resume' });
  });

  it('asks before work is lost, and does nothing on a no', async () => {
    await button('node 1').click();
    await item('Kill').click();
    await expect.poll(() => question().textContent()).toContain('lost at once');
    await question().getByText('Not now').click();
    await question().waitFor({ state: 'detached' });
    expect(asked()).toBeUndefined();
    await button('node 1').click();
    await item('Kill').click();
    await question().getByText('Kill', { exact: true }).click();
    await expect.poll(asked).toEqual({ id: 'c1', node: 1, kind: 'kill' });
  });

  it('says that everything ends with the head', async () => {
    await button('head').click();
    await item('Kill').click();
    await expect.poll(() => question().textContent()).toContain('this run too');
  });

  it('works by keyboard alone, with the seconds of a notice', async () => {
    await button('node 2').focus();
    await page.keyboard.press('Enter');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'End', 'Home', 'ArrowDown', 'ArrowDown'])
      await page.keyboard.press(key);
    await page.keyboard.press('Enter');
    await page.keyboard.type('12');
    await page.keyboard.press('Enter');
    await expect.poll(asked).toEqual({ id: 'c1', node: 2, kind: 'drain', deadlineMs: 12_000 });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'What to do to node 2',
    );
    await page.keyboard.press('Enter');
    await item('Kill').waitFor();
    await page.keyboard.press('Escape');
    await item('Kill').waitFor({ state: 'detached' });
  });

  it('is not there for a dead node, nor when the run has ended', async () => {
    await button('node 1').waitFor();
    nowIs(1, { state: 'dead' });
    await button('node 1').waitFor({ state: 'detached' });
    expect(await button('node 2').count()).toBe(1);
    await button('node 2').click();
    engine.show(sample.succeededView());
    await page.getByText('Succeeded').first().waitFor();
    await button('node 2').waitFor({ state: 'detached' });
    await item('Kill').waitFor({ state: 'detached' });
  });
});

describe('on a cluster that is not ours', () => {
  it('there is no menu', async () => {
    engine.clusters = [docker({ backend: 'remote', faults: [] })];
    await openRun();
    await page.locator('.node-row').first().waitFor();
    await page.waitForTimeout(500);
    expect(await page.getByRole('button', { name: /What to do to/ }).count()).toBe(0);
  });
});

describe.each(LOOKS)('looks', ({ name, look }) => {
  it(`right in ${name}`, async () => {
    await openRun(look);
    nowIs(2, { condition: 'partitioned' });
    const tab = page.getByRole('tab', { name: 'Nodes' });
    await tab.click();
    await page.getByText('cut off').waitFor();
    const found: string[] = [];
    await button('node 1').click();
    found.push(...(await axeViolations(page)));
    await page.screenshot({ path: path.join(ARTIFACTS, 'page', `faults-menu-${name}.png`) });
    await item('Drain').click();
    await question().waitFor();
    found.push(...(await axeViolations(page)));
    await page.screenshot({ path: path.join(ARTIFACTS, 'page', `faults-question-${name}.png`) });
    expect(found).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
});
