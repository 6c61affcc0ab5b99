/** Finds the lines of a log that contain a text, reading all of it by pieces and keeping only what it found. */
import type { LogPiece } from '../../simulator/protocol';
import { plainText } from './ansi';

export interface Match {
  /** Where its line begins in the log. */
  byte: number;
  line: string;
}

export const MAX_MATCHES = 5000;
const MAX_LINE_UNITS = 1000;
const PIECE_BYTES = 1024 * 1024;

export class LogFilter {
  private readonly matches: Match[] = [];
  scannedBytes = 0;
  private readonly needle: string;
  private running = false;
  private ended = false;
  /** The unfinished line at the end of what was read; bounded, since a log may have no line ends at all. */
  private rest = '';
  private restByte = 0;

  constructor(
    query: string,
    private readonly read: (fromByte: number, maxBytes: number) => Promise<LogPiece>,
    private readonly onProgress: () => void,
  ) {
    this.needle = query.toLowerCase();
  }

  get full(): boolean {
    return this.matches.length >= MAX_MATCHES;
  }

  /** What was found so far, with the last line where it matches although it has no end yet. */
  found(): Match[] {
    if (this.full || this.rest === '' || !this.hit(this.rest)) return this.matches;
    return [...this.matches, { byte: this.restByte, line: this.rest.slice(0, MAX_LINE_UNITS) }];
  }

  /** Reads on to the log's present end. Call again when it has grown. */
  async scan(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      while (!this.ended && !this.full) {
        const piece = await this.read(this.scannedBytes, PIECE_BYTES);
        if (this.ended || piece.nextByte <= this.scannedBytes) break;
        this.take(piece);
        this.onProgress();
      }
    } finally {
      this.running = false;
    }
  }

  dispose(): void {
    this.ended = true;
  }

  private take(piece: LogPiece): void {
    if (this.rest === '') this.restByte = piece.fromByte;
    const text = this.rest + piece.text;
    if (this.hit(text)) this.testLines(text);
    const restAt = text.lastIndexOf('\n') + 1;
    this.rest = text.slice(restAt);
    this.restByte = piece.nextByte - utf8Length(this.rest);
    if (this.rest.length > PIECE_BYTES) this.cutRest();
    this.scannedBytes = piece.nextByte;
  }

  private testLines(text: string): void {
    let at = 0;
    let byte = this.restByte;
    for (let end = text.indexOf('\n'); end !== -1 && !this.full; end = text.indexOf('\n', at)) {
      const line = text.slice(at, end);
      this.test(line, byte);
      byte += utf8Length(line) + 1;
      at = end + 1;
    }
  }

  /** A line that does not end is tested in parts. */
  private cutRest(): void {
    this.test(this.rest, this.restByte);
    this.restByte += utf8Length(this.rest);
    this.rest = '';
  }

  private test(line: string, byte: number): void {
    if (this.hit(line)) this.matches.push({ byte, line: line.slice(0, MAX_LINE_UNITS) });
  }

  /** Whether the text, of one line or of many, may hold what is looked for; certain for one line. */
  private hit(text: string): boolean {
    // Taking sequences out costs much, and a hundred megabytes may be read while the user waits.
    const plain = text.includes('\x1b') || text.includes('\r') ? plainLines(text) : text;
    return plain.toLowerCase().includes(this.needle);
  }
}

function plainLines(text: string): string {
  return text.includes('\n') ? text.split('\n').map(plainText).join('\n') : plainText(text);
}

const ASCII = /^[\x00-\x7f]*$/;

/** Bytes of the text in UTF-8. */
export function utf8Length(text: string): number {
  if (ASCII.test(text)) return text.length;
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes.
    length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return length;
}
