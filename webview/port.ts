/** The page's end of the engine's protocol, over whatever carries its frames. */
import { FailureError, type Failure } from '../simulator/model/failure';
import type { EnginePort, Method, Params, RequestFrame, Result, ServerFrame } from '../simulator/protocol';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One connection. Requests made after its end, or pending at it, reject as `engine-unreachable`. */
export class FramePort implements EnginePort {
  private nextId = 1;
  private closedReason: string | null = null;
  private readonly pending = new Map<number, Pending>();
  private readonly changedListeners = new Set<(topic: string, version: number) => void>();
  private readonly closedListeners = new Set<(reason: string) => void>();

  constructor(private readonly send: (frame: RequestFrame) => void) {}

  request<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    if (this.closedReason !== null) return Promise.reject(unreachable(this.closedReason));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve: (result) => resolve(result as Result<M>), reject });
      this.send({ id, method, params });
    });
  }

  onChanged(listener: (topic: string, version: number) => void): { dispose(): void } {
    this.changedListeners.add(listener);
    return { dispose: () => this.changedListeners.delete(listener) };
  }

  onClosed(listener: (reason: string) => void): { dispose(): void } {
    this.closedListeners.add(listener);
    return { dispose: () => this.closedListeners.delete(listener) };
  }

  /** Takes in what the engine sent. */
  receive(frame: ServerFrame): void {
    if ('event' in frame) {
      for (const listener of [...this.changedListeners]) listener(frame.topic, frame.version);
      return;
    }
    const pending = this.pending.get(frame.id);
    if (!pending) return;
    this.pending.delete(frame.id);
    if ('failure' in frame) pending.reject(new FailureError(frame.failure));
    else pending.resolve(frame.result);
  }

  /** Ends the port; later calls do nothing. */
  close(reason: string): void {
    if (this.closedReason !== null) return;
    this.closedReason = reason;
    for (const pending of this.pending.values()) pending.reject(unreachable(reason));
    this.pending.clear();
    for (const listener of [...this.closedListeners]) listener(reason);
  }
}

function unreachable(detail: string): FailureError {
  const failure: Failure = { code: 'engine-unreachable', detail, logPath: '' };
  return new FailureError(failure);
}
