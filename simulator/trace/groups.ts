/**
 * Tasks by who submitted them: a group is a function and the group of its submitter, the nodes of the graph. Recursion
 * stays in one group, and a run with very many call paths gets no more than `MAX_SPLIT` groups beyond one a function.
 */
import { functionKey } from './functionStats';
import { KeptByVersion } from './keptByVersion';
import { keyId } from './summary';
import { NONE, type TaskTable } from './taskTable';
import type { TraceStore } from './traceStore';

const MAX_SPLIT = 200;

export interface Group {
  id: string;
  /** A `functionKey`. */
  key: number;
  /** Index of the group of its submitter; `NONE` where there is none. */
  parent: number;
}

export interface Groups {
  /** By row; `NONE` while the function of a task is not known. */
  ofRow: Int32Array;
  /** In the order of first sight. */
  all: Group[];
  /** Keys of the functions with more than one group. */
  split: Set<number>;
}

const kept = new KeptByVersion<Groups>(1);

export function groupsOf(store: TraceStore): Groups {
  return kept.of(store, '', () => new Grouping(store.tasks).run());
}

/** The id of a task's group; null while its function is not known. */
export function groupId({ ofRow, all }: Groups, row: number): string | null {
  return all[ofRow[row] ?? NONE]?.id ?? null;
}

const UNSEEN = -2;
/** On the way up: a task that is its own ancestor (a trace with a cycle) has no parent here. */
const ENTERED = -3;

class Grouping {
  private readonly ofRow: Int32Array;
  private readonly all: Group[] = [];
  private readonly byPath = new Map<number, number>();
  private readonly firstByKey = new Map<number, number>();
  private readonly split = new Set<number>();

  constructor(private readonly tasks: TaskTable) {
    this.ofRow = new Int32Array(tasks.size).fill(UNSEEN);
  }

  run(): Groups {
    const { tasks, ofRow } = this;
    const way: number[] = [];
    for (let row = 0; row < tasks.size; row++) {
      let at = row;
      while (at !== NONE && ofRow[at] === UNSEEN) {
        ofRow[at] = ENTERED;
        way.push(at);
        at = tasks.parent[at]!;
      }
      let parent = at === NONE || ofRow[at] === ENTERED ? NONE : ofRow[at]!;
      for (let next = way.pop(); next !== undefined; next = way.pop()) {
        const key = functionKey(tasks, next);
        ofRow[next] = key === NONE ? NONE : this.group(parent, key);
        if (key !== NONE) parent = ofRow[next]!;
      }
    }
    return { ofRow, all: this.all, split: this.split };
  }

  private group(parent: number, key: number): number {
    const path = (parent + 1) * 2 ** 26 + key;
    const known = this.byPath.get(path);
    if (known !== undefined) return known;
    const group = this.above(parent, key) ?? this.made(parent, key);
    this.byPath.set(path, group);
    return group;
  }

  /** The nearest group above that is of this function. */
  private above(parent: number, key: number): number | null {
    for (let at = parent; at !== NONE; at = this.all[at]!.parent) if (this.all[at]!.key === key) return at;
    return null;
  }

  private made(parent: number, key: number): number {
    const first = this.firstByKey.get(key);
    if (first !== undefined && this.all.length - this.firstByKey.size >= MAX_SPLIT) return first;
    const id = keyId(this.tasks, key);
    const index = this.all.push({ id: first === undefined ? id : this.idBelow(parent, id), key, parent }) - 1;
    if (first === undefined) this.firstByKey.set(key, index);
    else this.split.add(key);
    return index;
  }

  private idBelow(parent: number, id: string): string {
    return `${id} < ${parent === NONE ? '?' : this.all[parent]!.id}`;
  }
}
