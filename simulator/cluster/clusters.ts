/**
 * All clusters of this user: started ones, those of earlier engines found again, and remote ones that are in use. Holds
 * nothing that cannot be found again from directories, labels and Ray itself.
 */
import { fail, toFailure, type Failure } from '../model/failure';
import type { ClusterMark } from '../model/fault';
import type { BackendInfo, ClusterInfo, ClusterSpec } from '../model/cluster';
import { whenAborted, type Context } from '../base/context';
import { Emitter } from '../base/lifecycle';
import type { Endpoint } from '../ray/endpoint';
import { readNodes, readRayVersion } from '../ray/nodes';
import type { ClusterHandle } from './backend';
import { clusterFiles, createClusterFiles, markStarted, touchAlive, writePlan } from './clusterFiles';
import type { ClustersEvent, ClustersOptions } from './clusterEvents';
import { clusterLog, logEvent } from './clusterLog';
import {
  assess,
  canServe,
  entryInfo,
  handleOf,
  isLeftBy,
  isOverdue,
  isStale,
  isUp,
  letGo,
  newEntry,
  readNodesInto,
  type Entry,
  type StartRequest,
} from './entry';
import { Faults } from './faults';
import { nodeMarks } from './nodeMarks';
import { backendFor, planCluster } from './planCluster';
import { recoverClusters } from './recovery';
import { Readings } from './readings';
import { readRemote, Remotes, type Remote } from './remotes';
import { Scaling } from './scaling';
import type { SpecDraft } from './specDraft';

export class Clusters {
  private readonly entries = new Map<string, Entry>();
  /** Those of earlier engines that have ended since. */
  private lost: ReadonlyMap<string, Failure> = new Map();
  private readonly remotes = new Remotes();
  private readonly events = new Emitter<ClustersEvent>();
  private readonly readings = new Readings(() => this.changed());
  readonly faults: Faults;
  readonly scaling: Scaling;

  constructor(private readonly options: ClustersOptions) {
    const told = { log: options.log, tell: (entry: Entry, mark: ClusterMark) => this.tell(entry, mark) };
    this.faults = new Faults(told);
    this.scaling = new Scaling({ ...told, read: (entry) => this.refreshOne(entry, true) });
  }

  on(listener: (event: ClustersEvent) => void): { dispose(): void } {
    return this.events.on(listener);
  }

  backends(): Promise<BackendInfo[]> {
    return Promise.all(this.options.backends.map((backend) => backend.info()));
  }

  list(): ClusterInfo[] {
    return [...[...this.entries.values()].map(entryInfo), ...this.remotes.list()];
  }

  get(id: string): ClusterInfo {
    return this.list().find((cluster) => cluster.id === id) ?? fail({ code: 'cluster-not-found', id });
  }

  /** The cluster of ours with that id, for what is done to it from outside. */
  entry(id: string): Entry {
    return this.entries.get(id) ?? fail(this.lost.get(id) ?? { code: 'cluster-not-found', id });
  }

  /** What its nodes printed while they started; also of a start that failed, whose files are gone. */
  log(id: string): string {
    const entry = this.entry(id);
    return entry.keptLog ?? clusterLog(entry.files);
  }

  /** Finds every cluster of earlier engines; what one of them began and did not finish is removed. */
  async recover(): Promise<void> {
    this.lost = await recoverClusters(this.options, async (entry) => {
      await this.connected(entry);
      this.entries.set(entry.plan.id, entry);
    });
  }

  /** A live cluster with an equal spec, or a new one that is starting. */
  start(request: StartRequest): ClusterInfo {
    return entryInfo(this.findEqual(request.spec) ?? this.begin(request));
  }

  /** As `start`; where the spec has yet to be made, the cluster is there with `sketch` meanwhile, and can be stopped. */
  async startDraft(sketch: StartRequest, draft: SpecDraft): Promise<ClusterInfo> {
    const spec = await draft.soon();
    try {
      return spec ? this.start({ ...sketch, spec }) : entryInfo(this.begin(sketch, draft));
    } catch (thrown) {
      draft.abort.abort();
      throw thrown;
    }
  }

