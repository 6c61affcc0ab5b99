/** Which runs' traces are in memory, and what is drawn from them: views are kept until they are worth drawing anew. */
import type { RunInfo } from '../model/run';
import { writtenTo } from '../base/files';
import type { RunComparison } from '../model/comparison';
import type { ExportFormat, RunView, TaskRow } from '../model/trace';
import { compareRuns } from '../trace/compare';
import { writeExport } from '../trace/exportFile';
import { KeptByVersion } from '../trace/keptByVersion';
import { taskRows } from '../trace/rows';
import type { TraceStore } from '../trace/traceStore';
import type { RunSession } from './session';
import { runView } from './view';

/** So many ended runs keep their trace in memory. */
const TRACES_KEPT = 4;

export class RunTraces {
  private readonly looked: RunSession[] = [];
  private readonly drawn = new KeptByVersion<RunView>(1);

  constructor(private readonly snapshot: (session: RunSession) => RunInfo) {}

  /** Null when nothing changed since a version. A view of a large run may be a little older than its trace. */
  async view(
    session: RunSession,
    { since, whole = false }: { since?: number; whole?: boolean },
  ): Promise<RunView | null> {
    const store = await (whole ? this.whole(session) : this.load(session));
    const view = this.drawn.of(store, '', () =>
      runView(this.snapshot(session), store, session.definitions, session.logSizeBytes),
    );
    return since !== undefined && since === view.version ? null : view;
  }

  async tasks(
    session: RunSession,
    from: number,
    limit: number,
  ): Promise<{ tasks: TaskRow[]; total: number }> {
    const store = await this.whole(session);
    return { tasks: taskRows(store, from, limit), total: store.tasks.size };
  }

  async export(session: RunSession, format: ExportFormat, path: string): Promise<number> {
    const store = await this.whole(session);
    const options = { format, path, run: session.info.id, nowMs: Date.now() };
    return writtenTo(path, writeExport(store, options));
  }

  async compare(a: RunSession, b: RunSession): Promise<RunComparison> {
    await this.whole(a);
    await this.whole(b);
    return compareRuns(
      { info: this.snapshot(a), store: a.store },
      { info: this.snapshot(b), store: b.store },
    );
  }

  /** The trace as it stays: a run that has just ended is waited for until all of it has been collected. */
  async whole(session: RunSession): Promise<TraceStore> {
    await session.collected();
    return this.load(session);
  }

  /** The trace as it is now, from disk if need be. */
  async load(session: RunSession): Promise<TraceStore> {
    await session.loadTrace();
    const at = this.looked.indexOf(session);
    if (at !== -1) this.looked.splice(at, 1);
    this.looked.push(session);
    if (this.looked.length > TRACES_KEPT) this.looked.shift()!.unload();
    return session.store;
  }
}
