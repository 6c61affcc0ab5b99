/** Copies of objects that other nodes, or spilled ones that their own node, asked for, and what waits for them. */
import type { Events } from './events';
import { NumberTable } from './numberTable';
import { pushTo } from './pushTo';
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
  /** By copy: its object and node, and whether all of it is there. */
  private readonly object: number[] = [];
  private readonly node: number[] = [];
  private readonly isThere: boolean[] = [];
  /** By object, other nodes than its own that have all of it. */
  private readonly holders = new Map<number, number[]>();
  private readonly awaited = new Map<number, Awaited[]>();

  constructor(
    private readonly nodes: number,
    private readonly events: Events,
    private readonly random: Random,
  ) {}

  /** The copy on a node, which is there or on its way; `NONE` where nobody asked for it. */
  find(object: number, node: number): number {
    return this.numbers.get(object * this.nodes + node) ?? NONE;
  }

  /** One is on its way from now on. */
  add(object: number, node: number): number {
    const copy = this.object.push(object) - 1;
    this.node.push(node);
    this.isThere.push(false);
    this.numbers.set(object * this.nodes + node, copy);
    return copy;
  }

  /** True where it is there; otherwise one thing more that is missing. */
  has(copy: number, awaited: Awaited | null): boolean {
    if (this.isThere[copy]) return true;
    if (awaited === null) return false;
    awaited.missing++;
    pushTo(this.awaited, copy, awaited);
    return false;
  }

  /** All of it is there; `home` is its object's own node. */
  there(copy: number, home: number): void {
    this.isThere[copy] = true;
    if (this.node[copy] !== home) pushTo(this.holders, this.object[copy]!, this.node[copy]!);
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
    const others = this.holders.get(object);
    return others?.[this.random.below(others.length + 1)] ?? home;
  }
}
