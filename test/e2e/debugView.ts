import type { Locator, Page } from 'playwright-core';
import { pollUntil } from './poll';

const timeoutMs = 30_000;

/** The parts of VS Code's window that are about debugging, driven as a user does. */
export class DebugView {
  constructor(private readonly page: Page) {}

  /** Clicks the gutter beside a visible line of the active editor: a breakpoint comes or goes. */
  async toggleBreakpoint(lineText: string): Promise<void> {
    const { x, y } = await this.gutter(lineText);
    await this.page.mouse.click(x, y);
  }

  /** Adds a breakpoint by the gutter's menu, and writes its condition or message. */
  async addBreakpoint(
    lineText: string,
    kind: 'Add Conditional Breakpoint...' | 'Add Logpoint...',
    text: string,
  ): Promise<void> {
    const { x, y } = await this.gutter(lineText);
    await this.page.mouse.click(x, y, { button: 'right' });
    await this.page.getByRole('menuitem', { name: kind }).click();
    const widget = this.page.locator('.breakpoint-widget');
    const box = widget.locator('.monaco-editor');
    await box.waitFor();
    // The box asks for the keyboard a moment after it opens; a menu that closes late takes it back.
    await this.typeInto(box, text);
    await this.page.keyboard.press('Enter');
    await widget.waitFor({ state: 'hidden' });
  }

  /** A button of the bar that a session brings. */
  action(name: string | RegExp): Locator {
    return this.toolbar.getByRole('button', { name });
  }

  /** There while a session is. */
  get toolbar(): Locator {
    return this.page.locator('.debug-toolbar');
  }

  /** A row of the Call Stack view, by its text. */
  callStack(text: RegExp): Locator {
    return this.page.locator('.debug-call-stack .monaco-list-row').filter({ hasText: text }).first();
  }

  /** All rows of the Call Stack view, from top to bottom. */
  callStackRows(): Promise<string[]> {
    return texts(this.page.locator('.debug-call-stack .monaco-list-row'));
  }

  /** A row of the Variables view, by its text. */
  variable(text: RegExp): Locator {
    return this.page.locator('.debug-variables .monaco-list-row').filter({ hasText: text }).first();
  }

  /** Opens a row of a view, unless it is open. */
  async open(row: Locator): Promise<void> {
    await row.waitFor();
    if ((await row.getAttribute('aria-expanded')) === 'false') await row.click();
  }

  /** What the editor says of the error that has stopped a thread. */
  get exception(): Locator {
    return this.page.locator('.exception-widget');
  }

  /** Returns when the line at which the focused thread is stopped is marked in the editor. */
  async stopsAt(lineText: string): Promise<void> {
    let marked = '';
    await pollUntil(async () => (marked = await this.markedLine()) === lineText, {
      what: () => `a stop at ${lineText}; it is at ${marked}`,
      timeoutMs,
    });
  }

  /** What the Debug Console shows, line by line. */
  async console(): Promise<string> {
    return (await texts(this.page.locator('.repl .monaco-list-row'))).join('\n');
  }

  /** Returns when the Debug Console shows the text. */
  async says(text: RegExp): Promise<void> {
    let shown = '';
    await pollUntil(async () => text.test((shown = await this.console())), {
      what: () => `${text} in the console; it shows ${shown}`,
      timeoutMs,
    });
  }

  /** Types an expression into the Debug Console. */
  async evaluate(expression: string): Promise<void> {
    await this.page.locator('.repl-input-wrapper .monaco-editor').click();
    await this.page.keyboard.type(expression);
    await this.page.keyboard.press('Enter');
  }

  /** Clicks into an editor until it has the keyboard; returns when it shows what was typed. */
  private async typeInto(box: Locator, text: string): Promise<void> {
    const hasKeyboard = async () => (await box.getAttribute('class'))?.split(' ').includes('focused') === true;
    await pollUntil(
      async () => {
        if (await hasKeyboard()) return true;
        await box.click();
        return undefined;
      },
      { what: 'a box with the keyboard', timeoutMs },
    );
    await this.page.keyboard.type(text);
    await box.filter({ hasText: text }).waitFor();
  }

  /** The text of the line with the arrow. */
  private async markedLine(): Promise<string> {
    const mark = await this.page
      .locator('.debug-top-stack-frame-line')
      .first()
      .boundingBox({ timeout: 1000 })
      .catch(() => null);
    if (mark === null) return '';
    const lines = this.page.locator('.editor-instance .view-line');
    const text = await lines.evaluateAll((elements, topPx) => {
      const at = elements.find((element) => Math.abs(element.getBoundingClientRect().top - topPx) < 4);
      return at?.textContent ?? '';
    }, mark.y);
    return text.replaceAll('\u00a0', ' ').trim();
  }

  private async gutter(lineText: string): Promise<{ x: number; y: number }> {
    // The editor draws spaces that do not break.
    const words = lineText.split(' ').map((word) => word.replaceAll(/[^\w]/g, '\\$&'));
    const editor = this.page.locator('.editor-instance .monaco-editor').first();
    const line = editor
      .locator('.view-line')
      .filter({ hasText: new RegExp(words.join('\\s')) })
      .first();
    // Lines are drawn anew while the editor colours them.
    return pollUntil(
      async () => {
        const row = await line.boundingBox().catch(() => null);
        const margin = await editor.locator('.margin').first().boundingBox();
        return row && margin ? { x: margin.x + 10, y: row.y + row.height / 2 } : undefined;
      },
      { what: `a line with ${lineText}`, timeoutMs },
    );
  }
}

/** Of rows as they stand on the screen: a list keeps them in the order in which it drew them. */
async function texts(rows: Locator): Promise<string[]> {
  const found = await rows.evaluateAll((elements) =>
    elements
      .map((element) => ({ topPx: element.getBoundingClientRect().top, text: element.textContent ?? '' }))
      .sort((a, b) => a.topPx - b.topPx)
      .map((row) => row.text),
  );
  return found.map((text) => text.replaceAll('\u00a0', ' '));
}
