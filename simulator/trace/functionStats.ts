/** What is counted of each function while events come in, so that a view of a million tasks costs no pass over them. */
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
  /** 1 for each row that is part of a count. */
  private counted = new Uint8Array(256);

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
    if (this.counted[row] === 1) this.of(row)!.counts[this.tasks.state[row]!]!--;
  }

  enter(row: number): void {
    const stats = this.of(row);
    if (!stats) return;
    stats.counts[this.tasks.state[row]!]!++;
    if (row >= this.counted.length) this.counted = longer(this.counted, row);
    this.counted[row] = 1;
  }
}

function longer(flags: Uint8Array<ArrayBuffer>, row: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.ceil((row + 1) * 1.5));
  larger.set(flags);
  return larger;
}

/** Tasks of one key are one function of the view: creations apart from calls, all drivers together. `NONE` is unknown. */
export function functionKey(tasks: TaskTable, row: number): number {
  const kind = tasks.kind[row]!;
  if (kind === DRIVER) return 0;
  const fn = tasks.fn[row]!;
  return fn === NONE ? NONE : 1 + fn * 2 + (kind === CREATION ? 1 : 0);
}
