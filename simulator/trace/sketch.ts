/**
 * A distribution of durations in bounded space: exact up to 256 values, then in buckets whose bounds grow by 2 %, so
 * that a percentile is within 1 % (the idea of DDSketch, VLDB 2019).
 */
import type { DurationSpark } from '../model/trace';

const EXACT = 256;
const SPARK_BINS = 24;
const GROWTH = 1.02;
const LOG = Math.log(GROWTH);
const SMALLEST_MS = 0.001;
const BUCKETS = Math.ceil(Math.log(1e10 / SMALLEST_MS) / LOG);

export class Sketch {
  count = 0;
  sum = 0;
  private exact: number[] | null = [];
  private buckets: Uint32Array | null = null;

  add(value: number): void {
    this.count++;
    this.sum += value;
    if (this.buckets) this.buckets[bucket(value)]!++;
    else if (this.exact!.push(value) > EXACT) this.spread();
  }

  /** `p` between 0 and 1, by the nearest rank; null for none. */
  percentile(p: number): number | null {
    if (this.count === 0) return null;
    const rank = Math.max(1, Math.ceil(p * this.count));
    if (this.exact) return Float64Array.from(this.exact).sort()[rank - 1]!;
    let seen = 0;
    for (let at = 0; at < BUCKETS; at++) {
      seen += this.buckets![at]!;
      if (seen >= rank) return at === 0 ? 0 : (SMALLEST_MS * GROWTH ** at * 2) / (1 + GROWTH);
    }
    return null;
  }

  /** How the values are spread, by half octaves from the smallest on; null for none. */
  spark(): DurationSpark | null {
    if (this.count === 0) return null;
    const values = this.exact
      ? this.exact.map((value) => [value, 1] as const)
      : [...this.buckets!].flatMap((count, at) =>
          count > 0 ? [[SMALLEST_MS * GROWTH ** at, count] as const] : [],
        );
    const binOf = (value: number): number => Math.floor(2 * Math.log2(Math.max(SMALLEST_MS, value)));
    const first = values.reduce((least, [value]) => Math.min(least, binOf(value)), Infinity);
    const counts: number[] = [];
    for (const [value, count] of values) {
      const bin = Math.min(SPARK_BINS - 1, binOf(value) - first);
      while (counts.length <= bin) counts.push(0);
      counts[bin]! += count;
    }
    return { fromMs: 2 ** (first / 2), counts };
  }

  private spread(): void {
    this.buckets = new Uint32Array(BUCKETS);
    for (const value of this.exact!) this.buckets[bucket(value)]!++;
    this.exact = null;
  }
}

/** Bucket `n` holds what lies between growth^(n-1) and growth^n of the smallest. */
function bucket(value: number): number {
  return value > SMALLEST_MS ? Math.min(BUCKETS - 1, Math.ceil(Math.log(value / SMALLEST_MS) / LOG)) : 0;
}
