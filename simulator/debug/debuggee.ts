/** One process of the run that has dialled in: its pydevd speaks the Debug Adapter Protocol, and we are its client. */
import type { Socket } from 'node:net';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Emitter } from '../base/lifecycle';
import { encodeMessage, MessageReader, type Message } from '../base/dapStream';

/** Who it is, as it said itself once it had proved that it knows the secret. */
export interface Hello {
  role: 'driver' | 'worker';
  /** Index of the node, from 0; its address on a cluster that we did not start. */
  node: number | string;
  pid: number;
  /** Ray's id of the worker, in hex. */
  worker: string;
  /** By which path it knows the job's working directory, if that was sent there. */
  folder: string | null;
  /** Why it cannot be debugged. */
  error: string | null;
}

/** `node 2 · pid 4711` */
export function placeOf({ node, pid }: Hello): string {
  return `node ${typeof node === 'number' ? node + 1 : node} · pid ${pid}`;
}

/** A request that was answered with a failure; the message is for people. */
export class RequestError extends Error {}

interface Pending {
  resolve(body: unknown): void;
  reject(error: Error): void;
}

export class Debuggee {
  private readonly events = new Emitter<DebugProtocol.Event>();
  private readonly closed = new Emitter<void>();
  private readonly pending = new Map<number, Pending>();
  private seq = 0;
  private isOpen = true;

  constructor(
    readonly hello: Hello,
    private readonly socket: Socket,
    rest: Buffer,
  ) {
    const reader = new MessageReader((message) => this.receive(message));
    socket.on('data', (piece: Buffer) => {
      try {
        reader.feed(piece);
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.end());
    if (rest.length > 0) reader.feed(rest);
  }

  get isDriver(): boolean {
    return this.hello.role === 'driver';
  }

  get place(): string {
    return placeOf(this.hello);
  }

  onEvent(listener: (event: DebugProtocol.Event) => void): void {
    this.events.on(listener);
  }

  /** Called once, when the connection is gone. */
  onClosed(listener: () => void): void {
    this.closed.on(listener);
  }

  /** The body of the answer. Rejects with a `RequestError`, also when the process goes away. */
  request<T>(command: string, args: object = {}): Promise<T> {
    if (!this.isOpen) return Promise.reject(new RequestError('The process has ended.'));
    const seq = ++this.seq;
    this.socket.write(encodeMessage({ seq, type: 'request', command, arguments: args }));
    return new Promise((resolve, reject) => {
      this.pending.set(seq, { resolve: (body) => resolve(body as T), reject });
    });
  }

  /** Runs a statement in the process, in none of its frames. As a `repl`, it would catch what the process prints meanwhile. */
  async execute(expression: string): Promise<void> {
    await this.request('evaluate', { expression, context: 'watch' });
  }

  /** Takes every breakpoint out, lets every thread go and ends the connection; the process runs on. */
  async detach(waitMs: number): Promise<void> {
    const done = this.request('disconnect', { terminateDebuggee: false }).catch(() => undefined);
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, waitMs))]);
    this.socket.end();
    this.socket.destroySoon();
  }

  private receive(message: Message): void {
    if (message.type === 'event') this.events.fire(message as DebugProtocol.Event);
    if (message.type !== 'response') return;
    const response = message as DebugProtocol.Response;
    const waiting = this.pending.get(response.request_seq);
    if (!waiting) return;
    this.pending.delete(response.request_seq);
    if (response.success) waiting.resolve(response.body);
    else waiting.reject(new RequestError(response.message ?? `${response.command} failed.`));
  }

  private end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const waiting of this.pending.values()) waiting.reject(new RequestError('The process has ended.'));
    this.pending.clear();
    this.closed.fire();
  }
}
