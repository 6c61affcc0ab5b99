/**
 * Keeps a window on one run's log in step with where the user looks: follows the end, extends the window at its edges,
 * or jumps. One request at a time; what is wanted meanwhile is decided anew when it has come.
 */
import type { LogPiece } from '../../simulator/protocol';
import { LogWindow } from './logWindow';

export const PIECE_BYTES = 256 * 1024;
/** What the page keeps of a log at most, whatever the log's size. */
export const LOG_BOUNDS = { maxBytes: 2 * 1024 * 1024, maxLines: 200_000 };

export type Want =
  | { kind: 'end' }
  | { kind: 'before' }
  | { kind: 'after' }
  /** A place far from what is held. */
  | { kind: 'byte'; byte: number };

export type Loaded = Want & { piece: LogPiece };

export class LogReader {
  readonly window = new LogWindow(LOG_BOUNDS);
  totalBytes = 0;
  private busy = false;
  private ended = false;

  constructor(
    readonly runId: string,
    private readonly read: (from: number, maxBytes: number) => Promise<LogPiece>,
    private readonly events: {
      /** What is wanted now; null for nothing. Asked whenever a request may be made. */
      want(): Want | null;
      loaded(loaded: Loaded): void;
    },
  ) {}

  /** The log's size as the engine told it. */
  setTotal(totalBytes: number): void {
    this.totalBytes = totalBytes;
    this.poke();
  }

  /** Something changed that may make a request worth while. */
  poke(): void {
    if (!this.busy && !this.ended) void this.run();
  }

  dispose(): void {
    this.ended = true;
  }

  private async run(): Promise<void> {
    this.busy = true;
    try {
      for (let want = this.events.want(); want !== null; want = this.events.want()) {
        const piece = await this.fetch(want);
        if (this.ended || piece.text === '') break;
        this.totalBytes = Math.max(piece.totalBytes, piece.nextByte);
        this.take(want, piece);
        this.events.loaded({ ...want, piece });
      }
    } catch {
      // The connection is gone; the next poke comes with the next snapshot.
    } finally {
      this.busy = false;
    }
  }

  private fetch(want: Want): Promise<LogPiece> {
    const { fromByte, nextByte } = this.window;
    switch (want.kind) {
      case 'before': {
        const from = Math.max(0, fromByte - PIECE_BYTES);
        return this.read(from, fromByte - from);
      }
      case 'after':
        return this.read(nextByte, PIECE_BYTES);
      case 'byte':
        return this.read(Math.max(0, Math.min(want.byte, this.totalBytes - PIECE_BYTES)), PIECE_BYTES);
      case 'end': {
        // What lies between is not worth carrying when it would be dropped again at once.
        const near = this.totalBytes - nextByte <= 2 * PIECE_BYTES;
        return near ? this.read(nextByte, 2 * PIECE_BYTES) : this.read(-PIECE_BYTES, PIECE_BYTES);
      }
    }
  }

  private take(want: Want, piece: LogPiece): void {
    if (want.kind === 'before') this.window.prepend(piece);
    else if (want.kind === 'byte') this.window.replace(piece);
    else this.window.append(piece);
  }
}
