/**
 * One run's life: prepare → place → launch → follow → collect → end. The only file that knows that order and the only
 * writer of the run's `RunInfo`. A run of an earlier engine goes on where its record says it was.
 */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { toFailure } from '../model/failure';
import { isEnded, type RunInfo, type RunState } from '../model/run';
import type { NodeInfo } from '../model/cluster';
import type { TraceEvent } from '../model/trace';
import type { Context, Log } from '../base/context';
import type { Definitions } from '../trace/summary';
import { driverOf } from '../trace/taskIds';
import { readTrace } from '../trace/traceFile';
import { TraceStore } from '../trace/traceStore';
import { Cancellation } from './cancellation';
import { readDefinitions } from './definitions';
import { follow, type Followed } from './follow';
import { withError } from './jobApi';
import { keepTrace, notKept } from './keepTrace';
import { LifeSigns } from './lifeSigns';
import { LibraryWatch } from './libraryWatch';
import { nodeFacts } from './nodeFacts';
import type { JobEnd, JobProgress, Placement, RunPlace } from './place';
import type { RunFiles, RunRecord, RunRecords } from './record';
import { readLate, reconcile } from './reconcile';
import { RunLog } from './runLog';
import { TracebackScanner } from './traceback';

/** Whoever wants all of a run that has just ended does not wait for a silent cluster for longer. */
const MOST_COLLECTING_MS = 10_000;

export class RunSession {
  readonly info: RunInfo;
  readonly files: RunFiles;
  store = new TraceStore();
  private readonly cancellation: Cancellation;
  private readonly log: RunLog;
  private readonly scanner: TracebackScanner;
  private readonly libraries = new LibraryWatch(
    () => this.store,
    (events) => this.keep(events),
  );
  private place: RunPlace | null = null;
  private names: Definitions | null = null;
  private readonly life: LifeSigns;
  private ending = Promise.resolve();

  constructor(
    readonly record: RunRecord,
    private readonly records: RunRecords,
    private readonly placement: Placement,
    private readonly logger: Log,
    /** Something to see has changed: `state` for lists, `view` for the run's own page. */
    private readonly onChanged: (what: 'state' | 'view') => void,
  ) {
    this.info = record.info;
    this.files = records.files(record.info.id);
    this.scanner = new TracebackScanner({ workingDir: this.info.workingDir });
    this.life = new LifeSigns(record.info, records);
    this.cancellation = new Cancellation(this.info, logger);
    this.log = new RunLog(this.files.log, (line) => this.scanner.feed(line));
  }

  /** Settles when the run has ended and all of it is kept; never rejects. */
  run(): Promise<void> {
    return (this.ending = this.live());
  }

  /** Settles once all of an ended run is there, or after ten seconds; at once for one that goes on. */
  async collected(): Promise<void> {
    if (isEnded(this.info.state))
      await Promise.race([this.ending, delay(MOST_COLLECTING_MS, undefined, { ref: false })]);
  }

  /** Stops the job, or whatever is being done before there is one. Settles at once; the state tells the rest. */
  cancel(): void {
    if (isEnded(this.info.state) || this.isCancelled) return;
    this.set({ kind: 'stopping' });
    this.cancellation.want();
  }

  /** A reading of the cluster that this run is on. */
  nodesRead(nodes: NodeInfo[]): void {
    if (isEnded(this.info.state)) return;
    for (const info of nodes) {
      const { index, sample } = info;
      this.store.apply({ type: 'node', nodeIndex: index, node: nodeFacts(info) });
      if (sample) this.store.apply({ type: 'node-sample', nodeIndex: index, sample });
    }
    const there = new Set(nodes.map(({ index }) => index));
    for (const [nodeIndex, node] of this.store.nodes)
      if (node.state === 'alive' && !there.has(nodeIndex))
        this.store.apply({ type: 'node', nodeIndex, node: { ...node, state: 'left' } });
    this.onChanged('view');
  }

  /** Into the trace, from whatever source. */
  keep(events: TraceEvent[]): void {
    for (const event of events) this.store.apply(event);
    this.onChanged('view');
  }

  /** The trace of a run that ended in an earlier engine is read from its file the first time it is wanted. */
  async loadTrace(): Promise<void> {
    if (isEnded(this.info.state) && this.store.tasks.size === 0 && existsSync(this.files.trace)) {
      this.store = await readTrace(this.files.trace);
    }
  }

  /** Lets go of what can be read again from the run's files. */
  unload(): void {
    if (isEnded(this.info.state) && existsSync(this.files.trace)) this.store = new TraceStore();
  }

  /** Where the script defines its remote functions. */
  get definitions(): Definitions {
    this.names ??= readDefinitions(this.info.script);
    return this.names;
  }

  get logSizeBytes(): number {
    return this.log.sizeBytes;
  }

  private get isCancelled(): boolean {
    return this.cancellation.isWanted;
  }

  private async live(): Promise<void> {
    try {
      await this.proceed();
    } catch (thrown) {
      const failure = this.life.lossOf(toFailure(thrown));
      if (failure.code === 'internal') this.logger.error(`Run ${this.info.id}: ${failure.detail}`);
      // As a run has ended, so it stays, whatever becomes of what it left.
      if (isEnded(this.info.state)) this.note(notKept('some of what this run left is', thrown));
      else if (failure.code === 'cancelled') this.finish({ kind: 'cancelled' }, null);
      else this.finish({ kind: 'failed', failure }, null);
      if (!existsSync(this.files.trace)) await this.keepTrace();
      this.settled();
    } finally {
      this.log.close();
    }
  }

