/** Writes a trace in a format of others, piece by piece, so that its size costs no memory and others get their turn. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { csvPieces } from './exportCsv';
import { otlpPieces } from './exportOtlp';
import { perfettoPieces } from './exportPerfetto';
import type { ExportFormat } from '../model/trace';
import type { TraceStore } from './traceStore';

const PIECES_AT_ONCE = 2000;

/** Returns the file's size. Overwrites. `nowMs` ends what still runs. Errors are those of the file system. */
export async function writeExport(
  store: TraceStore,
  options: { format: ExportFormat; path: string; run: string; nowMs: number },
): Promise<number> {
  const out = createWriteStream(options.path, { mode: 0o600 });
  await once(out, 'open');
  let batch: string[] = [];
  for (const piece of pieces(store, options)) {
    if (batch.push(piece) < PIECES_AT_ONCE) continue;
    if (!out.write(batch.join(''))) await once(out, 'drain');
    batch = [];
    await new Promise((resolve) => setImmediate(resolve));
  }
  out.end(batch.join(''));
  await finished(out);
  return out.bytesWritten;
}

function pieces(
  store: TraceStore,
  { format, run, nowMs }: { format: ExportFormat; run: string; nowMs: number },
): Generator<string> {
  switch (format) {
    case 'perfetto':
      return perfettoPieces(store, nowMs);
    case 'otlp':
      return otlpPieces(store, run, nowMs);
    case 'csv':
      return csvPieces(store);
  }
}
