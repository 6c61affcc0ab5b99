/**
 * Keeps what was derived from a store until the store has changed. Of a store that goes on changing, what took long to
 * derive is used a little longer, so that deriving takes at most a fifth of the time: more changes come, and are seen.
 */
import type { TraceStore } from './traceStore';

const PATIENCE = 4;

interface Kept<T> {
  key: string;
  version: number;
  value: T;
  builtAtMs: number;
  tookMs: number;
}

export class KeptByVersion<T> {
  private readonly byStore = new WeakMap<TraceStore, Kept<T>[]>();

  /** So many results of one store are kept, the newest. */
  constructor(private readonly most: number) {}

  of(store: TraceStore, key: string, derive: () => T): T {
    const all = this.byStore.get(store) ?? [];
    const known = all.find((one) => one.key === key);
    const now = performance.now();
    if (known) {
      const isResting = !store.isSettled && now - known.builtAtMs < known.tookMs * PATIENCE;
      if (known.version === store.version || isResting) return known.value;
    }
    const { version } = store;
    const value = derive();
    const kept = { key, version, value, builtAtMs: performance.now(), tookMs: performance.now() - now };
    this.byStore.set(store, [kept, ...all.filter((one) => one.key !== key)].slice(0, this.most));
    return value;
  }
}
