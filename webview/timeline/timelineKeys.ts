/** The timeline's keys: Perfetto's, and arrows from task to task. */

export interface KeyTarget {
  zoom(factor: number): void;
  /** `dx` in widths of the drawing, `dy` in pixels. */
  move(dx: number, dy: number): void;
  fitSelection(): void;
  fitAll(): void;
  search(): void;
  step(step: 1 | -1): void;
  open(): void;
  escape(): void;
}

const ZOOM = 0.7;
const MOVE = 0.15;
const SCROLL_PX = 60;

const KEYS: Record<string, (target: KeyTarget) => void> = {
  w: (target) => target.zoom(ZOOM),
  s: (target) => target.zoom(1 / ZOOM),
  a: (target) => target.move(MOVE, 0),
  d: (target) => target.move(-MOVE, 0),
  f: (target) => target.fitSelection(),
  '0': (target) => target.fitAll(),
  '/': (target) => target.search(),
  ArrowUp: (target) => target.move(0, SCROLL_PX),
  ArrowDown: (target) => target.move(0, -SCROLL_PX),
  ArrowRight: (target) => target.step(1),
  ArrowLeft: (target) => target.step(-1),
  Enter: (target) => target.open(),
  Escape: (target) => target.escape(),
};

/** True when the key means something here. */
export function runKey(event: KeyboardEvent, target: KeyTarget): boolean {
  const run = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  run?.(target);
  return run !== undefined;
}
