/**
 * Tasks as a structure of arrays: a row per task, columns that grow. Functions, workers, errors and call sites are
 * interned, so that a million tasks cost numbers and not objects.
 */
import type { CallSite, TaskKind, TaskState } from '../model/trace';
import { Columns } from './columns';
import { TaskIds } from './taskIds';

export const KINDS: readonly TaskKind[] = ['driver', 'task', 'actor-creation', 'actor-task'];
export const STATES: readonly TaskState[] = ['waiting', 'running', 'finished', 'failed'];
export const NONE = -1;
const DRIVER = KINDS.indexOf('driver');

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

/** Call sites by number, as `line file`. */
export class Sites extends Interned {
  ofSite(site: CallSite): number {
    return this.of(`${site.line} ${site.file}`);
  }

  site(at: number): CallSite | null {
    if (at === NONE) return null;
    const value = this.values[at]!;
    const space = value.indexOf(' ');
    return { file: value.slice(space + 1), line: Number(value.slice(0, space)) };
  }
}

/** Times are epoch milliseconds; NaN is unknown. Rows and interned numbers are `NONE` when unknown. */
export class TaskTable extends Columns {
  readonly functions = new Interned();
  readonly workers = new Interned();
  readonly errors = new Interned();
  readonly sites = new Sites();
  /** Custom resources as JSON. */
  readonly resourceSets = new Interned();
  kind = new Uint8Array(this.capacity);
  state = new Uint8Array(this.capacity);
  /** Attempts that ended. */
  attempts = new Uint8Array(this.capacity);
  fn = new Int32Array(this.capacity);
  parent = new Int32Array(this.capacity);
  node = new Int16Array(this.capacity);
  worker = new Int32Array(this.capacity);
  pid = new Int32Array(this.capacity);
  error = new Int32Array(this.capacity);
  site = new Int32Array(this.capacity);
  resources = new Int32Array(this.capacity);
  gpus = new Float32Array(this.capacity);
  cpus = new Float32Array(this.capacity);
  cpuMs = new Float32Array(this.capacity);
  processCpuMs = new Float32Array(this.capacity);
  runDelayMs = new Float32Array(this.capacity);
  fetchMs = new Float32Array(this.capacity);
  /** Of arguments that are no references. */
  valueBytes = new Float64Array(this.capacity);
  bytesIn = new Float64Array(this.capacity);
  bytesOut = new Float64Array(this.capacity);
  peakMemoryBytes = new Float64Array(this.capacity);
  submitMs = new Float64Array(this.capacity);
  startMs = new Float64Array(this.capacity);
  endMs = new Float64Array(this.capacity);
  private readonly known = new TaskIds();

  get size(): number {
    return this.known.size;
  }

  id(row: number): string {
    return this.known.id(row);
  }

  find(id: string): number | undefined {
    return this.known.find(id);
  }

  /** Null where it is not known. */
  functionName(row: number): string | null {
    return this.functions.values[this.fn[row]!] ?? null;
  }

  isDriver(row: number): boolean {
    return this.kind[row] === DRIVER;
  }

  /** Null where nothing failed. */
  errorOf(row: number): string | null {
    return this.error[row] === NONE ? null : (this.errors.values[this.error[row]!] ?? null);
  }

  /** The row of a task, made when it is seen for the first time. */
  row(id: string): number {
    const before = this.known.size;
    const row = this.known.add(id);
    return row < before ? row : this.begin(row);
  }

  /** As `row`, of an id in its 24 bytes. */
  rowOfBytes(bytes: Buffer, at: number): number {
    const before = this.known.size;
    const row = this.known.addBytes(bytes, at);
    return row < before ? row : this.begin(row);
  }

  /** Writes an id's 24 bytes; false where it is none of Ray's. */
  copyId(row: number, to: Buffer, at: number): boolean {
    return this.known.copyBytes(row, to, at);
  }

  /** Makes room for so many tasks at once. */
  expect(size: number): void {
    this.known.expect(size);
    this.reserve(size);
  }

  private begin(row: number): number {
    this.reserve(row + 1);
    this.kind[row] = KINDS.indexOf(this.known.kind(row));
    this.fn[row] = this.parent[row] = this.node[row] = this.worker[row] = this.pid[row] = NONE;
    this.error[row] = this.site[row] = this.resources[row] = NONE;
    this.submitMs[row] = this.startMs[row] = this.endMs[row] = NaN;
    this.cpus[row] =
      this.cpuMs[row] =
      this.processCpuMs[row] =
      this.runDelayMs[row] =
      this.fetchMs[row] =
        NaN;
    this.valueBytes[row] = this.bytesIn[row] = this.bytesOut[row] = this.peakMemoryBytes[row] = NaN;
    return row;
  }

  /** The row that a dependency names; of an object of `ray.put` the task that put it. */
  producer(id: string, isPut: boolean): number {
    return (isPut ? this.known.findPutter(id) : undefined) ?? this.row(id);
  }
}
