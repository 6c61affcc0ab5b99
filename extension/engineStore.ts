/** The newest lists of clusters and runs, pulled when the engine says that they changed. Everything in the window draws from here. */
import * as vscode from 'vscode';
import { toFailure } from '../simulator/model/failure';
import type { ClusterInfo } from '../simulator/model/cluster';
import { isEnded, type RunInfo } from '../simulator/model/run';
import type { EngineLink } from './engineLink';

const PULL_PAUSE_MS = 250;
const RUNS_LIMIT = 100;

export class EngineStore implements vscode.Disposable {
  clusters: readonly ClusterInfo[] = [];
  runs: readonly RunInfo[] = [];
  /** Whether the lists have been read at least once. */
  loaded = false;

  private readonly changed = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[] = [this.changed];
  private readonly stale = new Set<string>();
  private pulling: Promise<void> | undefined;
  private started = false;
  /** Topics of the runs that are alive: their task counts change without the list changing. */
  private liveTopics: readonly string[] = [];
  private liveWatch: vscode.Disposable | undefined;

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly link: EngineLink,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Begins to follow the engine, starting it where needed. Call it when something becomes visible; again is free. */
  start(): void {
    if (this.started) return;
    this.started = true;
    this.disposables.push(
      this.link.watch(['clusters', 'runs']),
      this.link.onChanged((topic) => this.noteChange(topic)),
      this.link.onState((state) => {
        if (state.kind === 'connected') void this.refresh();
        else this.changed.fire();
      }),
    );
    if (this.link.state.kind === 'connected') void this.refresh();
    else this.link.ready().catch((error: unknown) => this.log.warn(`No engine: ${String(error)}`));
  }

  /** Reads both lists again; rejects with a `FailureError` when the engine cannot be reached. */
  async refresh(): Promise<void> {
    this.stale.add('clusters').add('runs');
    await this.link.ready();
    await this.pull();
  }

  /** Puts a run that was just started into the list, ahead of the engine's own word. */
  addRun(run: RunInfo): void {
    this.runs = [run, ...this.runs.filter((other) => other.id !== run.id)];
    this.changed.fire();
  }

  /** The newest run of a script, as an absolute path; of those that fit. */
  newestRunOf(script: string, fits: (run: RunInfo) => boolean = () => true): RunInfo | undefined {
    return this.runs
      .filter((run) => run.script === script && fits(run))
      .reduce<RunInfo | undefined>((a, b) => (a && a.createdMs >= b.createdMs ? a : b), undefined);
  }

  dispose(): void {
    this.liveWatch?.dispose();
    for (const disposable of this.disposables) disposable.dispose();
  }

  private noteChange(topic: string): void {
    if (topic !== 'clusters' && topic !== 'runs' && !this.liveTopics.includes(topic)) return;
    this.stale.add(topic);
    void this.pull();
  }

  private pull(): Promise<void> {
    return (this.pulling ??= this.pullStale().finally(() => (this.pulling = undefined)));
  }

  /** One pull at a time; what changes meanwhile is read in the next round. */
  private async pullStale(): Promise<void> {
    while (this.stale.size > 0) {
      const topics = [...this.stale];
      this.stale.clear();
      try {
        if (topics.includes('clusters')) this.clusters = await this.link.request('clusters.list', null);
        if (topics.includes('runs')) this.runs = await this.link.request('runs.list', { limit: RUNS_LIMIT });
        else await this.pullLive(topics);
      } catch (error) {
        this.log.warn(`The lists could not be read: ${toFailure(error).code}`);
        return;
      }
      this.loaded = true;
      this.watchLive();
      this.changed.fire();
      await new Promise((resolve) => setTimeout(resolve, PULL_PAUSE_MS));
    }
  }

  private async pullLive(topics: readonly string[]): Promise<void> {
    const ids = topics.filter((topic) => topic.startsWith('run:')).map((topic) => topic.slice('run:'.length));
    // One that was removed meanwhile leaves with the next list.
    const fresh = await Promise.all(ids.map((id) => this.link.request('runs.get', { id }).catch(() => null)));
    this.runs = this.runs.map((run) => fresh.find((one) => one?.id === run.id) ?? run);
  }

  private watchLive(): void {
    const topics = this.runs.filter((run) => !isEnded(run.state)).map((run) => `run:${run.id}`);
    if (topics.join() === this.liveTopics.join()) return;
    const before = this.liveWatch;
    this.liveTopics = topics;
    this.liveWatch = this.link.watch(topics);
    before?.dispose();
  }
}
