/** Blocking calls, one row each. */
import { Columns } from './columns';
import { NONE } from './taskTable';
import { WAIT_NAMES, type WaitKind } from '../model/trace';

export const WAIT_KINDS = Object.keys(WAIT_NAMES) as readonly WaitKind[];

export class WaitTable extends Columns {
  /** Row of the task that waited. */
  task = new Int32Array(this.capacity);
  kind = new Uint8Array(this.capacity);
  /** In the task table's sites. */
  site = new Int32Array(this.capacity);
  startMs = new Float64Array(this.capacity);
  endMs = new Float64Array(this.capacity);
  size = 0;

  add(task: number, kind: WaitKind, site: number | null, startMs: number, endMs: number): number {
    const row = this.size++;
    this.reserve(this.size);
    this.task[row] = task;
    this.kind[row] = WAIT_KINDS.indexOf(kind);
    this.site[row] = site ?? NONE;
    this.startMs[row] = startMs;
    this.endMs[row] = endMs;
    return row;
  }
}
