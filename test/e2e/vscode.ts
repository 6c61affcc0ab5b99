import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS } from '../chromiumFlags';
import { CodeServer, type CodeServerOptions } from './codeServer';
import { Workbench } from './workbench';

/** What one VS Code window is opened with. Every path is absolute. */
export interface VsCodeOptions extends CodeServerOptions {
  /** The folder that the window shows. */
  readonly workspace: string;
  /** Packaged extensions, installed before VS Code starts. */
  readonly vsix?: readonly string[];
}

const artifacts = resolve(__dirname, '..', 'artifacts');

/** A real VS Code: code-server with data of its own, and a headless Chromium that shows its window. */
export class VsCode extends Workbench {
  private constructor(
    private readonly server: CodeServer,
    private readonly context: BrowserContext,
    page: Page,
  ) {
    super(page);
  }

  /** Installs the extensions, starts a server and opens the workspace; returns when the workbench is drawn. */
  static async start(options: VsCodeOptions): Promise<VsCode> {
    const server = new CodeServer(options);
    try {
      for (const vsix of options.vsix ?? []) await server.installExtension(vsix);
      await server.start();
      const context = await openBrowser(join(options.directory, 'browser'));
      const page = context.pages()[0] ?? (await context.newPage());
      const code = new VsCode(server, context, page);
      await page.goto(`${server.url}?folder=${encodeURIComponent(options.workspace)}`);
      await code.waitUntilDrawn();
      return code;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Ends the browser and the server. */
  async stop(): Promise<void> {
    await this.context.close();
    await this.server.stop();
  }

  /** Loads the window anew, which starts a new extension host. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.waitUntilDrawn();
  }

  /** What the server printed so far, for a failing test's message. */
  get serverLog(): string {
    return this.server.log;
  }

  /** Keeps a picture of the window as `test/artifacts/NAME.png` and returns its path. */
  async screenshot(name: string): Promise<string> {
    mkdirSync(artifacts, { recursive: true });
    const path = join(artifacts, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }
}

function openBrowser(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: CHROMIUM_FLAGS,
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  });
}