  private async proceed(): Promise<void> {
    const ctx: Context = {
      log: this.logger,
      signal: this.cancellation.beforeJob,
      step: (step) => this.isCancelled || this.set({ kind: 'preparing', step }),
    };
    ctx.signal.throwIfAborted();
    const isNew = this.info.submissionId === null;
    if (!isNew) this.log.replay();
    const { place, launch } = await this.placement.prepare(ctx, this);
    this.place = place;
    Object.assign(this.info, {
      clusterId: place.clusterId,
      clusterName: place.clusterName,
      backend: place.backend,
      submissionId: this.info.submissionId ?? (await place.reserve(ctx)),
    });
    this.save();
    const id = this.info.submissionId!;
    const start = () => place.launch(ctx, id, launch);
    this.info.notices.push(...(await this.cancellation.launch(start, () => place.stop(id))));
    const followed = await follow({ ...ctx, signal: this.cancellation.withJob }, place, id, this.log, {
      onProgress: (progress) => this.progressed(progress),
      onSource: (source) => (this.store.source = source),
      onEvents: (events) => this.keep(events),
      onOutput: () => this.touch(),
    });
    this.conclude(followed.end);
    await this.collect(place, followed);
  }

  private progressed({ jobId, startMs, waitingFor, end }: JobProgress): void {
    const { info } = this;
    this.life.seen();
    if (end) this.cancellation.settle();
    if (jobId !== null && info.jobId !== jobId) {
      info.jobId = jobId;
      this.save();
    }
    if (startMs !== null && info.startMs === null) {
      info.startMs = startMs;
      if (info.state.kind !== 'stopping') this.set({ kind: 'running' });
    } else if (startMs === null && waitingFor !== null && info.state.kind === 'preparing') {
      this.set({ kind: 'preparing', step: waitingFor });
    }
    if (jobId !== null && startMs !== null) this.driverSeen(jobId, startMs);
  }

  private driverSeen(jobId: string, timeMs: number): void {
    this.libraries.look(() => this.placement.endpoint(this.place!), jobId);
    const task = driverOf(jobId);
    if (this.store.tasks.find(task) !== undefined) return;
    this.store.apply({ type: 'started', task, node: '0', worker: '', pid: 0, timeMs });
  }

  private conclude(end: JobEnd): void {
    const error = end.failure ? this.scanner.problem() : null;
    if (error) this.info.problems = [error];
    if (this.isCancelled || end.stopped) this.finish({ kind: 'cancelled' }, end.exitCode);
    else if (!end.failure) this.finish({ kind: 'succeeded' }, end.exitCode ?? 0);
    else
      this.finish({ kind: 'failed', failure: withError(end.failure, error?.message ?? null) }, end.exitCode);
  }

  private finish(state: RunState, exitCode: number | null): void {
    const { info, store } = this;
    this.cancellation.settle();
    info.endMs = state.kind === 'failed' ? this.life.endMs(state.failure) : Date.now();
    info.exitCode = exitCode;
    if (this.log.incomplete) info.notices.push(this.log.incomplete);
    if (info.jobId !== null && info.startMs !== null) {
      const task = driverOf(info.jobId);
      const error = state.kind === 'failed' ? (info.problems[0]?.message ?? 'failed') : null;
      const where = { node: '0', worker: '', pid: 0 };
      const times = { startMs: info.startMs, timeMs: info.endMs, cpuMs: null };
      store.apply({ type: 'ended', task, ...where, ...times, error });
    }
    info.taskCounts = store.counts();
    this.set(state);
  }

  /** What still arrives after the end; then what the probe could not see, from Ray; then all of it to disk. */
  private async collect(place: RunPlace, { tasks }: Followed): Promise<void> {
    if (tasks) {
      await readLate(tasks, this.store);
      this.store.source = tasks.name;
    }
    await this.reconcile(place);
    this.info.taskCounts = this.store.counts();
    if (await this.keepTrace()) await tasks?.dispose();
    this.info.keptTasks = await place.done(this.info.submissionId!, this.files.dir);
    this.settled();
  }

  private settled(): void {
    this.save();
    this.onChanged('state');
    this.onChanged('view');
  }

  private async reconcile(place: RunPlace): Promise<void> {
    const { jobId } = this.info;
    if (jobId === null) return;
    try {
      const endpoint = await this.placement.endpoint(place);
      await reconcile(endpoint, jobId, this.store);
      await this.libraries.last(endpoint, jobId);
    } catch (thrown) {
      this.logger.info(`Run ${this.info.id}: not reconciled with Ray: ${JSON.stringify(toFailure(thrown))}`);
    }
  }

  private async keepTrace(): Promise<boolean> {
    const notice = await keepTrace(this.files.trace, this.store);
    if (notice !== null) this.note(notice);
    return notice === null;
  }

  private note(notice: string): void {
    this.logger.warn(`Run ${this.info.id}: ${notice}`);
    if (!this.info.notices.includes(notice)) this.info.notices.push(notice);
  }

  private set(state: RunState): void {
    const before = this.info.state;
    if (before.kind === state.kind && state.kind !== 'preparing') return;
    if (before.kind === 'preparing' && state.kind === 'preparing' && before.step === state.step) return;
    this.info.state = state;
    this.store.isSettled = isEnded(state);
    this.touch();
    this.save();
    this.onChanged('state');
  }

  private touch(): void {
    this.store.version++;
    this.onChanged('view');
  }

  private save(): void {
    try {
      this.records.write(this.record);
    } catch (thrown) {
      this.logger.warn(`Run ${this.info.id} could not be recorded: ${(thrown as Error).message}`);
    }
  }
}
