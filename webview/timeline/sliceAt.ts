/** What lies under a point of the timeline, or next to a task in its lane. Pure. */
import type { TimelineSlices } from '../../simulator/model/views';
import { firstInSight } from './lanePixels';

export interface FoundSlice {
  functionId: string;
  fromMs: number;
  toMs: number;
  count: number;
  /** -1 where tasks are merged. */
  row: number;
  state: number;
}

/** The slice at a moment, or one no further from it than `slackMs`. */
export function sliceAt(
  slices: TimelineSlices,
  lane: number,
  timeMs: number,
  slackMs: number,
): FoundSlice | null {
  const bounds = boundsOf(slices, lane);
  if (!bounds) return null;
  const tick = (timeMs - slices.fromMs) / slices.tickMs;
  const slack = slackMs / slices.tickMs;
  const i = firstInSight(slices, bounds.from, bounds.to, tick - slack);
  if (i >= bounds.to || slices.start[i]! > tick + slack) return null;
  // The next one may be under the point itself.
  const exact = i + 1 < bounds.to && slices.start[i + 1]! <= tick ? i + 1 : i;
  return sliceOf(slices, exact);
}

/** The single task before or after a moment in a lane but the one of a row; merged ones are passed over. */
export function nextSlice(
  slices: TimelineSlices,
  lane: number,
  timeMs: number,
  step: 1 | -1,
  exceptRow: number,
): FoundSlice | null {
  const bounds = boundsOf(slices, lane);
  if (!bounds) return null;
  const tick = (timeMs - slices.fromMs) / slices.tickMs;
  let i = firstInSight(slices, bounds.from, bounds.to, tick);
  if (step === -1 && (i >= bounds.to || slices.start[i]! >= tick)) i--;
  while (i >= bounds.from && i < bounds.to) {
    const middle = slices.start[i]! + slices.length[i]! / 2;
    if (slices.count[i] === 1 && slices.row[i] !== exceptRow && (step === 1 ? middle > tick : middle < tick))
      return sliceOf(slices, i);
    i += step;
  }
  return null;
}

function boundsOf(slices: TimelineSlices, lane: number): { from: number; to: number } | null {
  const at = lane - slices.firstLane;
  if (at < 0 || at + 1 >= slices.offsets.length) return null;
  return { from: slices.offsets[at]!, to: slices.offsets[at + 1]! };
}

function sliceOf(slices: TimelineSlices, i: number): FoundSlice {
  const fromMs = slices.fromMs + slices.start[i]! * slices.tickMs;
  return {
    functionId: slices.functions[slices.fn[i]!]!,
    fromMs,
    toMs: fromMs + slices.length[i]! * slices.tickMs,
    count: slices.count[i]!,
    row: slices.row[i]!,
    state: slices.state[i]!,
  };
}
