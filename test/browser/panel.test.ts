/** The page inside VS Code: the extension's own document and relay around it, in place of a workbench a few lines. */
import { createServer, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { panelHtml } from '../../extension/panelHtml';
import { PanelRelay } from '../../extension/panelRelay';
import { openSocket } from '../../simulator/client/connection';
import type { HostRequest, HostToPage, PageToHost } from '../../webview/hostMessages';
import { launch } from './chromium';
import { buildPage, PlaybackEngine, removePage, SECRET, textLog } from './playback';
import * as sample from './sampleRun';

let browser: Browser;
let pageDir: string;
let server: Server;
let engine: PlaybackEngine;
let context: BrowserContext;
let page: Page;
let relay: PanelRelay;
let said: HostRequest[];
let complaints: string[];

beforeAll(async () => {
  [browser, pageDir] = await Promise.all([launch(), buildPage()]);
  server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    if (request.url === '/') {
      const files = {
        scriptUri: `${origin}/webview.js`,
        styleUri: `${origin}/webview.css`,
        cspSource: origin,
      };
      response.setHeader('Content-Type', 'text/html').end(panelHtml({ ...files, nonce: 'nonceOfTheTest' }));
    } else if (request.url === '/webview.js' || request.url === '/webview.css') {
      response
        .setHeader('Content-Type', request.url.endsWith('js') ? 'text/javascript' : 'text/css')
        .end(readFileSync(path.join(pageDir, request.url)));
    } else response.writeHead(204).end(); // The icon that browsers ask for.
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await browser.close();
  server.close();
  removePage(pageDir);
});

beforeEach(async () => {
  engine = new PlaybackEngine(pageDir);
  engine.log = textLog(sample.LOG_TEXT);
  engine.show(sample.failedView());
  await engine.start();
  said = [];
  complaints = [];
  context = await browser.newContext({ viewport: { width: 900, height: 800 } });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const post = (message: HostToPage): void => {
    void page.evaluate((data) => window.postMessage(data, '*'), message).catch(() => undefined);
  };
  relay = new PanelRelay(
    () =>
      openSocket({
        port: Number(new URL(engine.address('/')).port),
        secret: SECRET,
        pid: 0,
        version: '',
        protocol: 1,
      }),
    post,
  );
  await page.exposeFunction('toExtension', (message: PageToHost) => {
    if ('engine' in message) return relay.receive(message.engine);
    said.push(message.host);
    if (message.host.kind === 'ready') post({ host: { kind: 'show', runId: sample.RUN_ID } });
  });
  await page.addInitScript(() => {
    const workbench = globalThis as unknown as {
      toExtension(message: unknown): void;
      acquireVsCodeApi(): unknown;
    };
    workbench.acquireVsCodeApi = () => ({
      postMessage: (message: unknown) => workbench.toExtension(message),
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') as unknown,
      setState: (state: unknown) => sessionStorage.setItem('state', JSON.stringify(state)),
    });
    document.addEventListener('DOMContentLoaded', () => {
      document.body.className = 'vscode-light';
      document.body.dataset['vscodeThemeKind'] = 'vscode-light';
      document.documentElement.style.setProperty('--vscode-editor-background', '#fdf6e3');
    });
  });
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.locator('.node').first().waitFor();
});

afterEach(async () => {
  expect(complaints).toEqual([]);
  relay.stop();
  await context.close();
  engine.stop();
});

const eventually = (probe: () => unknown, what: string) =>
  expect.poll(probe, { timeout: 10_000, message: what });

describe('in VS Code', () => {
  it('draws the run that the panel was opened for, in the theme of the workbench', async () => {
    expect(said[0]).toEqual({ kind: 'ready' });
    await eventually(() => said.at(-1), 'the title').toEqual({
      kind: 'showing',
      runId: sample.RUN_ID,
      title: 'pipeline.py · Failed',
    });
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('light');
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).toBe('rgb(253, 246, 227)');
  });

  it('has sources opened by the editor', async () => {
    await page.locator('.at .link').click();
    await eventually(() => said.at(-1), 'the message').toEqual({
      kind: 'openSource',
      file: sample.SCRIPT,
      line: 118,
    });
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });

  it('offers the ways out of a failure as commands', async () => {
    engine.show({
      ...sample.failedView(),
      run: sample.runInfo(
        {
          kind: 'failed',
          failure: { code: 'python-without-ray', executable: '/usr/bin/python3', version: '3.11.2' },
        },
        { startMs: null, endMs: sample.START_MS },
      ),
    });
    await page.getByRole('button', { name: 'Select Python' }).click();
    await eventually(() => said.at(-1), 'the command').toEqual({
      kind: 'command',
      command: 'heliostat.selectPython',
      runId: sample.RUN_ID,
    });
  });

  it('is restored after a reload with what was selected', async () => {
    await page.locator('.node', { hasText: 'train' }).click();
    await page.reload();
    await page.locator('.node.selected', { hasText: 'train' }).waitFor();
  });

  it('says when the engine is gone, and goes on when it is back', async () => {
    engine.stop();
    await page.getByText('Reconnecting').waitFor();
    engine.show(sample.succeededView());
    await engine.start();
    await page.getByText('Succeeded').waitFor();
    await expect.poll(() => page.getByText('Reconnecting').count()).toBe(0);
  });
});
