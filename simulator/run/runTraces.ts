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
  async view(session: RunSession, since: number | undefined): Promise<RunView | null> {
    const store = await this.load(session);
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
    await this.load(session);
    return { tasks: taskRows(session.store, from, limit), total: session.store.tasks.size };
  }

  async export(session: RunSession, format: ExportFormat, path: string): Promise<number> {
    await this.load(session);
    const options = { format, path, run: session.info.id, nowMs: Date.now() };
    return writtenTo(path, writeExport(session.store, options));
  }

  async compare(a: RunSession, b: RunSession): Promise<RunComparison> {
    await this.load(a);
    await this.load(b);
    return compareRuns(
      { info: this.snapshot(a), store: a.store },
      { info: this.snapshot(b), store: b.store },
    );
  }

  /** The trace, from disk if need be. */
  async load(session: RunSession): Promise<TraceStore> {
    await session.loadTrace();
    const at = this.looked.indexOf(session);
    if (at !== -1) this.looked.splice(at, 1);
    this.looked.push(session);
    if (this.looked.length > TRACES_KEPT) this.looked.shift()!.unload();
    return session.store;
  }
}
