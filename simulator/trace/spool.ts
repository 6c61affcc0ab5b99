/**
 * Reads what the probe appends for one job: `<spool>/<jobId>.<nodeIndex>.jsonl`, one batch per line
 * (ARCHITECTURE.md, "The spool"). Keeps offsets, so that each call reads only what is new, and at most `MAX_READ_BYTES`
 * at a time; a line that is not whole yet waits for the next call.
 */
import { open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { object, type Json } from '../ray/decode';
import type { TraceEvent } from '../model/trace';
import { Puts, SpoolLine } from './spoolRows';

const MAX_READ_BYTES = 8 * 1048576;
const SPOOL_FORMAT = 3;

/** Lines as events. Those that arrive together are given together: some know what others mean. */
export class SpoolDecoder {
  private readonly puts = new Puts();
  /** Whether the driver said that it left. */
  driverLeft = false;
  /** Whether the driver said that its Ray cannot be recorded. */
  isUnrecorded = false;

  /** Whole lines, separated by line ends. */
  decode(texts: readonly string[]): TraceEvent[] {
    const events: TraceEvent[] = [];
    const lines: SpoolLine[] = [];
    for (const text of texts) {
      for (const line of text.split('\n')) {
        const decoded = line === '' ? null : this.line(line, events);
        if (decoded) lines.push(decoded);
      }
    }
    for (const line of lines) line.readPuts();
    for (const line of lines) line.read(events);
    return events;
  }

  private line(line: string, events: TraceEvent[]): SpoolLine | null {
    const batch = parse(line);
    if (!batch || batch['v'] !== SPOOL_FORMAT) {
      events.push({
        type: 'lost',
        source: 'probe',
        count: 1,
        reason: 'a batch of another version or damaged',
      });
      return null;
    }
    if (batch['bye'] === true && batch['driver'] === true) this.driverLeft = true;
    if (batch['driver'] === true && typeof batch['notice'] === 'string') this.isUnrecorded = true;
    return new SpoolLine(batch, this.puts);
  }
}

export class SpoolReader {
  private readonly offsets = new Map<string, number>();
  private readonly decoder = new SpoolDecoder();

  constructor(
    private readonly spoolDir: string,
    private readonly jobId: string,
  ) {}

  /** New events in the order of each file; empty when there is nothing new. */
  async read(): Promise<TraceEvent[]> {
    const texts: string[] = [];
    for (const file of await this.files()) texts.push(await this.readNew(file));
    return this.decoder.decode(texts);
  }

  /** Whether the driver said that it left. */
  get driverLeft(): boolean {
    return this.decoder.driverLeft;
  }

  /** Whole lines only. */
  private async readNew(file: string): Promise<string> {
    const handle = await open(path.join(this.spoolDir, file), 'r').catch(() => null);
    if (!handle) return '';
    try {
      const from = this.offsets.get(file) ?? 0;
      const left = (await handle.stat()).size - from;
      // A line of one task with very many arguments can be longer than what is read at a time.
      for (let limit = MAX_READ_BYTES; left > 0; limit *= 4) {
        const buffer = Buffer.alloc(Math.min(left, limit));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
        const end = buffer.lastIndexOf(10, bytesRead - 1) + 1;
        this.offsets.set(file, from + end);
        if (end > 0 || limit >= left) return buffer.toString('utf8', 0, end);
      }
      return '';
    } finally {
      await handle.close();
    }
  }

  /** Removes the job's files once their content is kept elsewhere. */
  async remove(): Promise<void> {
    for (const file of await this.files()) await rm(path.join(this.spoolDir, file), { force: true });
  }

  private async files(): Promise<string[]> {
    const names = await readdir(this.spoolDir).catch(() => []);
    return names.filter((name) => name.startsWith(`${this.jobId}.`));
  }
}

function parse(line: string): Json | null {
  try {
    return object(JSON.parse(line));
  } catch {
    return null;
  }
}
