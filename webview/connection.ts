/** Keeps a connection to the engine: opens it, greets, and comes back with growing pauses when it is lost. */
import { toFailure, type Failure } from '../simulator/model/failure';
import { PROTOCOL_VERSION, type EngineInfo, type EnginePort } from '../simulator/protocol';
import type { Carrier } from './carrier';

export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'open'; engine: EngineInfo }
  /** Lost or never had; tries again by itself. `attempts` counts since it was last open. */
  | { kind: 'waiting'; attempts: number }
  /** The engine answers but will not talk to this page. */
  | { kind: 'refused'; failure: Failure };

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

export class Connection {
  port: EnginePort | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly carrier: Carrier,
    private readonly events: {
      onState(state: ConnectionState): void;
      onOpen(port: EnginePort): void;
    },
  ) {}

  start(): void {
    this.events.onState({ kind: 'connecting' });
    void this.open();
  }

  /** Tries at once when a pause is under way, for instance since the page is looked at again. */
  hurry(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    void this.open();
  }

  private async open(): Promise<void> {
    try {
      const port = await this.carrier.connect();
      port.onClosed(() => this.lost(port));
      const engine = await port.request('hello', { protocol: PROTOCOL_VERSION, client: 'page' });
      this.attempts = 0;
      this.port = port;
      this.events.onState({ kind: 'open', engine });
      this.events.onOpen(port);
    } catch (thrown) {
      const failure = toFailure(thrown);
      const refused = failure.code !== 'engine-unreachable' && failure.code !== 'internal';
      this.retry(refused ? { kind: 'refused', failure } : null);
    }
  }

  private lost(port: EnginePort): void {
    if (this.port !== port) return;
    this.port = null;
    this.retry(null);
  }

  private retry(state: ConnectionState | null): void {
    if (this.timer !== undefined) return;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.attempts);
    this.attempts++;
    this.events.onState(state ?? { kind: 'waiting', attempts: this.attempts });
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.open();
    }, pauseMs);
  }
}
