/** Wires clusters, runs and scripts together and answers every method of the protocol. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Log } from '../base/context';
import type { Paths } from '../base/paths';
import type { ClustersEvent } from '../cluster/clusterEvents';
import { Clusters } from '../cluster/clusters';
import { SpecDraft } from '../cluster/specDraft';
import { examine } from '../doctor/doctor';
import { DockerBackend } from '../cluster/dockerBackend';
import { ProcessBackend } from '../cluster/processBackend';
import { REFRESH_MS } from '../cluster/readings';
import { fail } from '../model/failure';
import { PROTOCOL_VERSION, type EngineInfo } from '../protocol';
import { Inspector } from '../python/inspector';
import type { PythonTools } from '../python/interpreters';
import { ManagedEnvironments } from '../python/managedEnvironment';
import { ClusterPlacement } from '../run/placement';
import { DebugHub } from '../debug/debugHub';
import { Runs } from '../run/runs';
import { checkScript } from '../script/check';
import { EngineDebugHost } from './debugHost';
import { DebugPlaces } from './debugPlaces';
import { RayEventReceivers } from './rayEventReceivers';
import { Scaling } from './scaling';
import { completeSpec, startSketch } from './startRequest';
import type { Handlers } from './server';
import { viewHandlers } from './viewHandlers';

/** A Python environment of ours goes when nobody has used it for so long. */
const UNUSED_DAYS = 30;

export interface EngineOptions {
  paths: Paths;
  /** Where the probe and the other files that come with the engine lie. */
  assetsDir: string;
  log: Log;
  leave(why: string): void;
  isWatched(topic: string): boolean;
  changed(topic: string, version: number): void;
  info(): EngineInfo;
}

export class Engine {
  private readonly clusters: Clusters;
  private readonly runs: Runs;
  private readonly python: PythonTools;
  private readonly probeDir: string;
  private readonly environments: ManagedEnvironments;
  private readonly placement: ClusterPlacement;
  private readonly scaling: Scaling;
  /** Debug sessions come in by a door of their own: `EngineServer`. */
  readonly debug: DebugHub;
  private readonly receivers: RayEventReceivers;
  private clustersVersion = 1;

  constructor(private readonly options: EngineOptions) {
    const { paths, assetsDir, log } = options;
    const inspector = new Inspector(path.join(assetsDir, 'python'));
    this.environments = new ManagedEnvironments(paths.environments, inspector);
    this.python = { inspector, environments: this.environments };
    this.receivers = new RayEventReceivers(log);
    this.probeDir = path.join(assetsDir, 'probe');
    this.clusters = new Clusters({
      dir: paths.clusters,
      backends: [new ProcessBackend(paths.clusters), new DockerBackend({ clusters: paths.clusters })],
      probeSource: this.probeDir,
      log,
    });
    const debugPlaces = new DebugPlaces(paths.debugpy, log);
    this.placement = new ClusterPlacement(this.clusters, this.python, log, this.probeDir, {
      ours: (run, handle) => this.debug.placed(run, () => debugPlaces.ours(handle)),
      foreign: (run, endpoint, workingDir) =>
        this.debug.placed(run, ({ dialTo }) => debugPlaces.foreign(endpoint, workingDir, dialTo)),
    });
    this.runs = new Runs(paths.runs, this.placement, log);
    this.debug = new DebugHub(new EngineDebugHost(this.runs, this.clusters, debugPlaces), log);
    this.clusters.on((event) => this.clustersChanged(event));
    this.runs.onChanged(({ topic, version }) => options.changed(topic, version));
    this.runs.onEnded(({ id }) => this.clusters.release(id));
    this.scaling = new Scaling({
      runs: this.runs,
      runsDir: paths.runs,
      pricesFile: paths.prices,
      workerFile: path.join(assetsDir, 'scaling.js'),
      progress: (about, done) => options.changed(`scaling:${about}`, done),
      log,
    });
    this.runs.onEnded((run) => void this.scaling.runEnded(run));
  }

  /** Finds clusters and runs of earlier engines, and keeps looking at them. */
  async recover(): Promise<void> {
    await this.clusters.recover();
    this.runs.recover();
    this.keepLooking();
    void this.prune();
  }

  /** Removing gigabytes takes a while, and nobody waits for it. */
  private async prune(): Promise<void> {
    const { log } = this.options;
    const inUse = this.clusters.list().flatMap(({ spec }) => (spec?.python ? [spec.python] : []));
    const removed = await this.environments.prune(UNUSED_DAYS, inUse).catch((thrown: unknown) => {
      log.warn(`Environments that nobody used were not removed: ${String(thrown)}`);
      return [];
    });
    if (removed.length > 0) log.info(`Removed environments that nobody used: ${removed.join(', ')}`);
  }

