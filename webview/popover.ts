/** Where a browser cannot open an editor itself: the place in words, to copy, and a link that VS Code answers to. */
import { html, nothing, render } from 'lit';
import { icon } from './icons';

export class SourcePopover {
  private readonly element = document.createElement('div');
  private anchor: Element | null = null;

  constructor(parent: HTMLElement) {
    this.element.className = 'popover';
    this.element.setAttribute('role', 'dialog');
    this.element.setAttribute('aria-label', 'Open source');
    this.element.hidden = true;
    parent.append(this.element);
    document.addEventListener('pointerdown', (event) => {
      if (!this.element.contains(event.target as Node)) this.hide();
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.hide();
      (this.anchor as HTMLElement | SVGElement | null)?.focus();
    });
  }

  show(file: string, line: number, anchor: Element): void {
    this.anchor = anchor;
    const place = `${file}:${line}`;
    const copy = (): void => {
      void navigator.clipboard.writeText(place).then(() => this.hide());
    };
    render(
      html`<code>${place}</code>
        <button class="tool" title="Copy" aria-label="Copy ${place}" @click=${copy}>${icon('copy')}</button>
        <a
          href="vscode://file${encodeURI(file.startsWith('/') ? file : `/${file}`)}:${line}"
          @click=${() => this.hide()}
          >Open in VS Code</a
        >`,
      this.element,
    );
    this.element.hidden = false;
    this.place(anchor);
    this.element.querySelector('a')?.focus();
  }

  hide(): void {
    this.element.hidden = true;
    render(nothing, this.element);
  }

  private place(anchor: Element): void {
    const target = anchor.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = this.element;
    const left = Math.max(8, Math.min(target.left, innerWidth - offsetWidth - 8));
    const below = target.bottom + 4;
    const top = below + offsetHeight > innerHeight - 8 ? Math.max(8, target.top - offsetHeight - 4) : below;
    this.element.style.left = `${left}px`;
    this.element.style.top = `${top}px`;
  }
}
