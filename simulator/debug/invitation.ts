/**
 * How processes of a run learn of a debug session: `<shared>/debug/<run>.json` (mode 0600), there while the session
 * lasts. Read by `probe/heliostat_debugger.py`.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeAtomic } from '../base/files';

export interface Invitation {
  /** Where the hub listens, as the processes reach it. */
  host: string;
  port: number;
  /** Hex; each side proves that it knows it, it is never sent. */
  secret: string;
  /** A folder to import debugpy from where the process's own Python has none. */
  debugpy: string | null;
}

/** Returns what takes it back, together with what processes left beside it. */
export function invite(debugDir: string, run: string, invitation: Invitation): () => void {
  mkdirSync(debugDir, { recursive: true, mode: 0o700 });
  writeAtomic(path.join(debugDir, `${run}.json`), JSON.stringify(invitation));
  return () => {
    for (const name of readdirSync(debugDir).filter((entry) => entry.startsWith(`${run}.`))) {
      rmSync(path.join(debugDir, name), { force: true });
    }
  };
}

/** There while a step into a task is under way; processes hold what they begin until it says which task that is. */
export function stepFile(debugDir: string, run: string): string {
  return path.join(debugDir, `${run}.step`);
}
