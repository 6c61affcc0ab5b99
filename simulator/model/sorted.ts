/** Search in what is in order. */

/** The first place of `from` to `to` (not with it) that is not `isBefore`, where those that are come first; else `to`. */
export function firstNotBefore(from: number, to: number, isBefore: (at: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
