/** Debian's Chromium, quiet and offline. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS } from '../chromiumFlags';
import { SECRET, type PlaybackEngine } from './playback';

/** Pictures for people; git does not keep them. */
export const ARTIFACTS = path.join('test', 'artifacts');

/** Themes and widths that pictures of views are taken in. */
export const LOOKS: { name: string; look: BrowserContextOptions }[] = [
  { name: 'dark', look: { colorScheme: 'dark', viewport: { width: 1600, height: 940 } } },
  { name: 'light', look: { colorScheme: 'light' } },
  { name: 'hc-dark', look: { colorScheme: 'dark', contrast: 'more' } },
  { name: 'hc-light', look: { colorScheme: 'light', contrast: 'more' } },
  { name: 'narrow', look: { colorScheme: 'dark', viewport: { width: 420, height: 860 } } },
];

export function launch(): Promise<Browser> {
  mkdirSync(ARTIFACTS, { recursive: true });
  return chromium.launch({
    executablePath: process.env['HELIOSTAT_CHROMIUM'] ?? '/usr/bin/chromium',
    args: CHROMIUM_FLAGS,
  });
}

export interface OpenedPage {
  page: Page;
  /** What the page complained about: console errors, refusals by the content security policy, uncaught errors. */
  complaints: string[];
  close(): Promise<void>;
}

/** Opens the page of the engine as a browser does: with the secret behind the `#`. */
export async function openPage(
  browser: Browser,
  engine: PlaybackEngine,
  options: BrowserContextOptions & { path: string },
): Promise<OpenedPage> {
  const { path: pagePath, ...contextOptions } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...contextOptions });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${engine.address(pagePath)}#token=${SECRET}`);
  return { page, complaints, close: () => context.close() };
}
