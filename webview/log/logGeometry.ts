/**
 * Where the held lines lie in a scroll area that stands for the whole log, and what to ask for next. What is not held
 * is given the height that its bytes would have at the held lines' mean length. Pure.
 */
import type { Want } from './logReader';
import { PIECE_BYTES } from './logReader';
import type { LogWindow } from './logWindow';

/** Where the whole log begins and ends. */
export interface LogRange {
  startByte: number;
  totalBytes: number;
}

export const LINE_PX = 18;
/** Browsers end at about 17 million pixels; held lines come on top of this. */
const MAX_ESTIMATED_PX = 8_000_000;

export interface Geometry {
  topPx: number;
  linesPx: number;
  bottomPx: number;
  pxPerByte: number;
}

export interface Viewport {
  topPx: number;
  heightPx: number;
}

export function geometryOf(window: LogWindow, { startByte, totalBytes }: LogRange): Geometry {
  const linesPx = window.lineCount * LINE_PX;
  const byMean = window.sizeBytes > 0 ? linesPx / window.sizeBytes : LINE_PX / 80;
  const pxPerByte = Math.min(byMean, MAX_ESTIMATED_PX / Math.max(1, totalBytes - startByte));
  return {
    topPx: Math.max(0, window.fromByte - startByte) * pxPerByte,
    linesPx,
    bottomPx: Math.max(0, totalBytes - window.nextByte) * pxPerByte,
    pxPerByte,
  };
}

/** What a user who looks at `viewport` needs: the neighbouring piece near an edge, another place far from it, or nothing. */
export function wantAt(window: LogWindow, range: LogRange, viewport: Viewport): Want | null {
  const { topPx, linesPx, pxPerByte } = geometryOf(window, range);
  const aheadPx = 2 * viewport.heightPx;
  const piecePx = PIECE_BYTES * pxPerByte;
  const aboveBy = topPx + aheadPx - viewport.topPx;
  const belowBy = viewport.topPx + viewport.heightPx + aheadPx - (topPx + linesPx);
  if (aboveBy > 0 && window.fromByte > range.startByte) {
    if (aboveBy - aheadPx <= piecePx) return { kind: 'before' };
    return { kind: 'byte', byte: range.startByte + viewport.topPx / pxPerByte };
  }
  if (belowBy > 0 && window.nextByte < range.totalBytes) {
    if (belowBy - aheadPx - viewport.heightPx <= piecePx) return { kind: 'after' };
    return { kind: 'byte', byte: window.nextByte + (viewport.topPx - topPx - linesPx) / pxPerByte };
  }
  return null;
}

/** Index of the held line that holds this byte of the log; the nearest where it is not held. */
export function lineAt(window: LogWindow, byte: number, lengthOf: (line: string) => number): number {
  let at = window.fromByte;
  for (let index = 0; index < window.lines.length; index++) {
    at += lengthOf(window.lines[index]!) + 1;
    if (at > byte) return index;
  }
  return window.lines.length - 1;
}
