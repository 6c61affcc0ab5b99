/**
 * Edges from owners (rows of tasks, or waits) to the tasks that they depend on. The edges of one owner lie together:
 * `from first[owner], count[owner]` of them.
 */
import type { DependencyKind } from '../model/trace';
import { Columns } from './columns';

export const DEPENDENCY_KINDS: readonly DependencyKind[] = ['argument', 'nested', 'put', 'actor'];

export class EdgeTable extends Columns {
  /** Row of the producer. */
  task = new Int32Array(this.capacity);
  kind = new Uint8Array(this.capacity);
  /** Which result of the producer, from 1; 0 is unknown. */
  index = new Uint32Array(this.capacity);
  /** NaN is unknown. */
  bytes = new Float64Array(this.capacity);
  size = 0;
  private readonly owners = new Owners();

  /** `kind`: in `DEPENDENCY_KINDS`; `bytes`: NaN is unknown. */
  add(task: number, kind: number, index: number, bytes: number): void {
    const at = this.size++;
    this.reserve(this.size);
    this.task[at] = task;
    this.kind[at] = kind;
    this.index[at] = index;
    this.bytes[at] = bytes;
  }

  /** The edges since `from` are this owner's. An owner gets its edges once. */
  own(owner: number, from: number): void {
    this.owners.set(owner, from, this.size - from);
  }

  /** Takes out the edges to rows from `limit` on, of owners up to `owners` whose edges lie in the owners' order. */
  dropProducers(limit: number, owners: number): void {
    let kept = 0;
    for (let owner = 0; owner < owners; owner++) {
      const [first, count] = [this.first(owner), this.count(owner)];
      const from = kept;
      for (let edge = first; edge < first + count; edge++) {
        if (this.task[edge]! >= limit) continue;
        for (const column of [this.task, this.kind, this.index, this.bytes]) column[kept] = column[edge]!;
        kept++;
      }
      if (count > 0) this.owners.set(owner, from, kept - from);
    }
    this.size = kept;
  }

  first(owner: number): number {
    return this.owners.length > owner ? this.owners.first[owner]! : 0;
  }

  count(owner: number): number {
    return this.owners.length > owner ? this.owners.count[owner]! : 0;
  }
}

class Owners extends Columns {
  first = new Uint32Array(this.capacity);
  count = new Uint32Array(this.capacity);

  get length(): number {
    return this.capacity;
  }

  set(owner: number, first: number, count: number): void {
    this.reserve(owner + 1);
    this.first[owner] = first;
    this.count[owner] = count;
  }
}
