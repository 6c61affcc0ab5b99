/** What a file of browser tests needs: the page is built once, and each test has an engine and a page of its own. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launch, openPage, type OpenedPage } from './chromium';
import { buildPage, PlaybackEngine, removePage } from './playback';
import { RUN_ID } from './sampleRun';

/** Of the test that runs now. */
export let engine: PlaybackEngine;
export let page: Page;

let opened: OpenedPage | null = null;
let browser: Browser;
let pageDir: string;

/** A page may complain of what `isExpected` and of nothing else. */
export function eachWithEngine(
  prepare: (engine: PlaybackEngine) => void = () => undefined,
  isExpected: (complaint: string) => boolean = () => false,
): void {
  beforeAll(async () => {
    [browser, pageDir] = await Promise.all([launch(), buildPage()]);
  });

  afterAll(async () => {
    await browser.close();
    removePage(pageDir);
  });

  beforeEach(async () => {
    engine = new PlaybackEngine(pageDir);
    prepare(engine);
    await engine.start();
  });

  afterEach(async () => {
    const complaints = (opened?.complaints ?? []).filter((one) => !isExpected(one));
    await opened?.close();
    opened = null;
    engine.stop();
    expect(complaints).toEqual([]);
  });
}

/** Whoever stops the engine makes the browser say that its connection is gone. */
export function isLostConnection(complaint: string): boolean {
  return complaint.includes('WebSocket connection');
}

export async function openRun(look: BrowserContextOptions = {}): Promise<void> {
  opened = await openPage(browser, engine, { path: `/run/${RUN_ID}`, ...look });
  page = opened.page;
}
