/** Every state of a run in every theme and width: opens it, sees that nothing complains, and keeps a picture. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunView } from '../../simulator/model/trace';
import { ARTIFACTS, launch, openPage } from './chromium';
import { buildPage, PlaybackEngine, removePage, textLog } from './playback';
import * as sample from './sampleRun';

let browser: Browser;
let pageDir: string;
let engine: PlaybackEngine;

beforeAll(async () => {
  mkdirSync(path.join(ARTIFACTS, 'page'), { recursive: true });
  [browser, pageDir] = await Promise.all([launch(), buildPage()]);
  engine = new PlaybackEngine(pageDir);
  await engine.start();
});

afterAll(async () => {
  await browser.close();
  engine.stop();
  removePage(pageDir);
});

type Look = BrowserContextOptions;
const DARK: Look = { colorScheme: 'dark' };
const LIGHT: Look = { colorScheme: 'light' };
const WIDE: Look = { viewport: { width: 1600, height: 940 } };
const NARROW: Look = { viewport: { width: 420, height: 860 } };

interface Screen {
  name: string;
  view: RunView;
  look: Look;
  /** A text that this screen must show. */
  shows: string;
  log?: string;
  tab?: string;
  select?: string;
}

const preparing = sample.view(
  sample.runInfo(
    { kind: 'preparing', step: 'Starting node 2 of 3' },
    { startMs: null, clusterId: null, clusterName: null },
  ),
);
const refused = sample.view(
  sample.runInfo(
    {
      kind: 'failed',
      failure: { code: 'python-without-ray', executable: '/usr/bin/python3', version: '3.11.2' },
    },
    { startMs: null, endMs: sample.START_MS, clusterId: null, clusterName: null },
  ),
);
const cancelled = {
  ...sample.runningView(),
  run: {
    ...sample.runningView().run,
    state: { kind: 'cancelled' as const },
    endMs: sample.START_MS + 74_100,
  },
};
const lost = {
  ...sample.runningView(),
  run: {
    ...sample.runningView().run,
    state: {
      kind: 'failed' as const,
      failure: { code: 'cluster-lost' as const, id: 'c1', detail: 'Its head process ended.' },
    },
    endMs: sample.START_MS + 74_100,
  },
};
const noTasks = sample.view(sample.runInfo({ kind: 'running' }), { nodes: sample.nodes(4) });

const SCREENS: Screen[] = [
  {
    name: 'running-dark-wide',
    view: sample.runningView(),
    look: { ...DARK, ...WIDE },
    shows: 'Running',
    log: sample.LOG_TEXT,
  },
  {
    name: 'running-light-wide',
    view: sample.runningView(),
    look: { ...LIGHT, ...WIDE },
    shows: 'Running',
    log: sample.LOG_TEXT,
    select: 'augment',
  },
  {
    name: 'running-hc-dark',
    view: sample.runningView(),
    look: { ...DARK, contrast: 'more' },
    shows: 'Running',
    log: sample.LOG_TEXT,
    select: 'train',
  },
  {
    name: 'running-hc-light',
    view: sample.runningView(),
    look: { ...LIGHT, contrast: 'more' },
    shows: 'Running',
    log: sample.LOG_TEXT,
  },
  {
    name: 'running-narrow',
    view: sample.runningView(),
    look: { ...DARK, ...NARROW },
    shows: 'Running',
    log: sample.LOG_TEXT,
  },
  {
    name: 'functions-narrow',
    view: sample.runningView(),
    look: { ...LIGHT, ...NARROW },
    shows: 'augment',
    log: sample.LOG_TEXT,
    tab: 'Functions',
    select: 'augment',
  },
  {
    name: 'nodes-narrow',
    view: sample.runningView(),
    look: { ...DARK, ...NARROW },
    shows: 'simulated',
    log: sample.LOG_TEXT,
    tab: 'Nodes',
  },
  {
    name: 'running-panel',
    view: sample.runningView(),
    look: { ...DARK, viewport: { width: 720, height: 900 } },
    shows: 'Running',
    log: sample.LOG_TEXT,
  },
  {
    name: 'failed-dark',
    view: sample.failedView(),
    look: DARK,
    shows: 'pipeline.py:118',
    log: sample.LOG_TEXT,
  },
  {
    name: 'failed-light-narrow',
    view: sample.failedView(),
    look: { ...LIGHT, ...NARROW },
    shows: 'pipeline.py:118',
    log: sample.LOG_TEXT,
  },
  {
    name: 'succeeded-light',
    view: sample.succeededView(),
    look: LIGHT,
    shows: 'Succeeded',
    log: sample.LOG_TEXT,
  },
  { name: 'preparing-dark', view: preparing, look: DARK, shows: 'Starting node 2 of 3' },
  { name: 'no-tasks-dark', view: noTasks, look: DARK, shows: 'No tasks yet' },
  { name: 'refused-light', view: refused, look: LIGHT, shows: 'has no Ray' },
  { name: 'cancelled-dark', view: cancelled, look: DARK, shows: 'Cancelled', log: sample.LOG_TEXT },
  { name: 'lost-dark', view: lost, look: DARK, shows: 'Lost', log: sample.LOG_TEXT },
];

