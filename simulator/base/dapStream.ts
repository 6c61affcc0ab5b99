/** Debug Adapter Protocol messages over bytes: `Content-Length: N`, an empty line, N bytes of JSON. */
import type { DebugProtocol } from '@vscode/debugprotocol';

export type Message = DebugProtocol.Request | DebugProtocol.Response | DebugProtocol.Event;

const SEPARATOR = '\r\n\r\n';
const MAX_HEADER_BYTES = 4096;

export function encodeMessage(message: Message): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}${SEPARATOR}`, 'ascii'), body]);
}

/** Cuts a stream of bytes into messages. Throws on bytes that are no messages. */
export class MessageReader {
  private pieces: Buffer[] = [];
  private size = 0;
  /** Bytes of the body that is being read, or null while its header is. */
  private wanted: number | null = null;

  constructor(private readonly onMessage: (message: Message) => void) {}

  feed(piece: Buffer): void {
    this.pieces.push(piece);
    this.size += piece.length;
    while (this.step());
  }

  private step(): boolean {
    if (this.wanted !== null) {
      if (this.size < this.wanted) return false;
      const body = this.take(this.wanted);
      this.wanted = null;
      this.onMessage(JSON.parse(body.toString('utf8')) as Message);
      return true;
    }
    const all = this.join();
    const end = all.indexOf(SEPARATOR);
    if (end === -1) {
      if (all.length > MAX_HEADER_BYTES) throw new Error('Not the Debug Adapter Protocol.');
      return false;
    }
    const length = /^Content-Length: *(\d+)/im.exec(all.toString('ascii', 0, end))?.[1];
    if (length === undefined) throw new Error('Not the Debug Adapter Protocol.');
    this.take(end + SEPARATOR.length);
    this.wanted = Number(length);
    return true;
  }

  private join(): Buffer {
    if (this.pieces.length > 1) this.pieces = [Buffer.concat(this.pieces)];
    return this.pieces[0] ?? Buffer.alloc(0);
  }

  private take(bytes: number): Buffer {
    const all = this.join();
    this.pieces = [all.subarray(bytes)];
    this.size -= bytes;
    return all.subarray(0, bytes);
  }
}
