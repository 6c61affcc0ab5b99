/** The stretch of time that is looked at, and what zooming and moving make of it. Pure; epoch milliseconds. */

export interface TimeWindow {
  fromMs: number;
  toMs: number;
}

/** A microsecond over the whole width is as near as one comes. */
const LEAST_SPAN_MS = 0.001;
/** So much of the run's length may be seen empty before and after it. */
const MARGIN = 0.02;

export function spanOf(window: TimeWindow): number {
  return window.toMs - window.fromMs;
}

/** The whole run with a little room on both sides. */
export function whole(bounds: TimeWindow): TimeWindow {
  const margin = Math.max(LEAST_SPAN_MS, spanOf(bounds)) * MARGIN;
  return { fromMs: bounds.fromMs - margin, toMs: bounds.toMs + margin };
}

/** `factor` below 1 comes nearer; what is at `share` of the width stays there. */
export function zoomAt(window: TimeWindow, factor: number, share: number, bounds: TimeWindow): TimeWindow {
  const span = spanOf(window);
  const wanted = Math.min(spanOf(whole(bounds)), Math.max(LEAST_SPAN_MS, span * factor));
  const at = window.fromMs + span * share;
  return within({ fromMs: at - wanted * share, toMs: at + wanted * (1 - share) }, bounds);
}

export function moveBy(window: TimeWindow, shareOfSpan: number, bounds: TimeWindow): TimeWindow {
  const by = spanOf(window) * shareOfSpan;
  return within({ fromMs: window.fromMs + by, toMs: window.toMs + by }, bounds);
}

/** Shows something in the middle with its surroundings: it takes half of the width. */
export function around(what: TimeWindow, bounds: TimeWindow): TimeWindow {
  const span = Math.max(LEAST_SPAN_MS, spanOf(what)) * 2;
  const middle = (what.fromMs + what.toMs) / 2;
  return within({ fromMs: middle - span / 2, toMs: middle + span / 2 }, bounds);
}

/** Moves as little as is needed; never changes the scale unless it has to. */
export function within(window: TimeWindow, bounds: TimeWindow): TimeWindow {
  const limit = whole(bounds);
  if (spanOf(window) >= spanOf(limit)) return limit;
  const shift = Math.max(0, limit.fromMs - window.fromMs) - Math.max(0, window.toMs - limit.toMs);
  return { fromMs: window.fromMs + shift, toMs: window.toMs + shift };
}

export interface Tick {
  timeMs: number;
  label: string;
}

const STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((us) => us / 1000),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((s) => s * 1000),
  ...[1, 2, 5, 10, 15, 30].map((min) => min * 60_000),
  ...[1, 2, 4, 6, 12, 24].map((h) => h * 3_600_000),
];

/** Marks of the axis, no nearer to each other than `leastPx`; counted from `originMs`, the run's start. */
export function ticks(window: TimeWindow, widthPx: number, originMs: number, leastPx = 84): Tick[] {
  const least = (spanOf(window) * leastPx) / Math.max(1, widthPx);
  const step = STEPS_MS.find((one) => one >= least) ?? STEPS_MS.at(-1)!;
  const result: Tick[] = [];
  for (let i = Math.ceil((window.fromMs - originMs) / step); originMs + i * step <= window.toMs; i++) {
    result.push({ timeMs: originMs + i * step, label: timeLabel(i * step, step) });
  }
  return result;
}

/** Only as exact as the step needs. */
function timeLabel(ms: number, stepMs: number): string {
  if (stepMs < 1) return `${(ms / 1000).toFixed(stepMs < 0.01 ? 6 : stepMs < 0.1 ? 5 : 4)} s`;
  if (stepMs < 1000) return `${(ms / 1000).toFixed(stepMs < 10 ? 3 : stepMs < 100 ? 2 : 1)} s`;
  const sign = ms < 0 ? '−' : '';
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 60) return `${sign}${seconds} s`;
  const pad = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${sign}${minutes}:${pad(seconds % 60)}`;
  return `${sign}${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}
