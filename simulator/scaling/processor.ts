import type { Cores } from './cores';

/** What can do so many things at a time; the rest waits for its turn. */
export class Processor {
  private freeMs = 0;

  /** Without a number of cores nothing ever waits. What it does takes from `shared` what others there could have had. */
  constructor(
    private readonly cores: number | undefined,
    private readonly shared: Cores | null = null,
  ) {}

  /** So much has to be done from now on; how long it waits until it is begun. */
  wait(nowMs: number, workMs: number): number {
    if (this.cores === undefined) return 0;
    const startMs = Math.max(this.freeMs, nowMs);
    this.freeMs = startMs + workMs / this.cores;
    this.shared?.load(workMs);
    return startMs - nowMs;
  }
}
