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
  /** Where the log begins: what Ray writes before the script's own output is not shown. Known once it was read from. */
  startByte = 0;
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

  /** Bytes that there are to be seen. */
  get sizeBytes(): number {
    return Math.max(0, this.totalBytes - this.startByte);
  }

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
        const from = this.fromOf(want);
        const piece = await this.read(from, this.maxBytesOf(want, from));
        if (this.ended) break;
        this.totalBytes = Math.max(piece.totalBytes, piece.nextByte);
        const later = from === this.startByte && piece.fromByte > from;
        if (later) this.startByte = piece.fromByte;
        // What was asked for up to the window's edge then reaches over it: ask again from the right place.
        if (later && want.kind === 'before') continue;
        if (piece.text === '') break;
        this.take(want, piece);
        this.events.loaded({ ...want, piece });
      }
    } catch {
      // The connection is gone; the next poke comes with the next snapshot.
    } finally {
      this.busy = false;
    }
  }

  private fromOf(want: Want): number {
    const { fromByte, nextByte } = this.window;
    const atLeast = (byte: number): number => Math.max(this.startByte, byte);
    switch (want.kind) {
      case 'before':
        return atLeast(fromByte - PIECE_BYTES);
      case 'after':
        return atLeast(nextByte);
      case 'byte':
        return atLeast(Math.min(Math.floor(want.byte), this.totalBytes - PIECE_BYTES));
      case 'end': {
        // What lies between is not worth carrying when it would be dropped again at once.
        const near = this.totalBytes - nextByte <= 2 * PIECE_BYTES;
        return near ? atLeast(nextByte) : -PIECE_BYTES;
      }
    }
  }

  private maxBytesOf(want: Want, from: number): number {
    if (want.kind === 'before') return this.window.fromByte - from;
    return want.kind === 'end' ? 2 * PIECE_BYTES : PIECE_BYTES;
  }

  private take(want: Want, piece: LogPiece): void {
    if (want.kind === 'before') this.window.prepend(piece);
    else if (want.kind === 'byte') this.window.replace(piece);
    else this.window.append(piece);
  }
}
