/**
 * Tasks as a structure of arrays: a row per task, columns that grow. Ids are looked up by Ray's hex id; functions,
 * workers and errors are interned, so that a million tasks cost numbers and not objects.
 */
import type { TaskKind, TaskState } from '../model/trace';

export const KINDS: readonly TaskKind[] = ['driver', 'task', 'actor-creation', 'actor-task'];
export const STATES: readonly TaskState[] = ['waiting', 'running', 'finished', 'failed'];
export const NONE = -1;

/** Strings by number, each kept once. */
export class Interned {
  readonly values: string[] = [];
  private readonly index = new Map<string, number>();

  of(value: string): number {
    let at = this.index.get(value);
    if (at === undefined) {
      at = this.values.length;
      this.values.push(value);
      this.index.set(value, at);
    }
    return at;
  }
}

const FIRST_CAPACITY = 256;

/** Times are epoch milliseconds; NaN is unknown. Rows and interned numbers are `NONE` when unknown. */
export class TaskTable {
  readonly ids: string[] = [];
  readonly functions = new Interned();
  readonly workers = new Interned();
  readonly errors = new Interned();
  kind = new Uint8Array(FIRST_CAPACITY);
  state = new Uint8Array(FIRST_CAPACITY);
  /** Attempts that ended. */
  attempts = new Uint8Array(FIRST_CAPACITY);
  fn = new Int32Array(FIRST_CAPACITY);
  parent = new Int32Array(FIRST_CAPACITY);
  node = new Int16Array(FIRST_CAPACITY);
  worker = new Int32Array(FIRST_CAPACITY);
  pid = new Int32Array(FIRST_CAPACITY);
  error = new Int32Array(FIRST_CAPACITY);
  gpus = new Float32Array(FIRST_CAPACITY);
  cpuMs = new Float32Array(FIRST_CAPACITY);
  submitMs = new Float64Array(FIRST_CAPACITY);
  startMs = new Float64Array(FIRST_CAPACITY);
  endMs = new Float64Array(FIRST_CAPACITY);
  private readonly rows = new Map<string, number>();

  get size(): number {
    return this.ids.length;
  }

  find(id: string): number | undefined {
    return this.rows.get(id);
  }

  /** The row of a task, made when it is seen for the first time. */
  row(id: string): number {
    const known = this.rows.get(id);
    if (known !== undefined) return known;
    const row = this.ids.length;
    if (row === this.kind.length) this.grow();
    this.ids.push(id);
    this.rows.set(id, row);
    this.kind[row] = KINDS.indexOf(kindById(id));
    this.fn[row] =
      this.parent[row] =
      this.node[row] =
      this.worker[row] =
      this.pid[row] =
      this.error[row] =
        NONE;
    this.submitMs[row] = this.startMs[row] = this.endMs[row] = this.cpuMs[row] = NaN;
    return row;
  }

  private grow(): void {
    this.kind = grown(this.kind, Uint8Array);
    this.state = grown(this.state, Uint8Array);
    this.attempts = grown(this.attempts, Uint8Array);
    this.fn = grown(this.fn, Int32Array);
    this.parent = grown(this.parent, Int32Array);
    this.node = grown(this.node, Int16Array);
    this.worker = grown(this.worker, Int32Array);
    this.pid = grown(this.pid, Int32Array);
    this.error = grown(this.error, Int32Array);
    this.gpus = grown(this.gpus, Float32Array);
    this.cpuMs = grown(this.cpuMs, Float32Array);
    this.submitMs = grown(this.submitMs, Float64Array);
    this.startMs = grown(this.startMs, Float64Array);
    this.endMs = grown(this.endMs, Float64Array);
  }
}

function grown<T extends { length: number; set(from: T): void }>(
  column: T,
  type: new (length: number) => T,
): T {
  const larger = new type(column.length * 2);
  larger.set(column);
  return larger;
}

/**
 * What Ray's task ids say of the kind (src/ray/common/id.h): 8 unique bytes, 12 of the actor, 4 of the job. All ones
 * in the first 20 is the driver; in the first 8, an actor's creation; in bytes 8 to 20, a plain task.
 */
export function kindById(id: string): TaskKind {
  if (/^f{40}/.test(id)) return 'driver';
  if (/^f{16}/.test(id)) return 'actor-creation';
  return /^.{16}f{24}/.test(id) ? 'task' : 'actor-task';
}