  /** As `start`, and waits until it is up. The run holds it from now on; a start that nobody else wants is cancelled with it. */
  async acquire(ctx: Context, request: StartRequest & { runId: string }): Promise<ClusterHandle> {
    const equal = this.findEqual(request.spec);
    const isOwn = !equal;
    const entry = equal ?? this.begin(request);
    entry.holds.add(request.runId);
    this.changed();
    const steps = this.on(() => entry.state.kind === 'starting' && ctx.step(entry.state.step));
    try {
      await Promise.race([entry.started, whenAborted(ctx.signal)]);
      const handle = await handleOf(entry);
      if (isOwn) this.leaveFormer(request.origin);
      return handle;
    } catch (thrown) {
      this.release(request.runId);
      if (isOwn && entry.state.kind === 'starting' && entry.holds.size === 0)
        void this.stop(entry.plan.id, true);
      throw thrown;
    } finally {
      steps.dispose();
    }
  }

  /** Holds a cluster that is up. */
  async join(id: string, runId: string): Promise<ClusterHandle> {
    const entry = this.entry(id);
    await entry.started;
    const handle = await handleOf(entry);
    entry.holds.add(runId);
    this.changed();
    return handle;
  }

  /** A cluster that we did not start, held like our own. */
  async adopt(address: string, token: string | null, runId: string): Promise<Remote> {
    const remote = await this.remotes.adopt(address, token, runId);
    this.changed();
    return remote;
  }

  remote(id: string): Remote | null {
    return this.remotes.get(id) ?? null;
  }

  async endpoint(id: string): Promise<Endpoint> {
    return this.remotes.get(id)?.endpoint ?? (await handleOf(this.entry(id))).endpoint;
  }

  /** Whatever the run holds, since one that fails early does not know it. */
  release(runId: string): void {
    const own = [...this.entries.values()].map((entry) => letGo(entry, runId));
    if ([...own, this.remotes.letGo(runId)].includes(true)) this.changed();
  }

  /** Ends and removes it; a start in progress is cancelled first. Refused as `cluster-busy` while it is held, unless forced. */
  async stop(id: string, force: boolean): Promise<void> {
    if (this.remotes.forget(id)) return this.changed();
    const entry = this.entry(id);
    if (entry.holds.size > 0 && !force) fail({ code: 'cluster-busy', id, runs: [...entry.holds] });
    entry.abort.abort();
    this.faults.forget(id);
    entry.state = { kind: 'stopping' };
    this.changed();
    await entry.started;
    await entry.backend.remove(this.quiet(entry), id);
    this.entries.delete(id);
    this.events.fire({ kind: 'gone', id });
    this.changed();
  }

  /** Called every second: reads what is used or looked at, and stops what has been idle for too long. */
  async refresh(isWatched: boolean): Promise<void> {
    const entries = [...this.entries.values()];
    for (const { files } of entries) touchAlive(files);
    const isDue = this.readings.isDueForAll();
    const own = entries
      .filter((entry) => isUp(entry) && (isDue || isWatched || entry.holds.size > 0))
      .map((entry) => this.readings.read(entry.plan.id, () => this.refreshOne(entry)));
    const remotes = this.remotes.due(isWatched).map((remote) =>
      this.readings.read(remote.id, async () => {
        await readRemote(remote);
        this.events.fire({ kind: 'nodes', id: remote.id, nodes: remote.nodes });
      }),
    );
    for (const entry of entries) this.expire(entry);
    await Promise.all([...own, ...remotes]);
  }

  private begin(request: StartRequest, draft?: SpecDraft): Entry {
    const { dir, backends } = this.options;
    const backend = backendFor(backends, request.spec);
    const plan = planCluster(dir, request);
    const entry = newEntry(plan, clusterFiles(dir, plan.id), backend);
    if (draft) entry.abort = draft.abort;
    this.entries.set(plan.id, entry);
    draft?.follow(this.quiet(entry).step);
    entry.started = this.bringUp(entry, draft?.spec);
    this.changed();
    return entry;
  }

