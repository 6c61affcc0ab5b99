/** When clusters are read: each by itself, since one that is silent must not hold up the others. */

/** Between two readings of a cluster that somebody uses or looks at. */
export const REFRESH_MS = 1000;
/** Between two readings of a cluster that nobody uses or looks at. */
const UNUSED_MS = 5000;

export class Readings {
  private readonly underWay = new Map<string, Promise<void>>();
  private unusedMs = -Infinity;

  constructor(private readonly changed: () => void) {}

  /** Whether those that nobody uses are to be read now, too. */
  isDueForAll(): boolean {
    const isDue = performance.now() - this.unusedMs > UNUSED_MS;
    if (isDue) this.unusedMs = performance.now();
    return isDue;
  }

  /** Who asks while a cluster is being read gets that reading. */
  read(id: string, reading: () => Promise<void>): Promise<void> {
    const known = this.underWay.get(id);
    if (known) return known;
    const begun = reading().finally(() => {
      this.underWay.delete(id);
      this.changed();
    });
    this.underWay.set(id, begun);
    return begun;
  }
}
