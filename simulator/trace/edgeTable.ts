/**
 * Links from owners (rows of tasks, or waits) to the tasks that they depend on. Those of one owner lie together:
 * `from first[owner], count[owner]` of them.
 */
import type { DependencyKind } from '../model/trace';
import { Columns } from './columns';

export const DEPENDENCY_KINDS: readonly DependencyKind[] = ['argument', 'nested', 'put', 'actor'];

export class LinkTable extends Columns {
  /** Row of the producer. */
  task = new Int32Array(this.capacity);
  size = 0;
  private readonly owners = new Owners();

  link(task: number): void {
    const at = this.size++;
    this.reserve(this.size);
    this.task[at] = task;
  }

  /** The links since `from` are this owner's. An owner gets its links once. */
  own(owner: number, from: number): void {
    this.owners.set(owner, from, this.size - from);
  }

  /** Takes out the links to rows from `limit` on, of owners up to `owners` whose links lie in the owners' order. */
  dropProducers(limit: number, owners: number): void {
    const columns = this.columns();
    let kept = 0;
    for (let owner = 0; owner < owners; owner++) {
      const [first, count] = [this.first(owner), this.count(owner)];
      const from = kept;
      for (let link = first; link < first + count; link++) {
        if (this.task[link]! >= limit) continue;
        for (const column of columns) column[kept] = column[link]!;
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

/** Links along which data goes. */
export class EdgeTable extends LinkTable {
  kind = new Uint8Array(this.capacity);
  /** Which result of the producer, from 1; 0 is unknown. */
  index = new Uint32Array(this.capacity);
  /** NaN is unknown. */
  bytes = new Float64Array(this.capacity);

  /** `kind`: in `DEPENDENCY_KINDS`; `bytes`: NaN is unknown. */
  add(task: number, kind: number, index: number, bytes: number): void {
    const at = this.size;
    this.link(task);
    this.kind[at] = kind;
    this.index[at] = index;
    this.bytes[at] = bytes;
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