  /** Whether nothing of ours is alive; clusters would be found again, but nobody would stop them when idle. */
  isIdle(): boolean {
    return (
      this.runs.active().length === 0 && this.clusters.list().every(({ backend }) => backend === 'remote')
    );
  }

  readonly handlers: Handlers = {
    hello: ({ protocol, client }, connection) => {
      connection.client = client;
      if (protocol !== PROTOCOL_VERSION) {
        this.options.log.warn(
          `${client} speaks protocol ${protocol}; this engine speaks ${PROTOCOL_VERSION}.`,
        );
      }
      return this.options.info();
    },
    leave: ({ force }) => {
      const activeRuns = this.runs.active().length;
      const isBusy =
        activeRuns > 0 ||
        this.clusters.list().some(({ state }) => ['starting', 'stopping'].includes(state.kind));
      const leaving = force === true || !isBusy;
      if (leaving) setTimeout(() => this.options.leave('a client asked for it'), 50);
      return { leaving, activeRuns };
    },
    watch: ({ topics }, connection) => {
      connection.topics = new Set(topics);
      return null;
    },
    backends: () => this.clusters.backends(),
    doctor: ({ searchEnv, folder = os.homedir() }) =>
      examine({
        env: { ...process.env, ...searchEnv },
        folder,
        tools: this.python,
        probeDir: this.probeDir,
        log: this.options.log,
      }),
    'script.check': async ({ path: script, text }) => {
      const content =
        text ??
        (await readFile(script, 'utf8').catch(() => fail({ code: 'script-not-found', path: script })));
      return checkScript(content, { hostCpus: os.availableParallelism() });
    },
    'clusters.list': () => this.clusters.list(),
    'clusters.start': (want) =>
      this.clusters.startDraft(
        startSketch(want),
        new SpecDraft(this.options.log, (ctx) => completeSpec(ctx, want, this.python)),
      ),
    'clusters.stop': async ({ id, force }) => {
      await this.clusters.stop(id, force === true);
      return null;
    },
    'clusters.log': ({ id }) => ({ text: this.clusters.log(id) }),
    'clusters.token': async ({ id }) => ({ token: (await this.clusters.endpoint(id)).token }),
    'clusters.fault': async ({ id, node, kind, deadlineMs }) => ({
      words: await this.clusters.faults.inject(this.clusters.entry(id), node, kind, deadlineMs),
    }),
    'clusters.scale': async ({ id, group, count }) => ({
      words: await this.clusters.scaling.scale(this.clusters.entry(id), group, count),
    }),
    'runs.list': ({ limit }) => this.runs.list(limit),
    'runs.start': (request) => this.runs.start(request),
    'runs.kept': ({ id }) => this.runs.kept(id),
    'runs.replay': async ({ id, task }) =>
      this.runs.start(await this.runs.replayRequest(id, { task, stop: false })),
    'runs.cancel': ({ id }) => {
      this.runs.cancel(id);
      return null;
    },
    'runs.remove': ({ id }) => {
      this.runs.remove(id);
      return null;
    },
    'runs.get': ({ id }) => this.runs.get(id),
    'runs.view': ({ id, ...options }) => this.runs.view(id, options),
    'runs.log': ({ id, from, maxBytes }) => this.runs.logPiece(id, from, maxBytes),
    'runs.tasks': ({ id, from, limit }) => this.runs.tasks(id, from, limit),
    'runs.openFile': ({ path: file }) => this.runs.openFile(file),
    ...viewHandlers({ read: (id, ask) => this.runs.read(id, ask) }),
    'runs.export': ({ id, format, path }) => this.runs.export(id, format, path),
    'runs.compare': ({ a, b }) => this.runs.compare(a, b),
    'scaling.predict': (request, connection) => this.scaling.predict(request, connection),
    'scaling.whatIf': (request, connection) => this.scaling.whatIf(request, connection),
    'scaling.save': (request, connection) => this.scaling.save(request, connection),
    'scaling.cancel': (_, connection) => this.scaling.cancel(connection),
    'scaling.graph': ({ run }) => this.scaling.graph(run),
    'scaling.backChecks': ({ run }) => this.scaling.backChecks(run),
  };

  private clustersChanged(event: ClustersEvent): void {
    if (event.kind === 'ready') {
      void this.placement.clusterReady(event.handle);
      void this.receivers.open(event.handle);
    } else if (event.kind === 'gone') {
      this.placement.clusterGone(event.id);
      this.receivers.close(event.id);
    } else if (event.kind === 'mark') this.runs.clusterMarked(event.id, event.mark);
    else if (event.kind === 'nodes') this.runs.nodesRead(event.id, event.nodes);
    else this.options.changed('clusters', ++this.clustersVersion);
  }

  private keepLooking(): void {
    const look = (): void => {
      this.clusters
        .refresh(this.options.isWatched('clusters'))
        .catch((error: unknown) => this.options.log.error(String(error)));
    };
    look();
    setInterval(look, REFRESH_MS);
  }
}
