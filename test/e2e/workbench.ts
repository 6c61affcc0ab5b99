import { basename } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { pollUntil } from './poll';

/** One notification in the corner. */
export interface Message {
  readonly text: string;
  readonly buttons: readonly string[];
}

export type Theme = 'light' | 'dark' | 'hc';

const themes: Record<Theme, { label: string; className: string }> = {
  light: { label: 'Light Modern', className: 'vs' },
  dark: { label: 'Dark Modern', className: 'vs-dark' },
  hc: { label: 'Default High Contrast', className: 'hc-black' },
};

const timeoutMs = 30_000;
const PALETTE_TRIES = 3;

/**
 * VS Code's window, driven as a user does: by keys, clicks and what is on the screen. Every method waits for what it
 * needs, 30 s at most, and throws with the name of what did not come. What returns a `Locator` is found when it is
 * used, so it may be asked for before it is there.
 */
export class Workbench {
  /** `page` is the window itself, for what has no method here. */
  constructor(readonly page: Page) {
    page.setDefaultTimeout(timeoutMs);
  }

  /** Returns when the workbench is drawn; extensions may still be starting. */
  async waitUntilDrawn(): Promise<void> {
    const item = this.page.locator('.monaco-workbench .statusbar .statusbar-item').first();
    await item.waitFor({ timeout: 60_000 });
  }

  /** Opens a file of the workspace by its relative path and returns when its editor is the active one. */
  async open(file: string): Promise<void> {
    const input = await this.openQuickInput('Control+P');
    await input.fill(file);
    const exact = this.page.getByText(basename(file), { exact: true });
    await this.page.locator('.quick-input-list .monaco-list-row').filter({ has: exact }).first().click();
    await this.tab(basename(file)).and(this.page.locator('[aria-selected=true]')).waitFor();
  }

