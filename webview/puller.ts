/** Turns any number of "something changed" into few pulls: one at a time, spaced out, and none while nobody looks. */
export class Puller {
  private dirty = false;
  private busy = false;
  private lastMs = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  constructor(
    private readonly everyMs: number,
    private readonly pull: () => Promise<void>,
  ) {
    document.addEventListener('visibilitychange', this.onVisible);
  }

  /** Something changed: pull as soon as that is allowed. */
  poke(): void {
    this.dirty = true;
    this.schedule();
  }

  dispose(): void {
    this.ended = true;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.onVisible);
  }

  private readonly onVisible = (): void => this.schedule();

  private schedule(): void {
    if (!this.dirty || this.busy || this.ended || this.timer !== undefined) return;
    if (document.visibilityState !== 'visible') return;
    const waitMs = Math.max(0, this.lastMs + this.everyMs - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.run();
    }, waitMs);
  }

  private async run(): Promise<void> {
    this.dirty = false;
    this.busy = true;
    this.lastMs = performance.now();
    try {
      await this.pull();
    } finally {
      this.busy = false;
      this.schedule();
    }
  }
}
