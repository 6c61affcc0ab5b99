/** What is counted of each function while events come in, so that a view of a million tasks costs no pass over them. */
import { Columns } from './columns';
import { KINDS, NONE, STATES, type TaskTable } from './taskTable';
import { Sketch } from './sketch';

const DRIVER = KINDS.indexOf('driver');
const CREATION = KINDS.indexOf('actor-creation');

export class FunctionStats {
  /** By state. */
  readonly counts = STATES.map(() => 0);
  /** Wall time of ended attempts. */
  readonly durations = new Sketch();
  gpus = 0;
  firstMs = Infinity;
  lastMs = -Infinity;
  /** In the table's errors. */
  lastError = NONE;

  /** `row`: one of its tasks, for its kind and name. */
  constructor(readonly row: number) {}
}

export class StatsByFunction {
  private readonly byKey = new Map<number, FunctionStats>();
  /** The rows that are part of a count. */
  private readonly counted = new Flags();

  constructor(private readonly tasks: TaskTable) {}

  /** In the order of first sight. */
  all(): FunctionStats[] {
    return [...this.byKey.values()];
  }

  /** Null while the task's function is not known. */
  of(row: number): FunctionStats | null {
    const key = functionKey(this.tasks, row);
    if (key === NONE) return null;
    let stats = this.byKey.get(key);
    if (!stats) this.byKey.set(key, (stats = new FunctionStats(row)));
    return stats;
  }

  /** To be called before a row's function, kind or state changes; `enter` comes after it. */
  leave(row: number): void {
    if (this.counted.has(row)) this.of(row)!.counts[this.tasks.state[row]!]!--;
  }

  enter(row: number): void {
    const stats = this.of(row);
    if (!stats) return;
    stats.counts[this.tasks.state[row]!]!++;
    this.counted.set(row);
  }
}

class Flags extends Columns {
  private at = new Uint8Array(this.capacity);

  has(row: number): boolean {
    return this.at[row] === 1;
  }

  set(row: number): void {
    this.reserve(row + 1);
    this.at[row] = 1;
  }
}

/** Tasks of one key are one function of the view: creations apart from calls, all drivers together. `NONE` is unknown. */
export function functionKey(tasks: TaskTable, row: number): number {
  const kind = tasks.kind[row]!;
  if (kind === DRIVER) return 0;
  const fn = tasks.fn[row]!;
  return fn === NONE ? NONE : 1 + fn * 2 + (kind === CREATION ? 1 : 0);
}
