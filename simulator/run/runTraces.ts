/** Which runs' traces are in memory, and what is drawn from them: views are kept until they are worth drawing anew. */
import { isEnded, type RunInfo } from '../model/run';
import type { RunComparison } from '../model/comparison';
import type { ExportFormat, RunView, TaskRow } from '../model/trace';
import { compareRuns } from '../trace/compare';
import { writeExport } from '../trace/exportFile';
import { taskRows } from '../trace/rows';
import type { TraceStore } from '../trace/traceStore';
import type { RunSession } from './session';
import { runView } from './view';

/** So many ended runs keep their trace in memory. */
const TRACES_KEPT = 4;
/** A view that took long to draw is drawn again only after so many times that time: the engine has other things to do. */
const REST = 4;

interface Drawn {
  view: RunView;
  atMs: number;
  tookMs: number;
}

export class RunTraces {
  private readonly looked: RunSession[] = [];
  private readonly drawn = new WeakMap<RunSession, Drawn>();

  constructor(private readonly snapshot: (session: RunSession) => RunInfo) {}

  /** Null when nothing changed since a version. A view of a large run may be a little older than its trace. */
  async view(session: RunSession, since: number | undefined): Promise<RunView | null> {
    await this.load(session);
    const known = this.drawn.get(session);
    const isFresh = known?.view.version === session.store.version;
    // Of a run that goes on more changes come, with the nodes' readings at the latest.
    const isResting =
      known !== undefined &&
      !isEnded(session.info.state) &&
      performance.now() - known.atMs < REST * known.tookMs;
    const view = known && (isFresh || isResting) ? known.view : this.draw(session);
    return since !== undefined && since === view.version ? null : view;
  }

  async tasks(
    session: RunSession,
    from: number,
    limit: number,
  ): Promise<{ tasks: TaskRow[]; total: number }> {
    await this.load(session);
    return { tasks: taskRows(session.store, from, limit), total: session.store.tasks.size };
  }

  async export(session: RunSession, format: ExportFormat, path: string): Promise<number> {
    await this.load(session);
    return writeExport(session.store, { format, path, run: session.info.id, nowMs: Date.now() });
  }

  async compare(a: RunSession, b: RunSession): Promise<RunComparison> {
    await this.load(a);
    await this.load(b);
    return compareRuns(
      { info: this.snapshot(a), store: a.store },
      { info: this.snapshot(b), store: b.store },
    );
  }

  private draw(session: RunSession): RunView {
    const startMs = performance.now();
    const { store, definitions, logSizeBytes } = session;
    const view = runView(this.snapshot(session), store, definitions, logSizeBytes);
    const atMs = performance.now();
    this.drawn.set(session, { view, atMs, tookMs: atMs - startMs });
    return view;
  }

  /** The trace, from disk if need be. */
  async load(session: RunSession): Promise<TraceStore> {
    await session.loadTrace();
    const at = this.looked.indexOf(session);
    if (at !== -1) this.looked.splice(at, 1);
    this.looked.push(session);
    if (this.looked.length > TRACES_KEPT) {
      const left = this.looked.shift()!;
      left.unload();
      this.drawn.delete(left);
    }
    return session.store;
  }
}
