/** All runs: those alive in this engine, those of earlier ones, and what can be asked of each. */
import path from 'node:path';
import type { Log } from '../base/context';
import { Emitter } from '../base/lifecycle';
import type { NodeInfo } from '../model/cluster';
import type { ClusterMark } from '../model/fault';
import { fail } from '../model/failure';
import { isEnded, type KeptTask, type RunInfo, type RunRequest } from '../model/run';
import type { RunComparison } from '../model/comparison';
import type { ExportFormat, RunView, TaskRow } from '../model/trace';
import type { LogPiece } from '../protocol';
import type { TraceStore } from '../trace/traceStore';
import { readTrace } from '../trace/traceFile';
import { listKept } from './keptArguments';
import { openedRun } from './openedTrace';
import { RunRecords } from './record';
import { replayRequest, type ReplayWish } from './replay';
import { MAX_PREAMBLE_BYTES, preambleBytes, readLogPiece } from './runLog';
import type { Placement } from './place';
import { RunSession } from './session';
import { RunTraces } from './runTraces';

/** So many trace files that were opened stay so. */
const OPENED_KEPT = 8;

export class Runs {
  private readonly sessions = new Map<string, RunSession>();
  /** Trace files that were opened; no run's own. */
  private readonly opened = new Map<string, RunSession>();
  private readonly records: RunRecords;
  private readonly changed = new Emitter<{ topic: string; version: number }>();
  private readonly ended = new Emitter<RunInfo>();
  private readonly traces = new RunTraces(snapshot);
  private version = 1;

  constructor(
    runsDir: string,
    private readonly placement: Placement,
    private readonly log: Log,
  ) {
    this.records = new RunRecords(runsDir);
  }

  /** Lists what is on disk, and goes on with every run that had not ended when its engine did. */
  recover(): void {
    for (const record of this.records.readAll()) {
      const session = this.open(record.info, record.request);
      if (isEnded(record.info.state)) continue;
      this.log.info(`Going on with run ${record.info.id}.`);
      void session.run();
    }
  }

  onChanged(listener: (change: { topic: string; version: number }) => void): { dispose(): void } {
    return this.changed.on(listener);
  }

  /** Fires when a run has ended, and again when all of it is collected. */
  onEnded(listener: (run: RunInfo) => void): { dispose(): void } {
    return this.ended.on(listener);
  }

  start(request: RunRequest): RunInfo {
    const script = path.resolve(request.script);
    const info: RunInfo = {
      id: this.records.create(script),
      script,
      workingDir: path.dirname(script),
      args: request.args ?? [],
      clusterId: null,
      clusterName: null,
      backend: null,
      state: { kind: 'preparing', step: 'Reading the script' },
      submissionId: null,
      jobId: null,
      createdMs: Date.now(),
      startMs: null,
      endMs: null,
      exitCode: null,
      notices: [],
      problems: [],
      taskCounts: { total: 0, waiting: 0, running: 0, finished: 0, failed: 0 },
      ...(request.debug === true ? { debugged: true } : {}),
      ...(request.replay ? { replayOf: { run: request.replay.run, task: request.replay.task } } : {}),
    };
    const session = this.open(info, request);
    void session.run();
    this.bump('runs');
    return snapshot(session);
  }

  /** What starts a task of an ended run again, alone. Fails as `replay-impossible`. */
  async replayRequest(id: string, wish: ReplayWish): Promise<RunRequest> {
    const session = this.session(id);
    const { info, record, files } = session;
    const store = await this.traces.whole(session);
    return replayRequest({ info, request: record.request, dir: files.dir, store }, wish);
  }

  /** A debugger joins it: from now on its tasks may take longer than they need. */
  joinedByDebugger(id: string): void {
    this.session(id).info.debugged = true;
  }

  /** Tasks that can be run again alone; of a run that has just ended, once all of it has been collected. */
  async kept(id: string): Promise<KeptTask[]> {
    const session = this.session(id);
    await session.collected();
    return listKept(session.files.dir);
  }

  list(limit = Infinity): RunInfo[] {
    return [...this.sessions.values()]
      .map(snapshot)
      .sort((a, b) => b.createdMs - a.createdMs)
      .slice(0, limit);
  }

