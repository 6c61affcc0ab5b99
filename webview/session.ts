/** Brings what the page shows from the engine into the store: watches, pulls when told of a change, carries out actions. */
import type { FaultKind } from '../simulator/model/fault';
import { toFailure } from '../simulator/model/failure';
import type { EnginePort, Method, Params, Result } from '../simulator/protocol';
import { Connection } from './connection';
import type { Carrier } from './carrier';
import { Puller } from './puller';
import { clockAhead, nothingSelected, type Store } from './state';

const PULL_EVERY_MS = 200;

export class Session {
  private readonly connection: Connection;
  private readonly puller = new Puller(PULL_EVERY_MS, () => this.pull());
  private lastPulled: { runId: string; version: number; port: EnginePort } | null = null;

  constructor(
    private readonly store: Store,
    carrier: Carrier,
  ) {
    this.connection = new Connection(carrier, {
      onState: (state) => store.setData({ connection: state }),
      onOpen: (port) => {
        port.onChanged((topic) => this.onChanged(topic));
        this.watch();
      },
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.connection.hurry();
    });
  }

  start(): void {
    this.connection.start();
  }

  /** Shows another run (null: the list). What was shown is forgotten, so that nothing of it is drawn under a new name. */
  show(runId: string | null): void {
    if (runId === this.store.nav.runId) return;
    this.lastPulled = null;
    this.store.setNav({ runId, ...nothingSelected });
    this.store.setData({ view: null, viewFailure: null, actionFailure: null });
    this.watch();
  }

  cancelRun(id: string): void {
    void this.act('runs.cancel', { id });
  }

  stopCluster(id: string, force: boolean): void {
    void this.act('clusters.stop', { id, force });
  }

  fault(id: string, node: number, kind: FaultKind, deadlineMs?: number): void {
    void this.act('clusters.fault', { id, node, kind, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  }

  /** A question to the engine; rejects as `engine-unreachable` while there is no connection. */
  ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const port = this.connection.port;
    if (port) return port.request(method, params);
    return Promise.reject(new Error('There is no connection to the engine.'));
  }

  private async act<M extends Method>(method: M, params: Params<M>): Promise<void> {
    this.store.setData({ actionFailure: null });
    try {
      await this.ask(method, params);
      this.puller.poke();
    } catch (thrown) {
      this.store.setData({ actionFailure: toFailure(thrown) });
    }
  }

  private watch(): void {
    const { runId } = this.store.nav;
    const topics = ['clusters', runId === null ? 'runs' : `run:${runId}`];
    this.connection.port?.request('watch', { topics }).then(
      () => this.puller.poke(),
      () => undefined,
    );
  }

  private onChanged(topic: string): void {
    const { runId } = this.store.nav;
    if (topic === 'clusters' || topic === (runId === null ? 'runs' : `run:${runId}`)) this.puller.poke();
  }

  private async pull(): Promise<void> {
    const port = this.connection.port;
    if (!port) return;
    const { runId } = this.store.nav;
    try {
      if (runId === null) await this.pullLists(port);
      else await this.pullRun(port, runId);
    } catch (thrown) {
      const failure = toFailure(thrown);
      // A lost connection has its own words, and the next one pulls again.
      if (failure.code === 'engine-unreachable' || this.store.nav.runId !== runId) return;
      this.store.setData({ viewFailure: failure });
    }
  }

  private async pullRun(port: EnginePort, runId: string): Promise<void> {
    const last = this.lastPulled;
    // Versions belong to one engine process: a new connection may be to a new one.
    const known = last !== null && last.runId === runId && last.port === port;
    const [view, clusters] = await Promise.all([
      port.request('runs.view', known ? { id: runId, since: last.version } : { id: runId }),
      // Of a run that has ended nothing of its cluster is shown.
      this.store.data.view?.run.endMs ? null : port.request('clusters.list', null),
    ]);
    if (clusters !== null && this.store.nav.runId === runId) this.store.setData({ clusters });
    if (view === null || this.store.nav.runId !== runId) return;
    this.lastPulled = { runId, version: view.version, port };
    const ended = view.run.endMs !== null;
    this.store.setData({
      view,
      viewFailure: null,
      clockAheadMs: ended ? 0 : clockAhead(view, Date.now()),
    });
  }

  private async pullLists(port: EnginePort): Promise<void> {
    const [runs, clusters] = await Promise.all([
      port.request('runs.list', { limit: 200 }),
      port.request('clusters.list', null),
    ]);
    this.store.setData({ runs, clusters, viewFailure: null });
  }
}
