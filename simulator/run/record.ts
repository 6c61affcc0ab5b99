/** A run on disk: `<home>/runs/<id>/run.json`, `log.txt`, `trace.heliostat`. */
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeAtomic } from '../base/files';
import type { RunInfo, RunRequest } from '../model/run';

export interface RunFiles {
  dir: string;
  recordFile: string;
  log: string;
  trace: string;
}

/** What is kept of a run beside its log and trace; the request is kept so that an unfinished start can be done again. */
export interface RunRecord {
  format: 1;
  info: RunInfo;
  /** Without secrets: the token of a remote address is not kept. */
  request: RunRequest;
}

export class RunRecords {
  constructor(private readonly runsDir: string) {}

  files(id: string): RunFiles {
    const dir = path.join(this.runsDir, id);
    return {
      dir,
      recordFile: path.join(dir, 'run.json'),
      log: path.join(dir, 'log.txt'),
      trace: path.join(dir, 'trace.heliostat'),
    };
  }

  /** A new id, `pipeline-k3f9x`, and its directory. */
  create(script: string): string {
    const stem =
      path
        .basename(script, '.py')
        .replace(/[^\w-]+/g, '-')
        .slice(0, 30) || 'run';
    for (;;) {
      const id = `${stem}-${suffix()}`;
      if (existsSync(path.join(this.runsDir, id))) continue;
      mkdirSync(path.join(this.runsDir, id), { recursive: true, mode: 0o700 });
      return id;
    }
  }

  write(record: RunRecord): void {
    const { target } = record.request;
    const request: RunRequest =
      target.kind === 'address'
        ? { ...record.request, target: { kind: 'address', address: target.address } }
        : record.request;
    const { recordFile } = this.files(record.info.id);
    writeAtomic(recordFile, JSON.stringify({ ...record, request }, null, 1));
  }

  /** Notes that a run was seen alive now. */
  seen(id: string): void {
    const now = new Date();
    try {
      utimesSync(this.files(id).recordFile, now, now);
    } catch {
      return;
    }
  }

  /** Newest first. What cannot be read is left alone and not listed. */
  readAll(): RunRecord[] {
    const ids = existsSync(this.runsDir) ? readdirSync(this.runsDir) : [];
    return ids
      .map((id) => readJson(this.files(id).recordFile) as RunRecord | null)
      .filter((record): record is RunRecord => record?.format === 1 && typeof record.info?.id === 'string')
      .sort((a, b) => b.info.createdMs - a.info.createdMs);
  }

  remove(id: string): void {
    rmSync(this.files(id).dir, { recursive: true, force: true });
  }
}

/** Five letters and digits that cannot be mistaken for each other. */
function suffix(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