  /** Brings a line of the active editor, counted from 1, into its middle. */
  async goToLine(line: number): Promise<void> {
    const input = await this.openQuickInput('Control+G');
    await input.fill(`:${line}`);
    await this.page.keyboard.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  /** Runs a command by its whole title, for instance `Developer: Reload Window`, through the palette. */
  async runCommand(title: string): Promise<void> {
    const exact = this.page.locator('.label-name').getByText(title, { exact: true });
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ has: exact }).first();
    // Just after a reload some commands are not there yet, and a palette that is open does not look again.
    for (let tries = 1; ; tries++) {
      const input = await this.openQuickInput('F1');
      await input.fill(`>${title}`);
      const isThere = await row.click({ timeout: timeoutMs / PALETTE_TRIES }).then(
        () => true,
        (error: unknown) => {
          if (tries === PALETTE_TRIES) throw error;
          return false;
        },
      );
      if (isThere) break;
      await this.page.keyboard.press('Escape');
    }
    await row.waitFor({ state: 'hidden' });
  }

  /** The titles that the palette offers for a search. Leaves the palette closed. */
  async commandTitles(search: string): Promise<string[]> {
    const input = await this.openQuickInput('F1');
    await input.fill(`>${search}`);
    const labels = this.page.locator('.quick-input-list .monaco-list-row .label-name');
    await labels.first().waitFor();
    const titles = await labels.allInnerTexts();
    await this.page.keyboard.press('Escape');
    return titles;
  }

  /** A choice of an open pick list. */
  pick(label: string | RegExp): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: label }).first();
  }

  /** Where an open pick list or input box takes its text. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input.input');
  }

  /** The tab of an open editor. */
  tab(label: string | RegExp): Locator {
    return this.page.locator('.tabs-container [role=tab]').filter({ hasText: label }).first();
  }

  /** A lens above a line of the active editor, by its text. */
  codeLens(text: string | RegExp): Locator {
    const group = this.page.locator('.editor-group-container.active');
    return group.locator('.codelens-decoration a').filter({ hasText: text }).first();
  }

  /** An icon in the title bar of the active editor, by its label. */
  editorAction(label: string | RegExp): Locator {
    return this.page.locator('.editor-actions').getByRole('button', { name: label }).first();
  }

  /** Opens a view container from the activity bar, unless it is open already. */
  async openView(title: string): Promise<void> {
    const item = this.page.locator('.activitybar').getByRole('tab', { name: title });
    await item.waitFor();
    if ((await item.getAttribute('aria-expanded')) !== 'true') await item.click();
    await this.page.locator('.sidebar .composite.title').filter({ hasText: title }).waitFor();
  }

  /** A section of the side bar, by its heading. */
  section(heading: string): Locator {
    const header = this.page.locator('.pane-header').filter({ hasText: heading });
    return this.page.locator('.sidebar .pane').filter({ has: header }).first();
  }

  /** A row of any tree in the side bar, by its text. */
  treeItem(text: string | RegExp): Locator {
    return this.page.locator('.sidebar [role=treeitem]').filter({ hasText: text }).first();
  }

  /** Clicks an icon of a tree's row, which shows only under the pointer. */
  async treeAction(row: Locator, label: string | RegExp): Promise<void> {
    await row.hover();
    await row.getByRole('button', { name: label }).first().click();
  }

  /** An entry of the status bar, by its text. */
  statusBar(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text }).first();
  }

  /** A notification in the corner, by its text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text }).first();
  }

  /** A button of a notification or of a dialog. */
  button(inside: Locator, label: string | RegExp): Locator {
    return inside.getByRole('button', { name: label }).first();
  }

  /** Every notification in the corner now. */
  async notifications(): Promise<Message[]> {
    const found: Message[] = [];
    for (const item of await this.page.locator('.notification-toast').all()) {
      const buttons = item.locator('.notification-list-item-buttons-container .monaco-button');
      const text = item.locator('.notification-list-item-message');
      found.push({ text: await text.innerText(), buttons: await buttons.allInnerTexts() });
    }
    return found;
  }

  /** The modal dialog. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** The rows of the Problems view, message and place in one line each. Opens the view. */
  async problems(): Promise<string[]> {
    await this.runCommand('Problems: Focus on Problems View');
    const rows = await this.page.locator('.markers-panel .monaco-list-row').allInnerTexts();
    return rows.map((row) => row.replace(/\s+/g, ' ').trim());
  }

  /** What the editor says when the pointer rests on a word of a visible line. */
  async hover(word: string): Promise<string> {
    const line = this.page.locator('.editor-instance .view-line').filter({ hasText: word }).first();
    await line.getByText(word).first().hover();
    const hover = this.page.locator('.monaco-hover:not(.hidden) .monaco-hover-content').first();
    await hover.waitFor();
    return hover.innerText();
  }

  /** Chooses a channel of the Output view, which it opens, and returns what `visibleOutput` does. */
  async output(channel: string): Promise<string> {
    await this.runCommand('Output: Show Output Channels...');
    await this.pick(channel).click();
    return this.visibleOutput();
  }

  /** The lines of the Output view that are on the screen, normally the last ones of its channel. */
  async visibleOutput(): Promise<string> {
    const lines = this.page.locator('.part.panel .output-view .view-line');
    // The editor keeps its lines in the order in which it drew them, not in that of the text.
    const texts = await lines.evaluateAll((elements) =>
      elements
        .map((element) => ({ topPx: element.getBoundingClientRect().top, text: element.textContent ?? '' }))
        .sort((a, b) => a.topPx - b.topPx)
        .map((line) => line.text),
    );
    return texts.join('\n').replaceAll('\u00a0', ' ');
  }

  /**
   * The frame of a webview that holds what `selector` names. A webview keeps its page two frames deep, and several
   * can be open at a time.
   */
  async webview(selector: string): Promise<Frame> {
    return pollUntil(
      async () => {
        for (const frame of this.page.frames()) {
          const isPage = frame.parentFrame()?.parentFrame() === this.page.mainFrame();
          if (isPage && (await count(frame, selector)) > 0) return frame;
        }
        return undefined;
      },
      { what: `a webview with ${selector}`, timeoutMs },
    );
  }

  /** Changes the colour theme and returns when the window shows it. */
  async setTheme(theme: Theme): Promise<void> {
    const { label, className } = themes[theme];
    await this.runCommand('Preferences: Color Theme');
    await this.quickInput.fill(label);
    await this.pick(label).click();
    await this.quickInput.waitFor({ state: 'hidden' });
    await this.page.locator(`.monaco-workbench.${className}`).waitFor();
  }

  /** Presses a key until the quick input is there: a window that is still starting drops it. */
  private async openQuickInput(key: string): Promise<Locator> {
    const input = this.quickInput;
    await pollUntil(
      async () => {
        await this.page.keyboard.press(key);
        return input.waitFor({ timeout: 2_000 }).then(
          () => true,
          () => false,
        );
      },
      { what: 'the quick input', timeoutMs },
    );
    return input;
  }
}

/** A frame can go away between two looks; it then holds nothing. */
function count(frame: Frame, selector: string): Promise<number> {
  return frame
    .locator(selector)
    .count()
    .catch(() => 0);
}
