/** The views in every theme and width: nothing complains, axe finds nothing, and a picture is kept. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from './axe';
import { ARTIFACTS, launch, LOOKS, openPage } from './chromium';
import { buildPage, PlaybackEngine, removePage, textLog } from './playback';
import { actors, earlierRun, findings, libraries } from './sampleExtras';
import * as sample from './sampleRun';
import { pipelineTrace } from './sampleTrace';

let browser: Browser;
let pageDir: string;
let engine: PlaybackEngine;

beforeAll(async () => {
  mkdirSync(path.join(ARTIFACTS, 'views'), { recursive: true });
  [browser, pageDir] = await Promise.all([launch(), buildPage()]);
  engine = new PlaybackEngine(pageDir);
  engine.trace = pipelineTrace();
  engine.log = textLog(sample.LOG_TEXT);
  const earlier = earlierRun();
  engine.runs = [earlier.info];
  engine.earlier.set(earlier.info.id, earlier);
  engine.show({
    ...sample.tracedView(engine.trace),
    libraries: libraries(),
    findings: findings(),
    actors: actors(),
  });
  await engine.start();
});

afterAll(async () => {
  await browser.close();
  engine.stop();
  removePage(pageDir);
});

const tab = (page: Page, name: string | RegExp) => page.getByRole('tab', { name }).click();

/** What a user does before the picture. */
const SCENES: { name: string; act(page: Page): Promise<void> }[] = [
  { name: 'graph', act: (page) => tab(page, 'Task graph') },
  {
    name: 'critical',
    act: async (page) => {
      await page.getByRole('button', { name: /^augment, / }).click();
      await page.keyboard.press('c');
      await page.keyboard.press('e');
      await page.locator('.tile').first().waitFor();
    },
  },
  {
    name: 'timeline',
    act: async (page) => {
      await page.keyboard.press('Escape');
      await page.keyboard.press('c');
      await tab(page, 'Timeline');
    },
  },
  {
    name: 'task',
    act: async (page) => {
      await tab(page, 'Tasks');
      await page.locator('.task-row[data-index]').nth(1).click();
      await tab(page, 'Timeline');
      await page.waitForTimeout(400);
      const box = (await page.locator('.timeline > canvas').boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.56, box.y + 150);
    },
  },
  { name: 'tasks', act: (page) => tab(page, 'Tasks') },
  {
    name: 'neighbours',
    act: async (page) => {
      await tab(page, 'Tasks');
      await page.locator('.task-row[data-index]').nth(3).click();
      // A narrow page has the details in a tab of their own.
      if (!(await page.locator('.task-details').isVisible())) await tab(page, /^Functions/);
      await page.getByRole('button', { name: 'Show its neighbours in the graph' }).click();
    },
  },
  {
    name: 'compare',
    act: async (page) => {
      await tab(page, 'Compare');
      await page.locator('.compare-table tbody tr').first().waitFor();
    },
  },
  { name: 'libraries', act: (page) => tab(page, 'Libraries') },
  { name: 'findings', act: (page) => tab(page, /What stands out/) },
  { name: 'actors', act: (page) => tab(page, /^Actors/) },
];

describe.each(LOOKS)('in $name', ({ name, look }) => {
  it('draws every view, and axe finds nothing', async () => {
    const found = new Set<string>();
    const { page, complaints, close } = await openPage(browser, engine, {
      path: `/run/${sample.RUN_ID}`,
      ...look,
    });
    await page.getByRole('tab', { name: 'Timeline' }).waitFor();
    for (const scene of SCENES) {
      await scene.act(page);
      await page.waitForTimeout(350);
      await page.screenshot({ path: path.join(ARTIFACTS, 'views', `${scene.name}-${name}.png`) });
      for (const violation of await axeViolations(page)) found.add(`${scene.name}: ${violation}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    }
    expect([...found, ...complaints]).toEqual([]);
    await close();
  });
});
