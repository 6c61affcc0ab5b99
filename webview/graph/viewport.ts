/** Pan and zoom of an SVG: by wheel, drag and keys. Fits its content until the user takes over. */
import type { Box } from './graphLayout';

const MIN_SCALE = 0.1;
const MAX_SCALE = 2.5;
/** Fitting does not blow a small graph up. */
const MAX_FIT_SCALE = 1.1;
const PADDING_PX = 20;
const WHEEL_SPEED = 0.0015;

export class GraphViewport {
  private scale = 1;
  private x = 0;
  private y = 0;
  private touched = false;
  private content: Box | null = null;
  private drag: { x: number; y: number; moved: boolean } | null = null;
  /** Whether the last press was a drag, so that its click is not one. */
  dragged = false;

  constructor(
    private readonly frame: SVGSVGElement,
    private readonly stage: () => SVGGElement | null,
    private readonly onScale: (scale: number) => void,
  ) {
    frame.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    frame.addEventListener('pointerdown', (event) => this.onDown(event));
    frame.addEventListener('pointermove', (event) => this.onMove(event));
    frame.addEventListener('pointerup', () => this.onUp());
    frame.addEventListener('pointercancel', () => this.onUp());
    new ResizeObserver(() => this.settle()).observe(frame);
  }

  /** The content's box, in its own units. Fits it unless the user has moved the view. */
  setContent(content: Box): void {
    this.content = content;
    this.settle();
  }

  /** Shows everything, and goes on doing so as the content grows. */
  fit(): void {
    this.touched = false;
    this.settle();
  }

  zoomBy(factor: number): void {
    this.touched = true;
    this.zoomAt(factor, this.frame.clientWidth / 2, this.frame.clientHeight / 2);
  }

  /** Moves as little as is needed to have this box in sight. */
  reveal(box: Box): void {
    const left = box.x * this.scale + this.x;
    const top = box.y * this.scale + this.y;
    const right = left + box.width * this.scale;
    const bottom = top + box.height * this.scale;
    const dx = shift(left, right, this.frame.clientWidth);
    const dy = shift(top, bottom, this.frame.clientHeight);
    if (dx === 0 && dy === 0) return;
    this.touched = true;
    this.x += dx;
    this.y += dy;
    this.apply();
  }

  private settle(): void {
    const { clientWidth, clientHeight } = this.frame;
    if (this.touched || !this.content || clientWidth === 0 || clientHeight === 0) return this.apply();
    const { x, y, width, height } = this.content;
    const room = { width: clientWidth - 2 * PADDING_PX, height: clientHeight - 2 * PADDING_PX };
    this.scale = clamp(Math.min(room.width / width, room.height / height), MIN_SCALE, MAX_FIT_SCALE);
    this.x = (clientWidth - width * this.scale) / 2 - x * this.scale;
    this.y = (clientHeight - height * this.scale) / 2 - y * this.scale;
    this.apply();
  }

  private apply(): void {
    this.stage()?.setAttribute('transform', `translate(${this.x} ${this.y}) scale(${this.scale})`);
    this.onScale(this.scale);
  }

  private zoomAt(factor: number, px: number, py: number): void {
    const scale = clamp(this.scale * factor, MIN_SCALE, MAX_SCALE);
    this.x = px - ((px - this.x) * scale) / this.scale;
    this.y = py - ((py - this.y) * scale) / this.scale;
    this.scale = scale;
    this.apply();
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    this.touched = true;
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
    const box = this.frame.getBoundingClientRect();
    // A pinch arrives as a wheel with Ctrl and small steps.
    const speed = event.ctrlKey ? WHEEL_SPEED * 6 : WHEEL_SPEED;
    this.zoomAt(Math.exp(-event.deltaY * unit * speed), event.clientX - box.left, event.clientY - box.top);
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.dragged = false;
    this.drag = { x: event.clientX, y: event.clientY, moved: false };
  }

  private onMove(event: PointerEvent): void {
    if (!this.drag) return;
    const dx = event.clientX - this.drag.x;
    const dy = event.clientY - this.drag.y;
    if (!this.drag.moved && Math.hypot(dx, dy) < 4) return;
    if (!this.drag.moved) this.frame.setPointerCapture(event.pointerId);
    this.drag = { x: event.clientX, y: event.clientY, moved: true };
    this.dragged = true;
    this.touched = true;
    this.x += dx;
    this.y += dy;
    this.apply();
  }

  private onUp(): void {
    this.drag = null;
  }
}

function shift(from: number, to: number, room: number): number {
  if (from < PADDING_PX) return PADDING_PX - from;
  if (to > room - PADDING_PX) return Math.max(room - PADDING_PX - to, PADDING_PX - from);
  return 0;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
