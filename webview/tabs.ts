/** A row of tabs in the look of VS Code's panel; arrow keys move, as its own do. */
import { html, nothing, type TemplateResult } from 'lit';

export interface TabItem<T extends string> {
  id: T;
  title: string;
  badge: string;
}

export function tabList<T extends string>(
  label: string,
  items: readonly TabItem<T>[],
  active: T,
  onSelect: (id: T) => void,
): TemplateResult {
  const onKey = (event: KeyboardEvent): void => {
    const at = items.findIndex((item) => item.id === active);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = items[(at + step + items.length) % items.length]!;
    onSelect(next.id);
    (event.currentTarget as Element).querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} @keydown=${onKey}>
    ${items.map(
      (item) =>
        html`<button
          class="tab"
          role="tab"
          id="tab-${item.id}"
          data-tab=${item.id}
          aria-selected=${item.id === active ? 'true' : 'false'}
          aria-controls="pane-${item.id}"
          tabindex=${item.id === active ? '0' : '-1'}
          @click=${() => onSelect(item.id)}
        >
          ${item.title}${item.badge === '' ? nothing : html`<span class="tab-badge">${item.badge}</span>`}
        </button>`,
    )}
  </div>`;
}
