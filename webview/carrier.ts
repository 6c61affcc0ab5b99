/** The two ways to the engine: through the extension, and a WebSocket from a browser. */
import type { ServerFrame } from '../simulator/protocol';
import type { HostNotice, HostToPage, PageToHost } from './hostMessages';
import { FramePort } from './port';

export interface Carrier {
  /** Opens one connection; rejects with words when it cannot be had now. */
  connect(): Promise<FramePort>;
}

export interface VsCodeApi {
  postMessage(message: PageToHost): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** Frames travel inside messages to the extension, which says when its own connection comes and goes. */
export class VsCodeCarrier implements Carrier {
  private port: FramePort | null = null;
  private open = true;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly api: VsCodeApi,
    private readonly onNotice: (notice: HostNotice) => void,
  ) {
    window.addEventListener('message', (event: MessageEvent<HostToPage>) => this.receive(event.data));
  }

  async connect(): Promise<FramePort> {
    if (!this.open) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.port = new FramePort((frame) => this.api.postMessage({ engine: frame }));
    return this.port;
  }

  private receive(message: HostToPage): void {
    if ('engine' in message) {
      this.port?.receive(message.engine);
      return;
    }
    if (message.host.kind === 'connection') {
      this.open = message.host.state === 'open';
      if (message.host.state === 'closed') this.port?.close(message.host.reason);
      else for (const resolve of this.waiting.splice(0)) resolve();
    }
    this.onNotice(message.host);
  }
}

/** A WebSocket to the page's own origin; the secret travels as a sub-protocol, the only place a page can put it. */
export class SocketCarrier implements Carrier {
  constructor(private readonly secret: string) {}

  connect(): Promise<FramePort> {
    const url = new URL('/ws', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, ['heliostat', `heliostat.${this.secret}`]);
    const port = new FramePort((frame) => socket.send(JSON.stringify(frame)));
    socket.addEventListener('message', (event) =>
      port.receive(JSON.parse(String(event.data)) as ServerFrame),
    );
    return new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve(port));
      socket.addEventListener('close', (event) => {
        port.close(event.reason || 'The connection to the engine ended.');
        reject(new Error('The engine does not answer.'));
      });
    });
  }
}
