/**
 * The engine's one door: a loopback HTTP server that serves the page and speaks the protocol over a WebSocket.
 * A page needs the secret in its address and in its socket's sub-protocol; Host and Origin must be loopback, so that
 * neither another user nor a web site (by DNS rebinding) gets in.
 */
import { timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Log } from '../base/context';
import type { Message } from '../base/dapStream';
import type { ClientChannel } from '../debug/debugSession';
import { toFailure } from '../model/failure';
import type { Method, Params, RequestFrame, Result, ServerFrame } from '../protocol';
import { servePage } from './page';

/** A handler for every method; one that is missing does not compile. */
export type Handlers = {
  [M in Method]: (params: Params<M>, connection: Connection) => Result<M> | Promise<Result<M>>;
};

export interface Connection {
  client: string;
  topics: Set<string>;
}

/** A connection with the changes that it has not been told yet. */
interface Listener extends Connection {
  changed: Map<string, number>;
  timer: NodeJS.Timeout | null;
  /** So many may still be told at once. */
  credit: number;
}

/** One connection is told of changes at most this often over time… */
const CHANGED_EVERY_MS = 100;
/** …but a few in a row at once: a state and the first output after it should not wait for each other. */
const CHANGED_AT_ONCE = 5;

export class EngineServer {
  private readonly http = http.createServer((request, response) => this.answer(request, response));
  private readonly sockets = new Map<WebSocket, Listener>();
  private readonly webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: 64 * 1048576,
    handleProtocols: (offered) => (offered.has('heliostat') ? 'heliostat' : false),
  });

  constructor(
    private readonly options: {
      secret: string;
      pageDir: string;
      log: Log;
      handlers: Handlers;
      /** A client of the debugger has come: one message of the Debug Adapter Protocol a frame, at `/debug`. */
      debug(channel: ClientChannel): void;
      /** Called when the number of connections changes. */
      onConnections(count: number): void;
    },
  ) {
    this.http.on('upgrade', (request, socket, head) => {
      if (!this.isAllowed(request)) {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      const isDebug = new URL(request.url ?? '/', 'http://localhost').pathname === '/debug';
      this.webSockets.handleUpgrade(request, socket, head, (webSocket) =>
        isDebug ? this.options.debug(debugChannel(webSocket)) : this.accept(webSocket),
      );
    });
  }

  /** Listens on a loopback port, a free one unless named, and returns it. */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, '127.0.0.1', () => resolve((this.http.address() as AddressInfo).port));
    });
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** Tells everyone who watches the topic: a few changes at once, those of the next moment together after them. */
  changed(topic: string, version: number): void {
    for (const [socket, connection] of this.sockets) {
      if (!connection.topics.has(topic)) continue;
      connection.changed.set(topic, version);
      if (connection.credit > 0) this.flush(socket, connection);
    }
  }

  isWatched(topic: string): boolean {
    return [...this.sockets.values()].some((connection) => connection.topics.has(topic));
  }

  close(): void {
    for (const socket of this.sockets.keys()) socket.terminate();
    this.webSockets.close();
    this.http.close();
    this.http.closeAllConnections();
  }

  private flush(socket: WebSocket, connection: Listener): void {
    for (const [topic, version] of connection.changed) send(socket, { event: 'changed', topic, version });
    connection.changed.clear();
    connection.credit--;
    connection.timer ??= setTimeout(() => this.refill(socket, connection), CHANGED_EVERY_MS);
  }

  private refill(socket: WebSocket, connection: Listener): void {
    connection.credit++;
    connection.timer = null;
    if (connection.changed.size > 0) this.flush(socket, connection);
    else if (connection.credit < CHANGED_AT_ONCE)
      connection.timer = setTimeout(() => this.refill(socket, connection), CHANGED_EVERY_MS);
  }

  private accept(socket: WebSocket): void {
    const connection = {
      client: '?',
      topics: new Set<string>(),
      changed: new Map<string, number>(),
      timer: null,
      credit: CHANGED_AT_ONCE,
    };
    this.sockets.set(socket, connection);
    this.options.onConnections(this.sockets.size);
    socket.on('message', (data: Buffer) => void this.receive(socket, connection, data.toString('utf8')));
    socket.on('error', (error) =>
      this.options.log.warn(`Connection of ${connection.client}: ${error.message}`),
    );
    socket.on('close', () => {
      if (connection.timer) clearTimeout(connection.timer);
      this.sockets.delete(socket);
      this.options.onConnections(this.sockets.size);
    });
  }

  private async receive(socket: WebSocket, connection: Connection, text: string): Promise<void> {
    let frame: RequestFrame;
    try {
      frame = JSON.parse(text) as RequestFrame;
      if (typeof frame.id !== 'number') throw new Error('no id');
    } catch {
      socket.close(1002, 'A frame that is no request.');
      return;
    }
    try {
      const handler = Object.hasOwn(this.options.handlers, frame.method)
        ? this.options.handlers[frame.method]
        : null;
      if (!handler) throw new Error(`Unknown method ${frame.method}.`);
      const call = handler as (params: unknown, connection: Connection) => unknown;
      send(socket, { id: frame.id, result: await call(frame.params, connection) });
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (failure.code === 'internal') this.options.log.error(`${frame.method}: ${failure.detail}`);
      send(socket, { id: frame.id, failure });
    }
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (!isLoopbackHost(request.headers.host)) {
      response.writeHead(403).end('Only by its loopback address.');
      return;
    }
    servePage(this.options.pageDir, request, response);
  }

  private isAllowed(request: http.IncomingMessage): boolean {
    if (!isLoopbackHost(request.headers.host)) return false;
    const origin = request.headers.origin;
    if (origin !== undefined && origin !== `http://${request.headers.host}`) return false;
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const bySubProtocol = offered.find((name) => name.startsWith('heliostat.'))?.slice('heliostat.'.length);
    const byHeader = request.headers.authorization?.replace(/^Bearer /, '');
    return isSame(bySubProtocol ?? byHeader ?? '', this.options.secret);
  }
}

function debugChannel(socket: WebSocket): ClientChannel {
  return {
    send: (message) => socket.readyState === socket.OPEN && socket.send(JSON.stringify(message)),
    onMessage: (listener) =>
      socket.on('message', (data: Buffer) => listener(JSON.parse(data.toString('utf8')) as Message)),
    onClosed: (listener) => socket.on('error', () => socket.terminate()).on('close', listener),
  };
}

function send(socket: WebSocket, frame: ServerFrame): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
}

function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
}

function isSame(given: string, secret: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(secret);
  return a.length === b.length && timingSafeEqual(a, b);
}
