/**
 * The part of a log that is in the page: one contiguous stretch of it, as lines, bounded in bytes and in lines.
 * Growing at one end drops pieces at the other. Pure bookkeeping; it asks for nothing by itself.
 */
import type { LogPiece } from '../../simulator/protocol';

interface Held {
  fromByte: number;
  nextByte: number;
  newlines: number;
  /** UTF-16 units before its first and after its last newline; the whole piece when it has none. */
  headUnits: number;
  tailUnits: number;
}

export interface Bounds {
  maxBytes: number;
  maxLines: number;
}

export class LogWindow {
  /** The stretch's lines; the first may begin and the last may end in the middle of a line of the log. */
  lines: string[] = [''];
  /** A number for `lines[0]` such that a line keeps its number while it is held. */
  firstLineNumber = 0;
  private pieces: Held[] = [];

  constructor(private readonly bounds: Bounds) {}

  /** Lines worth a row: after a line's end there is one more, empty until something is printed. */
  get lineCount(): number {
    return this.lines.length - (this.lines[this.lines.length - 1] === '' ? 1 : 0);
  }

  get fromByte(): number {
    return this.pieces[0]?.fromByte ?? 0;
  }

  get nextByte(): number {
    return this.pieces.at(-1)?.nextByte ?? 0;
  }

  get sizeBytes(): number {
    return this.nextByte - this.fromByte;
  }

  /** Starts over with this piece alone. */
  replace(piece: LogPiece): void {
    this.pieces = [];
    this.lines = [''];
    this.firstLineNumber = 0;
    this.append(piece);
  }

  /** Takes the piece that follows; anything but the exact next byte starts over. */
  append(piece: LogPiece): void {
    if (this.pieces.length > 0 && piece.fromByte !== this.nextByte) return this.replace(piece);
    if (piece.text === '') return;
    const parts = piece.text.split('\n');
    this.lines[this.lines.length - 1] += parts[0]!;
    for (let i = 1; i < parts.length; i++) this.lines.push(parts[i]!);
    this.pieces.push(measure(piece, parts));
    while (this.tooLarge()) this.dropFirst();
  }

  /** Takes the piece that ends where the stretch begins; another one is ignored. */
  prepend(piece: LogPiece): void {
    if (piece.nextByte !== this.fromByte || piece.text === '') return;
    const parts = piece.text.split('\n');
    this.lines[0] = parts[parts.length - 1]! + this.lines[0]!;
    this.lines = parts.slice(0, -1).concat(this.lines);
    this.firstLineNumber -= parts.length - 1;
    this.pieces.unshift(measure(piece, parts));
    while (this.tooLarge()) this.dropLast();
  }

  private tooLarge(): boolean {
    if (this.pieces.length <= 1) return false;
    return this.sizeBytes > this.bounds.maxBytes || this.lines.length > this.bounds.maxLines;
  }

  private dropFirst(): void {
    const piece = this.pieces.shift()!;
    this.lines.splice(0, piece.newlines);
    this.firstLineNumber += piece.newlines;
    this.lines[0] = this.lines[0]!.slice(piece.tailUnits);
  }

  private dropLast(): void {
    const piece = this.pieces.pop()!;
    this.lines.length -= piece.newlines;
    const last = this.lines.length - 1;
    const line = this.lines[last]!;
    this.lines[last] = line.slice(0, line.length - piece.headUnits);
  }
}

function measure(piece: LogPiece, parts: readonly string[]): Held {
  return {
    fromByte: piece.fromByte,
    nextByte: piece.nextByte,
    newlines: parts.length - 1,
    headUnits: parts[0]!.length,
    tailUnits: parts[parts.length - 1]!.length,
  };
}
