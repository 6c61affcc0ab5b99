/** A border between panes that can be dragged, or moved by arrow keys. */
import { html, type TemplateResult } from 'lit';

export interface SplitterModel {
  /** `vertical` is a line from top to bottom, between a left and a right pane. */
  orientation: 'vertical' | 'horizontal';
  label: string;
  /** Share of the first pane, in percent. */
  percent: number;
  /** Only looked at, not stored, while the drag lasts. */
  onMove(percent: number): void;
}

const LEAST = 15;
const MOST = 85;
const KEY_STEP = 3;

export function splitter(model: SplitterModel): TemplateResult {
  const vertical = model.orientation === 'vertical';
  const move = (percent: number): void => model.onMove(Math.min(MOST, Math.max(LEAST, percent)));
  const keys: Record<string, number> = vertical
    ? { ArrowLeft: -KEY_STEP, ArrowRight: KEY_STEP }
    : { ArrowUp: -KEY_STEP, ArrowDown: KEY_STEP };
  const onKey = (event: KeyboardEvent): void => {
    const step = keys[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(model.percent + step);
  };
  const onDrag = (event: PointerEvent): void => {
    const handle = event.currentTarget as HTMLElement;
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const area = handle.parentElement!.getBoundingClientRect();
    move(
      vertical
        ? (100 * (event.clientX - area.left)) / area.width
        : (100 * (event.clientY - area.top)) / area.height,
    );
  };
  return html`<div
    class="splitter ${model.orientation}"
    role="separator"
    tabindex="0"
    aria-orientation=${model.orientation}
    aria-label=${model.label}
    aria-valuenow=${Math.round(model.percent)}
    aria-valuemin=${LEAST}
    aria-valuemax=${MOST}
    @keydown=${onKey}
    @pointerdown=${(event: PointerEvent) => {
      event.preventDefault();
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    }}
    @pointermove=${onDrag}
  ></div>`;
}
