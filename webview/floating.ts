/** A small box over the page, beside what it was called from: a click elsewhere or Escape ends it. */
import { nothing, render, type TemplateResult } from 'lit';

export class Floating {
  readonly element = document.createElement('div');
  private anchor: HTMLElement | SVGElement | null = null;

  constructor(
    parent: HTMLElement,
    private readonly onHidden: () => void = () => undefined,
  ) {
    this.element.className = 'popover';
    this.element.hidden = true;
    parent.append(this.element);
    document.addEventListener('pointerdown', (event) => {
      const inside =
        this.element.contains(event.target as Node) || this.anchor?.contains(event.target as Node);
      if (!inside) this.hide();
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.leave();
    });
  }

  show(content: TemplateResult, anchor: Element): void {
    this.anchor = anchor as HTMLElement | SVGElement;
    render(content, this.element);
    this.element.hidden = false;
    this.place(anchor);
  }

  hide(): void {
    if (this.element.hidden) return;
    this.element.hidden = true;
    render(nothing, this.element);
    this.onHidden();
  }

  /** Ends it and goes back to where it was called from. */
  leave(): void {
    this.hide();
    this.anchor?.focus();
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
