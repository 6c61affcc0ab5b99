/** The window's one connection to the engine: made when first needed, made again when it is lost. */
import * as vscode from 'vscode';
import type { Connector } from '../simulator/client/connect';
import type { EngineConnection, RawConnection } from '../simulator/client/connection';
import { toFailure, type Failure } from '../simulator/model/failure';
import type { EngineInfo, EnginePort, Method, Params, Result } from '../simulator/protocol';

export type LinkState =
  /** Nothing has needed the engine yet. */
  | { kind: 'idle' }
  | { kind: 'connecting' }
  | { kind: 'connected'; info: EngineInfo }
  | { kind: 'lost'; failure: Failure };

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/**
 * Carries requests to the engine and changes from it. A lost connection comes back by itself, with growing pauses;
 * whoever draws data asks for it again on every `onState` with `connected`.
 */
export class EngineLink implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<string>();
  private readonly stateChanged = new vscode.EventEmitter<LinkState>();
  private readonly watched = new Map<string, number>();
  private connector: Promise<Connector> | undefined;
  private connection: Promise<EngineConnection> | undefined;
  private current: LinkState = { kind: 'idle' };
  private retry: NodeJS.Timeout | undefined;
  private retryMs = FIRST_RETRY_MS;
  private disposed = false;

  /** Fires the topic that changed. */
  readonly onChanged = this.changed.event;
  readonly onState = this.stateChanged.event;

  constructor(
    private readonly enginePath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get state(): LinkState {
    return this.current;
  }

  /** Connects where needed. Rejects with a `FailureError`. */
  ready(): Promise<EnginePort> {
    return (this.connection ??= this.connect());
  }

  /** One request; rejects with a `FailureError`. Never sent twice. */
  async request<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return (await this.ready()).request(method, params);
  }

  /** A connection of its own on which nothing has been said, for a page that speaks the protocol itself. */
  async openRaw(): Promise<RawConnection> {
    return (await this.loadConnector()).openRaw();
  }

  /** A connection of its own for one debug session. */
  async openDebug(): Promise<RawConnection> {
    return (await this.loadConnector()).openDebug();
  }

  /** Has the engine tell about these topics until disposed, also over a reconnection. */
  watch(topics: readonly string[]): vscode.Disposable {
    for (const topic of topics) this.watched.set(topic, (this.watched.get(topic) ?? 0) + 1);
    this.sendTopics();
    return new vscode.Disposable(() => {
      for (const topic of topics) {
        const left = (this.watched.get(topic) ?? 1) - 1;
        if (left > 0) this.watched.set(topic, left);
        else this.watched.delete(topic);
      }
      this.sendTopics();
    });
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.retry);
    this.connection?.then(
      (connection) => connection.dispose(),
      () => undefined,
    );
    this.changed.dispose();
    this.stateChanged.dispose();
  }

  private async connect(): Promise<EngineConnection> {
    clearTimeout(this.retry);
    this.setState({ kind: 'connecting' });
    try {
      const connection = await (await this.loadConnector()).connect();
      this.adopt(connection);
      return connection;
    } catch (error) {
      this.lost(toFailure(error));
      throw error;
    }
  }

  private adopt(connection: EngineConnection): void {
    if (this.disposed) return connection.dispose();
    connection.onChanged((topic) => {
      if (!this.disposed) this.changed.fire(topic);
    });
    connection.onClosed((reason) => {
      this.log.warn(reason);
      this.lost({ code: 'engine-unreachable', detail: reason, logPath: connection.info.logPath });
    });
    this.retryMs = FIRST_RETRY_MS;
    this.log.info(`Connected to engine ${connection.info.version} (process ${connection.info.pid}).`);
    if (this.watched.size > 0) this.sendWatch(connection);
    this.setState({ kind: 'connected', info: connection.info });
  }

  private lost(failure: Failure): void {
    this.connection = undefined;
    if (this.disposed) return;
    this.setState({ kind: 'lost', failure });
    // Another version at work is for the user to decide about.
    if (failure.code === 'engine-version') return;
    this.retry = setTimeout(() => {
      this.ready().catch((error: unknown) => this.log.warn(`No engine yet: ${String(error)}`));
    }, this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  private sendTopics(): void {
    if (this.current.kind !== 'connected') return;
    void this.connection?.then((connection) => this.sendWatch(connection));
  }

  private sendWatch(connection: EngineConnection): void {
    connection
      .request('watch', { topics: [...this.watched.keys()] })
      .catch((error: unknown) => this.log.warn(`Not told about changes: ${String(error)}`));
  }

  private setState(state: LinkState): void {
    this.current = state;
    if (!this.disposed) this.stateChanged.fire(state);
  }

  /** Loaded late, so that activation does not pay for the WebSocket library. */
  private loadConnector(): Promise<Connector> {
    const { enginePath, log } = this;
    return (this.connector ??= import('../simulator/client/connect').then(
      ({ Connector }) => new Connector({ enginePath, clientName: 'vscode', log }),
    ));
  }
}
