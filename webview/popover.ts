/** Where a browser cannot open an editor itself: the place in words, to copy, and a link that VS Code answers to. */
import { html } from 'lit';
import { Floating } from './floating';
import { icon } from './icons';

export class SourcePopover {
  private readonly box: Floating;

  constructor(parent: HTMLElement) {
    this.box = new Floating(parent);
    this.box.element.setAttribute('role', 'dialog');
    this.box.element.setAttribute('aria-label', 'Open source');
  }

  show(file: string, line: number, anchor: Element): void {
    const place = `${file}:${line}`;
    const copy = (): void => {
      void navigator.clipboard.writeText(place).then(() => this.box.hide());
    };
    this.box.show(
      html`<code>${place}</code>
        <button class="tool" title="Copy" aria-label="Copy ${place}" @click=${copy}>${icon('copy')}</button>
        <a
          href="vscode://file${encodeURI(file.startsWith('/') ? file : `/${file}`)}:${line}"
          @click=${() => this.box.hide()}
          >Open in VS Code</a
        >`,
      anchor,
    );
    this.box.element.querySelector('a')?.focus();
  }
}
