/** Copies of objects that other nodes, or spilled ones that their own node, asked for, and what waits for them. */
import type { Events } from './events';
import { NumberTable } from './numberTable';
import type { Random } from './random';
import { NONE } from './taskGraph';

/** An event that comes when nothing is missing any more, and not before `fromMs`. */
export interface Awaited {
  missing: number;
  fromMs: number;
  kind: number;
  arg: number;
}

export class Copies {
  /** By object and node, the copy's number. */
  private readonly numbers = new NumberTable();
  /** By copy: its object and node, whether all of it is there, and the copy of its object before it. */
  private readonly object: number[] = [];
  private readonly node: number[] = [];
  private readonly isThere: boolean[] = [];
  private readonly before: number[] = [];
  private readonly last: Int32Array;
  private readonly awaited = new Map<number, Awaited[]>();

  constructor(
    objects: number,
    private readonly nodes: number,
    private readonly events: Events,
    private readonly random: Random,
  ) {
    this.last = new Int32Array(objects).fill(NONE);
  }

  /** The copy on a node, which is there or on its way; `NONE` where nobody asked for it. */
  find(object: number, node: number): number {
    return this.numbers.get(object * this.nodes + node) ?? NONE;
  }

  /** One is on its way from now on. */
  add(object: number, node: number): number {
    const copy = this.object.push(object) - 1;
    this.node.push(node);
    this.isThere.push(false);
    this.before.push(this.last[object]!);
    this.last[object] = copy;
    this.numbers.set(object * this.nodes + node, copy);
    return copy;
  }

  /** True where it is there; otherwise one thing more that is missing. */
  has(copy: number, awaited: Awaited | null): boolean {
    if (this.isThere[copy]) return true;
    if (awaited === null) return false;
    awaited.missing++;
    const others = this.awaited.get(copy);
    if (others) others.push(awaited);
    else this.awaited.set(copy, [awaited]);
    return false;
  }

  /** All of it is there. */
  there(copy: number): void {
    this.isThere[copy] = true;
    const { now } = this.events;
    for (const one of this.awaited.get(copy) ?? [])
      if (--one.missing === 0) this.events.at(Math.max(now, one.fromMs), one.kind, one.arg);
    this.awaited.delete(copy);
  }

  objectOf(copy: number): number {
    return this.object[copy]!;
  }

  nodeOf(copy: number): number {
    return this.node[copy]!;
  }

  /** One of the nodes that have all of it, by chance (`PullFromRandomLocation` of pull_manager.cc). */
  holder(object: number, home: number): number {
    let holder = home;
    let count = 1;
    for (let copy = this.last[object]!; copy !== NONE; copy = this.before[copy]!) {
      if (!this.isThere[copy] || this.node[copy] === home) continue;
      if (this.random.below(++count) === 0) holder = this.node[copy]!;
    }
    return holder;
  }
}
