/** One WebSocket to the engine: raw frames for a relay, or the typed port on top of them. */
import { WebSocket } from 'ws';
import { Emitter, type Disposable } from '../base/lifecycle';
import { FailureError, type Failure } from '../model/failure';
import type { EngineInfo, EnginePort, Method, Params, Result, ServerFrame } from '../protocol';
import type { EngineFile } from '../base/engineFile';

/** Text frames as they are; nothing has been said on it yet. */
export interface RawConnection extends Disposable {
  send(text: string): void;
  onMessage(listener: (text: string) => void): Disposable;
  onClosed(listener: (reason: string) => void): Disposable;
}

/** Rejects when nothing answers at the recorded port. */
export function openSocket(engine: EngineFile, door: '/ws' | '/debug' = '/ws'): Promise<RawConnection> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${engine.port}${door}`, {
      headers: { Authorization: `Bearer ${engine.secret}` },
      handshakeTimeout: 3000,
      maxPayload: 256 * 1048576,
    });
    const messages = new Emitter<string>();
    const closed = new Emitter<string>();
    socket.on('message', (data: Buffer) => messages.fire(data.toString('utf8')));
    socket.on('close', () => closed.fire('The engine has gone.'));
    socket.on('error', reject);
    socket.on('open', () =>
      resolve({
        send: (text) => socket.send(text),
        onMessage: (listener) => messages.on(listener),
        onClosed: (listener) => closed.on(listener),
        dispose: () => socket.terminate(),
      }),
    );
  });
}

export interface EngineConnection extends EnginePort, Disposable {
  readonly info: EngineInfo;
}

/** The typed port over raw frames, without having said hello. */
export class FramePort implements EnginePort {
  private readonly pending = new Map<
    number,
    { resolve(result: unknown): void; reject(error: Error): void }
  >();
  private readonly changed = new Emitter<{ topic: string; version: number }>();
  private readonly closed = new Emitter<string>();
  private nextId = 1;
  private gone: Failure | null = null;

  constructor(private readonly raw: RawConnection) {
    raw.onMessage((text) => this.receive(JSON.parse(text) as ServerFrame));
    raw.onClosed((reason) => {
      this.gone = { code: 'engine-unreachable', detail: reason, logPath: '' };
      for (const waiting of this.pending.values()) waiting.reject(new FailureError(this.gone));
      this.pending.clear();
      this.closed.fire(reason);
    });
  }

  request<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return new Promise((resolve, reject) => {
      if (this.gone) return reject(new FailureError(this.gone));
      const id = this.nextId++;
      this.pending.set(id, { resolve: (result) => resolve(result as Result<M>), reject });
      this.raw.send(JSON.stringify({ id, method, params }));
    });
  }

  onChanged(listener: (topic: string, version: number) => void): Disposable {
    return this.changed.on(({ topic, version }) => listener(topic, version));
  }

  onClosed(listener: (reason: string) => void): Disposable {
    return this.closed.on(listener);
  }

  private receive(frame: ServerFrame): void {
    if ('event' in frame) return this.changed.fire({ topic: frame.topic, version: frame.version });
    const waiting = this.pending.get(frame.id);
    if (!waiting) return;
    this.pending.delete(frame.id);
    if ('failure' in frame) waiting.reject(new FailureError(frame.failure));
    else waiting.resolve(frame.result);
  }
}