describe('the run page', () => {
  it.each(SCREENS)('draws $name', async (screen) => {
    engine.log = textLog(screen.log ?? '');
    engine.show(screen.view);
    const { page, complaints, close } = await openPage(browser, engine, {
      path: `/run/${sample.RUN_ID}`,
      ...screen.look,
    });
    await page.getByText('pipeline.py').first().waitFor();
    if (screen.tab) await page.getByRole('tab', { name: screen.tab }).click();
    if (screen.select)
      await page
        .locator('.node, tbody tr')
        .filter({ hasText: screen.select })
        .filter({ visible: true })
        .first()
        .click();
    await page.getByText(screen.shows).filter({ visible: true }).first().waitFor();
    await page.waitForTimeout(400);
    await page.screenshot({ path: path.join(ARTIFACTS, 'page', `${screen.name}.png`) });
    expect(complaints).toEqual([]);
    // Nothing may stick out of the window.
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await close();
  });
});

describe('the list', () => {
  const runs = [
    sample.runningView().run,
    {
      ...sample.succeededView().run,
      id: 'r2',
      createdMs: sample.START_MS - 3_600_000,
      startMs: sample.START_MS - 3_600_000,
      endMs: sample.START_MS - 3_520_000,
    },
    { ...sample.failedView().run, id: 'r3' },
    { ...preparing.run, id: 'r4' },
  ];
  it.each([
    {
      name: 'list-dark',
      look: DARK,
      runs,
      clusters: [
        sample.cluster(),
        sample.cluster({
          id: 'c2',
          name: 'scratch',
          backend: 'docker',
          activeRuns: [],
          state: { kind: 'starting', step: 'Starting node 1 of 3' },
          nodes: [],
        }),
      ],
      shows: 'Ray dashboard',
    },
    {
      name: 'list-light-narrow',
      look: { ...LIGHT, ...NARROW },
      runs,
      clusters: [sample.cluster({ activeRuns: [], idleStopAtMs: Date.now() + 600_000 })],
      shows: 'Ray dashboard',
    },
    { name: 'list-empty', look: LIGHT, runs: [], clusters: [], shows: 'No runs yet' },
  ])('draws $name', async (screen) => {
    engine.runs = screen.runs;
    engine.clusters = screen.clusters;
    const { page, complaints, close } = await openPage(browser, engine, { path: '/', ...screen.look });
    await page.getByText(screen.shows).first().waitFor();
    await page.screenshot({ path: path.join(ARTIFACTS, 'page', `${screen.name}.png`) });
    expect(complaints).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await close();
  });
});
