/**
 * How many blocks more than it hands out Ray Data wants to have: it keeps some back so that the shares of all readers can
 * be made equal.
 */
import { firstNotBefore } from '../model/sorted';

/** A wait of a reader that ended when so many blocks had been needed. */
export interface Arrival {
  needed: number;
  startMs: number;
  endMs: number;
}

/** A shorter wait may have been for no block. */
const LEAST_WAIT_MS = 50;
/** Of waits in the order of how many blocks were there beyond those needed. */
const FEW = 0.1;

/** The least number that was there, but for a few waits; `ends` are when blocks were made, in order. */
export function usualAhead(arrivals: readonly Arrival[], ends: readonly number[]): number {
  const ahead = arrivals
    .filter(({ needed, startMs, endMs }) => needed > 0 && endMs - startMs > LEAST_WAIT_MS)
    .map(({ needed, endMs }) => ({
      there: firstNotBefore(0, ends.length, (at) => ends[at]! <= endMs),
      needed,
    }))
    // With all of them there, nothing is kept back.
    .filter(({ there }) => there < ends.length)
    .map(({ there, needed }) => Math.max(0, there - needed))
    .sort((a, b) => a - b);
  return ahead[Math.floor(ahead.length * FEW)] ?? 0;
}
