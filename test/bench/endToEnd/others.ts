/** What everything else on this machine uses of its cores while something is measured (Linux). */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const PERIOD_MS = 1000;
/** Of the kernel's clock, in which it counts CPU time for processes. */
const TICK_MS = 10;
/** With more of the cores in others' use, what is measured says little. */
export const MOST_BY_OTHERS = 0.1;

export class Others {
  private readonly own = new Map<string, boolean>();
  private last = new Map<string, number>();
  private lastMs = NaN;

  /** Processes whose environment holds one of these are no others. */
  constructor(private readonly marks: readonly string[]) {}

  /** Waits until they leave the machine alone, or `longestMs` are over. */
  async quiet(longestMs: number): Promise<void> {
    const untilMs = performance.now() + longestMs;
    this.share();
    do await sleep(PERIOD_MS);
    while (this.share() > MOST_BY_OTHERS && performance.now() < untilMs);
  }

  /** The share of all cores that they had while something was done. */
  async during<T>(what: () => Promise<T>): Promise<{ result: T; share: number }> {
    const shares: number[] = [];
    this.share();
    const timer = setInterval(() => shares.push(this.share()), PERIOD_MS);
    try {
      const result = await what();
      return { result, share: shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length) };
    } finally {
      clearInterval(timer);
    }
  }

  /** Since the last call. */
  private share(): number {
    const now = new Map<string, number>();
    let usedMs = 0;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const ms = this.isOwn(pid) ? null : cpuMs(pid);
      if (ms === null) continue;
      now.set(pid, ms);
      usedMs += ms - (this.last.get(pid) ?? (this.last.size > 0 ? 0 : ms));
    }
    const sinceMs = performance.now() - this.lastMs;
    this.last = now;
    this.lastMs = performance.now();
    return sinceMs > 0 ? usedMs / sinceMs / cpus().length : 0;
  }

  private isOwn(pid: string): boolean {
    let isOwn = this.own.get(pid);
    if (isOwn !== undefined) return isOwn;
    const environment = read(`/proc/${pid}/environ`);
    isOwn = Number(pid) === process.pid || this.marks.some((mark) => environment.includes(mark));
    // A process that has just begun may not have its environment yet.
    if (isOwn || this.last.has(pid)) this.own.set(pid, isOwn);
    return isOwn;
  }
}

function cpuMs(pid: string): number | null {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.length > 12 ? (Number(fields[11]) + Number(fields[12])) * TICK_MS : null;
}

/** Empty where it has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
