/**
 * How processes of a run learn of a debug session: `<shared>/debug/<run>.json` (mode 0600), there while the session
 * lasts, or on clusters that we did not start a file that travels with the job. Read by `probe/heliostat_debug.py`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeAtomic } from '../base/files';

/** The name of the file that travels with a job, beside the probe. */
export const CARRIED = 'invitation.json';

export interface Invitation {
  /** Where the hub listens, as the processes reach it. */
  host: string;
  port: number;
  /** Hex; each side proves that it knows it, it is never sent. */
  secret: string;
  /** A folder to import debugpy from where the process's own Python has none. */
  debugpy: string | null;
  /** What a process that does not reach the hub tells people to do. */
  wayOut: string | null;
}

/** Returns what takes it back. */
export function invite(debugDir: string, run: string, invitation: Invitation): () => void {
  mkdirSync(debugDir, { recursive: true, mode: 0o700 });
  const file = path.join(debugDir, `${run}.json`);
  writeAtomic(file, JSON.stringify(invitation));
  return () => rmSync(file, { force: true });
}