  get(id: string): RunInfo {
    return snapshot(this.session(id));
  }

  view(id: string, options: { since?: number; whole?: boolean }): Promise<RunView | null> {
    return this.traces.view(this.session(id), options);
  }

  tasks(id: string, from: number, limit: number): Promise<{ tasks: TaskRow[]; total: number }> {
    return this.traces.tasks(this.session(id), from, limit);
  }

  async export(id: string, format: ExportFormat, file: string): Promise<{ sizeBytes: number }> {
    return { sizeBytes: await this.traces.export(this.session(id), format, file) };
  }

  compare(a: string, b: string): Promise<RunComparison> {
    return this.traces.compare(this.session(a), this.session(b));
  }

  /** A trace file from anywhere, as a run that no list has. */
  async openFile(file: string): Promise<RunInfo> {
    const own = [...this.sessions.values()].find((session) => session.files.trace === path.resolve(file));
    if (own) return snapshot(own);
    const store = await readTrace(file);
    const info = openedRun(path.resolve(file), store);
    const request: RunRequest = { script: info.script, target: { kind: 'local', backend: 'auto' } };
    const session = new RunSession(
      { format: 1, info, request },
      this.records,
      this.placement,
      this.log,
      () => undefined,
    );
    session.store = store;
    this.opened.set(info.id, session);
    if (this.opened.size > OPENED_KEPT) this.opened.delete(this.opened.keys().next().value!);
    return info;
  }

  /** What a view asks of a run's trace, which is loaded for it. */
  async read<T>(id: string, ask: (store: TraceStore, run: RunInfo) => T): Promise<T> {
    const session = this.session(id);
    return ask(await this.traces.load(session), session.info);
  }

  /** The same of a trace that does not change any more, for an ended run. */
  async readWhole<T>(id: string, ask: (store: TraceStore) => T): Promise<T> {
    return ask(await this.traces.whole(this.session(id)));
  }

  logPiece(id: string, from: number, maxBytes: number): LogPiece {
    const { log } = this.session(id).files;
    const isPastPreamble = from < 0 || from >= MAX_PREAMBLE_BYTES;
    return readLogPiece(log, isPastPreamble ? from : Math.max(from, preambleBytes(log)), maxBytes);
  }

  cancel(id: string): void {
    this.session(id).cancel();
  }

  /** Something happened to a cluster: the runs on it remember it. */
  clusterMarked(clusterId: string, mark: ClusterMark): void {
    for (const session of this.sessions.values())
      if (session.info.clusterId === clusterId && !isEnded(session.info.state))
        session.keep([{ type: 'mark', mark }]);
  }

  /** Removes a run's record; one that is alive is refused. */
  remove(id: string): void {
    if (!isEnded(this.session(id).info.state))
      fail({ code: 'bad-request', detail: 'It is still running: cancel it first.' });
    this.sessions.delete(id);
    this.records.remove(id);
    this.bump('runs');
  }

  /** Runs that have not ended, with the cluster that each is on or will be. */
  active(): RunSession[] {
    return [...this.sessions.values()].filter((session) => !isEnded(session.info.state));
  }

  /** A reading of a cluster's nodes goes into the trace of every run that is on it. */
  nodesRead(clusterId: string, nodes: NodeInfo[]): void {
    for (const session of this.active()) if (session.info.clusterId === clusterId) session.nodesRead(nodes);
  }

  private open(info: RunInfo, request: RunRequest): RunSession {
    const session = new RunSession(
      { format: 1, info, request },
      this.records,
      this.placement,
      this.log,
      (what) => {
        this.bump(`run:${info.id}`, session.store.version);
        if (what !== 'state') return;
        this.bump('runs');
        if (isEnded(info.state)) this.ended.fire(info);
      },
    );
    this.sessions.set(info.id, session);
    return session;
  }

  private session(id: string): RunSession {
    return this.sessions.get(id) ?? this.opened.get(id) ?? fail({ code: 'run-not-found', id });
  }

  private bump(topic: string, version = ++this.version): void {
    this.changed.fire({ topic, version });
  }
}

function snapshot(session: RunSession): RunInfo {
  const { info, store } = session;
  return isEnded(info.state) ? info : { ...info, taskCounts: store.counts() };
}
