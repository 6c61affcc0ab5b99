/**
 * The output of one run on disk, `log.txt`: an exact copy of the job's log from its first byte, so that its size says
 * where to go on after the engine was restarted. Never held in memory.
 */
import { closeSync, existsSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { LogPiece } from '../protocol';
import { toFailure } from '../model/failure';

/** More than this of one run's output is not kept. */
const MAX_LOG_BYTES = 1024 * 1048576;
/** Ray's own first lines fit into so much. */
export const MAX_PREAMBLE_BYTES = 16_384;
/** A longer line is cut for those who read lines; the file keeps all of it. */
const MAX_LINE = 64 * 1024;

export class RunLog {
  private file: number | null = null;
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  /** Why the file is not complete, for people; null while it is. */
  incomplete: string | null = null;
  sizeBytes: number;

  constructor(
    private readonly path: string,
    private readonly onLine: (line: string) => void,
  ) {
    this.sizeBytes = existsSync(path) ? statSync(path).size : 0;
  }

  append(piece: Buffer): void {
    this.keep(piece);
    const lines = (this.rest + this.decoder.write(piece)).split('\n');
    this.rest = lines.pop()!.slice(-MAX_LINE);
    for (const line of lines) this.onLine(line);
  }

  /** Reads what an earlier engine kept through `onLine` again. */
  replay(): void {
    const pieceBytes = 1048576;
    for (let from = 0; from < this.sizeBytes; from += pieceBytes) {
      const lines = (this.rest + this.decoder.write(readBytes(this.path, from, pieceBytes))).split('\n');
      this.rest = lines.pop()!.slice(-MAX_LINE);
      for (const line of lines) this.onLine(line);
    }
  }

  close(): void {
    if (this.rest) this.onLine(this.rest);
    this.rest = '';
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  private keep(piece: Buffer): void {
    if (this.incomplete) return;
    if (this.sizeBytes + piece.length > MAX_LOG_BYTES) {
      this.incomplete = `Only the first ${MAX_LOG_BYTES / 1048576} MiB of the output are kept.`;
      return;
    }
    try {
      this.file ??= openSync(this.path, 'a', 0o600);
      writeSync(this.file, piece);
      this.sizeBytes += piece.length;
    } catch (thrown) {
      const failure = toFailure(thrown);
      this.incomplete =
        failure.code === 'disk-full'
          ? 'The disk is full: the output is not kept any more.'
          : `The output is not kept any more: ${(thrown as Error).message}`;
    }
  }
}

/**
 * How many bytes at the log's beginning are Ray's own: lines about the job's environment, and the entry point, which is
 * ours and not the user's.
 */
export function preambleBytes(path: string): number {
  if (!existsSync(path)) return 0;
  const head = readBytes(path, 0, Math.min(statSync(path).size, MAX_PREAMBLE_BYTES)).toString('latin1');
  return (
    /^(?:.*job_manager\.py:\d+ -- .*\n)?(?:Running entrypoint for job .*\n)?/.exec(head)?.[0].length ?? 0
  );
}

/** A piece of a log by bytes, cut so that no character is torn; a negative `from` counts from the end. */
export function readLogPiece(path: string, from: number, maxBytes: number): LogPiece {
  const totalBytes = existsSync(path) ? statSync(path).size : 0;
  const start = Math.max(0, from < 0 ? totalBytes + from : Math.min(from, totalBytes));
  const bytes = readBytes(path, start, Math.min(maxBytes, totalBytes - start));
  const head = isContinuation(bytes[0]) ? bytes.findIndex((byte) => !isContinuation(byte)) : 0;
  const whole = bytes.subarray(Math.max(0, head), wholeCharacters(bytes));
  const fromByte = start + Math.max(0, head);
  return { text: whole.toString('utf8'), fromByte, nextByte: fromByte + whole.length, totalBytes };
}

function readBytes(path: string, from: number, length: number): Buffer {
  if (length <= 0) return Buffer.alloc(0);
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(file, buffer, 0, length, from));
  } finally {
    closeSync(file);
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Length without a character that is torn at the end. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (isContinuation(byte)) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
