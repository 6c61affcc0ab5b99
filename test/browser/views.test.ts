/** The timeline, the task table and what joins the views: one selection, one colour, the keyboard alone. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ARTIFACTS, launch, openPage, type OpenedPage } from './chromium';
import { buildPage, PlaybackEngine, removePage, textLog } from './playback';
import * as sample from './sampleRun';
import { pipelineTrace } from './sampleTrace';

let browser: Browser;
let pageDir: string;
let engine: PlaybackEngine;
let opened: OpenedPage;
let page: Page;

beforeAll(async () => {
  mkdirSync(path.join(ARTIFACTS, 'views'), { recursive: true });
  [browser, pageDir] = await Promise.all([launch(), buildPage()]);
});

afterAll(async () => {
  await browser.close();
  removePage(pageDir);
});

beforeEach(async () => {
  engine = new PlaybackEngine(pageDir);
  engine.log = textLog(sample.LOG_TEXT);
  engine.trace = pipelineTrace();
  engine.show(sample.tracedView(engine.trace));
  await engine.start();
});

afterEach(async () => {
  expect(opened.complaints).toEqual([]);
  await opened.close();
  engine.stop();
});

async function open(look: BrowserContextOptions = {}): Promise<void> {
  opened = await openPage(browser, engine, { path: `/run/${sample.RUN_ID}`, ...look });
  page = opened.page;
  await page.getByRole('tab', { name: 'Timeline' }).waitFor();
}

const tab = (name: string) => page.getByRole('tab', { name, exact: true });
const canvas = () => page.locator('.timeline > canvas');

const LOOKS: { name: string; look: BrowserContextOptions }[] = [
  { name: 'dark-wide', look: { colorScheme: 'dark', viewport: { width: 1600, height: 940 } } },
  { name: 'light', look: { colorScheme: 'light' } },
  { name: 'hc-dark', look: { colorScheme: 'dark', contrast: 'more' } },
  { name: 'narrow', look: { colorScheme: 'dark', viewport: { width: 420, height: 860 } } },
];

describe.each(LOOKS)('in $name', ({ name, look }) => {
  it('draws the timeline and the tasks', async () => {
    await open(look);
    await tab('Timeline').click();
    await page.waitForTimeout(500);
    await page.screenshot({ path: path.join(ARTIFACTS, 'views', `timeline-${name}.png`) });
    await tab('Tasks').click();
    await page.locator('.task-row[data-index]').nth(1).click();
    await page.waitForTimeout(300);
    await page.screenshot({ path: path.join(ARTIFACTS, 'views', `tasks-${name}.png`) });
    await tab('Timeline').click();
    await page.waitForTimeout(500);
    const box = (await canvas().boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.56, box.y + 140);
    await page.waitForTimeout(300);
    await page.screenshot({ path: path.join(ARTIFACTS, 'views', `task-${name}.png`) });
  });
});