  private async bringUp(entry: Entry, spec?: Promise<ClusterSpec>): Promise<void> {
    const { plan, files, backend } = entry;
    const ctx: Context = { ...this.quiet(entry), signal: entry.abort.signal };
    try {
      if (spec) plan.spec = await spec;
      createClusterFiles(files, this.options.probeSource, plan);
      writePlan(files, plan);
      await backend.start(ctx, plan, files);
      markStarted(files);
      await this.connected(entry);
    } catch (thrown) {
      const failure: Failure = entry.abort.signal.aborted ? { code: 'cancelled' } : toFailure(thrown);
      this.options.log.warn(`Cluster ${plan.id} did not start: ${JSON.stringify(failure)}`);
      entry.keptLog = clusterLog(files);
      await backend
        .remove(this.quiet(entry), plan.id)
        .catch((error: unknown) => this.options.log.error(String(error)));
      entry.state = { kind: 'failed', failure };
      entry.idleSinceMs = Date.now();
      this.changed();
    }
  }

  private async connected(entry: Entry): Promise<void> {
    entry.endpoint = (await handleOf(entry)).endpoint;
    entry.rayVersion = await readRayVersion(entry.endpoint);
    entry.idleSinceMs = Date.now();
    await this.refreshOne(entry);
    if (entry.state.kind === 'starting') entry.state = { kind: 'ready' };
    this.events.fire({ kind: 'ready', handle: await handleOf(entry) });
    this.changed();
  }

  private findEqual(spec: ClusterSpec): Entry | undefined {
    return [...this.entries.values()].find((entry) => canServe(entry, spec));
  }

  /** A script whose annotation changed does not leave its former cluster behind, once it has its new one. */
  private leaveFormer(origin: string | null): void {
    for (const entry of [...this.entries.values()].filter((one) => isLeftBy(one, origin)))
      void this.stop(entry.plan.id, false).catch((error: unknown) => this.options.log.warn(String(error)));
  }

  private async refreshOne(entry: Entry, isHurried = false): Promise<void> {
    const { plan, files, backend } = entry;
    const own = await backend.nodes(plan, files, isHurried).catch(() => null);
    const ray = entry.endpoint ? await readNodes(entry.endpoint).catch(() => null) : null;
    const before = entry.nodes;
    if (own) readNodesInto(entry, own, ray);
    entry.silentSinceMs = ray ? null : (entry.silentSinceMs ?? performance.now());
    if (entry.state.kind === 'stopping') return;
    for (const mark of nodeMarks(entry, before)) this.tell(entry, mark);
    entry.state = assess(entry);
    this.events.fire({ kind: 'nodes', id: plan.id, nodes: entry.nodes });
    if (entry.state.kind !== 'unreachable') void this.scaling.look(entry);
  }

  private expire(entry: Entry): void {
    const { id } = entry.plan;
    if (isOverdue(entry))
      void this.stop(id, false).catch((error: unknown) => this.options.log.error(String(error)));
    if (isStale(entry) && this.entries.delete(id)) this.changed();
  }

  private quiet(entry: Entry): Omit<Context, 'signal'> {
    return {
      log: this.options.log,
      step: (step) => {
        if (entry.state.kind !== 'starting') return;
        entry.state = { kind: 'starting', step };
        this.changed();
      },
    };
  }

  /** Tells a cluster's runs what happened to it, unless it is gone. */
  mark(id: string, mark: ClusterMark): void {
    const entry = this.entries.get(id);
    if (entry) this.tell(entry, mark);
  }

  /** Into the cluster's log, and to the runs on it. */
  private tell(entry: Entry, mark: ClusterMark): void {
    logEvent(entry.files, mark);
    this.events.fire({ kind: 'mark', id: entry.plan.id, mark });
    void this.refreshOne(entry).then(() => this.changed());
  }

  private changed(): void {
    this.events.fire({ kind: 'changed' });
  }
}
