/**
 * Reads what the probe appends for one job: `<spool>/<jobId>.<nodeIndex>.jsonl`, one batch per line
 * (ARCHITECTURE.md, "The spool"). Keeps offsets, so that each call reads only what is new, and at most `MAX_READ_BYTES`
 * at a time; a line that is not whole yet waits for the next call.
 */
import { open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { list, number, text, type Json } from '../ray/decode';
import type { TraceEvent, TaskKind } from '../model/trace';

const MAX_READ_BYTES = 8 * 1048576;
const KINDS: readonly TaskKind[] = ['task', 'actor-creation', 'actor-task'];

export class SpoolReader {
  private readonly offsets = new Map<string, number>();
  /** Whether the driver said that it left. */
  driverLeft = false;

  constructor(
    private readonly spoolDir: string,
    private readonly jobId: string,
  ) {}

  /** New events in the order of each file; empty when there is nothing new. */
  async read(): Promise<TraceEvent[]> {
    const events: TraceEvent[] = [];
    for (const file of await this.files()) {
      const full = path.join(this.spoolDir, file);
      const handle = await open(full, 'r').catch(() => null);
      if (!handle) continue;
      try {
        const from = this.offsets.get(file) ?? 0;
        const size = (await handle.stat()).size;
        const buffer = Buffer.alloc(Math.min(size - from, MAX_READ_BYTES));
        if (buffer.length === 0) continue;
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
        const end = buffer.lastIndexOf(10, bytesRead - 1) + 1;
        this.offsets.set(file, from + end);
        for (const line of buffer.toString('utf8', 0, end).split('\n')) if (line) this.decode(line, events);
      } finally {
        await handle.close();
      }
    }
    return events;
  }

  /** Removes the job's files once their content is kept elsewhere. */
  async remove(): Promise<void> {
    for (const file of await this.files()) await rm(path.join(this.spoolDir, file), { force: true });
  }

  private async files(): Promise<string[]> {
    const names = await readdir(this.spoolDir).catch(() => []);
    return names.filter((name) => name.startsWith(`${this.jobId}.`));
  }

  private decode(line: string, events: TraceEvent[]): void {
    const batch = parse(line);
    if (!batch || batch['v'] !== 1) {
      events.push({
        type: 'lost',
        source: 'probe',
        count: 1,
        reason: 'a batch of another version or damaged',
      });
      return;
    }
    const node = String(number(batch['node']) ?? '');
    const where = { node, worker: text(batch['worker']) ?? '', pid: number(batch['pid']) ?? 0 };
    for (const row of list(batch['sub']).map(list)) events.push(...decodeSubmission(row));
    for (const [task, fn, timeMs] of list(batch['start']).map(list)) {
      if (typeof task !== 'string' || typeof timeMs !== 'number') continue;
      events.push({ type: 'started', task, ...where, timeMs, function: String(fn) });
    }
    for (const row of list(batch['end']).map(list)) events.push(...decodeEnd(row, where));
    const lost = number(batch['lost']) ?? 0;
    if (lost > 0)
      events.push({ type: 'lost', source: 'probe', count: lost, reason: 'the probe could not write them' });
    if (batch['bye'] === true && batch['driver'] === true) this.driverLeft = true;
  }
}

function decodeSubmission(row: unknown[]): TraceEvent[] {
  const [task, parent, kind, fn, timeMs, gpus] = row;
  if (typeof task !== 'string' || typeof fn !== 'string' || typeof timeMs !== 'number') return [];
  return [
    {
      type: 'submitted',
      task,
      parent: String(parent),
      kind: KINDS[Number(kind)] ?? 'task',
      function: fn,
      timeMs,
      ...(typeof gpus === 'number' && gpus > 0 ? { gpus } : {}),
    },
  ];
}

function decodeEnd(row: unknown[], where: { node: string; worker: string; pid: number }): TraceEvent[] {
  const [task, fn, startMs, endMs, cpuMs, error] = row;
  if (typeof task !== 'string' || typeof startMs !== 'number' || typeof endMs !== 'number') return [];
  return [
    {
      type: 'ended',
      task,
      ...where,
      startMs,
      timeMs: endMs,
      cpuMs: number(cpuMs),
      error: text(error),
      ...(typeof fn === 'string' ? { function: fn } : {}),
    },
  ];
}

function parse(line: string): Json | null {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return null;
  }
}
