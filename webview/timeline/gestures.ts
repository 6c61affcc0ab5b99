/** Perfetto's habits on the timeline: W and S zoom, A and D move, the wheel zooms where the pointer is, drag moves. */

export interface GestureTarget {
  /** Width of the names at the left, in CSS pixels. */
  gutter: number;
  zoom(factor: number, xPx: number): void;
  move(dxPx: number, dyPx: number): void;
  hover(xPx: number, yPx: number): void;
  leave(): void;
  click(xPx: number, yPx: number, twice: boolean): void;
  /** True when the key means something here. */
  key(event: KeyboardEvent): boolean;
}

const WHEEL_SPEED = 0.0016;
const DRAG_FROM_PX = 4;

export class Gestures {
  private drag: { x: number; y: number; moved: boolean } | null = null;
  private dragged = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly target: GestureTarget,
  ) {
    element.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    element.addEventListener('pointerdown', (event) => this.onDown(event));
    element.addEventListener('pointermove', (event) => this.onMove(event));
    element.addEventListener('pointerup', () => this.onUp());
    element.addEventListener('pointercancel', () => this.onUp());
    element.addEventListener('pointerleave', () => this.target.leave());
    element.addEventListener('click', (event) => this.onClick(event, false));
    element.addEventListener('dblclick', (event) => this.onClick(event, true));
    element.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.target.key(event)) event.preventDefault();
    });
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    const { x } = this.at(event);
    if (event.shiftKey) this.target.move(-(dx + dy), 0);
    else if (x < this.target.gutter) this.target.move(0, -dy);
    else if (Math.abs(dx) > Math.abs(dy)) this.target.move(-dx, 0);
    // A pinch arrives as a wheel with Ctrl and small steps.
    else this.target.zoom(Math.exp(dy * WHEEL_SPEED * (event.ctrlKey ? 6 : 1)), x);
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.dragged = false;
    this.drag = { x: event.clientX, y: event.clientY, moved: false };
  }

  private onMove(event: PointerEvent): void {
    const { x, y } = this.at(event);
    if (!this.drag) return this.target.hover(x, y);
    const dx = event.clientX - this.drag.x;
    const dy = event.clientY - this.drag.y;
    if (!this.drag.moved && Math.hypot(dx, dy) < DRAG_FROM_PX) return;
    if (!this.drag.moved) {
      this.element.setPointerCapture(event.pointerId);
      this.target.leave();
    }
    this.drag = { x: event.clientX, y: event.clientY, moved: true };
    this.dragged = true;
    this.target.move(dx, dy);
  }

  private onUp(): void {
    this.drag = null;
  }

  private onClick(event: MouseEvent, twice: boolean): void {
    if (this.dragged) return;
    const { x, y } = this.at(event);
    this.target.click(x, y, twice);
  }

  private at(event: MouseEvent): { x: number; y: number } {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
