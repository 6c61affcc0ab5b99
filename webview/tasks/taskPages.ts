/** Pages of the task table from the engine: only those in sight are asked for, and few are kept. */
import type { TaskBrief, TaskList, TaskListQuery } from '../../simulator/model/views';
import type { Ask } from '../ask';

export type TaskOrder = Pick<TaskListQuery, 'filter' | 'sort'>;

const PAGE = 100;
const PAGES_KEPT = 24;
/** Of a run that goes on: how old a page may be. */
const FRESH_MS = 400;

interface Page {
  version: number;
  atMs: number;
  tasks: TaskBrief[];
}

export class TaskPages {
  matching = 0;
  total = 0;
  /** False until the first page of this order is there. */
  isKnown = false;
  private key = '';
  private runId: string | null = null;
  private version = 0;
  private order: TaskOrder | null = null;
  private readonly pages = new Map<number, Page>();
  private busy = false;
  private wanted: { from: number; to: number } = { from: 0, to: 0 };
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ask: Ask,
    private readonly onLoaded: () => void,
  ) {}

  /** Another run or order forgets the pages; another version makes them old. */
  show(runId: string, version: number, order: TaskOrder): void {
    const key = JSON.stringify([runId, order]);
    if (key !== this.key) {
      this.pages.clear();
      this.isKnown = false;
    }
    this.key = key;
    this.runId = runId;
    this.version = version;
    this.order = order;
    this.poke();
  }

  /** These rows are on the screen. */
  want(from: number, to: number): void {
    this.wanted = { from, to };
    this.poke();
  }

  row(index: number): TaskBrief | undefined {
    return this.pages.get(Math.floor(index / PAGE))?.tasks[index % PAGE];
  }

  private poke(): void {
    if (this.busy || this.runId === null || this.order === null) return;
    const next = this.next();
    if (next === null) return;
    this.busy = true;
    const { key, version } = this;
    const query = { ...this.order, from: next * PAGE, limit: PAGE };
    this.ask('runs.taskList', { id: this.runId, query }).then(
      (list) => {
        this.busy = false;
        if (key === this.key) this.keep(next, version, list);
        this.onLoaded();
        this.poke();
      },
      () => {
        // Asked again at the next draw: while there is no connection, an answer at once is always no.
        this.busy = false;
        if (key !== this.key) this.poke();
      },
    );
  }

  /** The first page in sight that is missing, else one that is old. */
  private next(): number | null {
    const first = Math.floor(this.wanted.from / PAGE);
    const last = Math.floor(Math.max(this.wanted.from, this.wanted.to - 1) / PAGE);
    let oldest: { page: number; atMs: number } | null = null;
    for (let page = first; page <= last; page++) {
      const known = this.pages.get(page);
      if (!known) return page;
      if (known.version < this.version && (!oldest || known.atMs < oldest.atMs))
        oldest = { page, atMs: known.atMs };
    }
    if (!oldest) return null;
    const waitMs = oldest.atMs + FRESH_MS - performance.now();
    if (waitMs <= 0) return oldest.page;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poke(), waitMs);
    return null;
  }

  private keep(page: number, version: number, { tasks, matching, total }: TaskList): void {
    this.isKnown = true;
    this.matching = matching;
    this.total = total;
    this.pages.delete(page);
    this.pages.set(page, { version, atMs: performance.now(), tasks });
    if (this.pages.size > PAGES_KEPT) this.pages.delete(this.pages.keys().next().value!);
  }
}
