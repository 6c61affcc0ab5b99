/**
 * Single tasks to stop in, named as function breakpoints: `train#3`, the third task of `train`; `train#fails`, its first
 * task that fails; `train#slowest`, the one that took longest in the last run. Counts over all processes.
 */
import type { Debuggee } from './debuggee';

const ONE_TASK = /^\s*([\w.]+)\s*#\s*([1-9]\d*|fails|slowest)\s*$/;

export class TaskWatch {
  private readonly nth = new Map<string, number[]>();
  private readonly failing = new Set<string>();
  /** How many tasks of each function have begun since the session did, and of which one has failed. */
  private readonly begun = new Map<string, number>();
  private readonly failed = new Set<string>();

  constructor(
    /** Which task of a function, as they begin, took longest in the last run; null where there was none. */
    private readonly slowest: (fn: string) => Promise<number | null>,
  ) {}

  clear(): void {
    this.nth.clear();
    this.failing.clear();
  }

  /** Takes note of a task to stop in; of another function breakpoint it returns undefined. Returns why not, or null. */
  async add(name: string): Promise<string | null | undefined> {
    const [, fn, which] = ONE_TASK.exec(name) ?? [];
    if (fn === undefined) return undefined;
    if (which === 'fails') {
      this.failing.add(fn);
      return null;
    }
    const number = which === 'slowest' ? await this.slowest(fn) : Number(which);
    if (number === null) return `No run of this script that is kept has tasks of ${fn}.`;
    this.nth.set(fn, [...(this.nth.get(fn) ?? []), number]);
    return null;
  }

  /** Has a process ask of which functions' tasks. */
  async send(debuggee: Debuggee): Promise<void> {
    const lists = [[...this.nth.keys()], [...this.failing]].map((names) => JSON.stringify(names));
    await debuggee.execute(`__import__('heliostat_debugger').watch_tasks(${lists.join(', ')})`);
  }

  /** A task begins, by the names that were asked for: whether it is one to stop in. */
  begins(names: readonly string[]): boolean {
    const isWanted = names.map((name) => {
      const number = (this.begun.get(name) ?? 0) + 1;
      this.begun.set(name, number);
      return this.nth.get(name)?.includes(number) === true;
    });
    return isWanted.includes(true);
  }

  /** The same for one that fails. */
  fails(names: readonly string[]): boolean {
    const first = names.filter((name) => this.failing.has(name) && !this.failed.has(name));
    for (const name of first) this.failed.add(name);
    return first.length > 0;
  }
}
