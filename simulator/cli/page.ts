/** The page in a browser. The secret stands after `#`, which browsers send to nobody. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { locatePaths } from '../base/paths';
import { readEngineFile } from '../base/engineFile';
import type { EngineConnection } from '../client/connection';
import { fail } from '../model/failure';
import { say } from './terminal';

export function pageAddress(engine: EngineConnection, runId: string | null): string {
  const file = readEngineFile(locatePaths().engineFile);
  if (!file)
    return fail({ code: 'engine-unreachable', detail: 'Its file is gone.', logPath: engine.info.logPath });
  return `${engine.info.url}/${runId === null ? '' : `run/${encodeURIComponent(runId)}`}#token=${file.secret}`;
}

/**
 * Opens the page in the user's browser. Other users can read the arguments of a process, so the browser gets a file
 * that only this user can read, and that file leads to the page.
 */
export async function openPage(engine: EngineConnection, runId: string | null): Promise<void> {
  const address = pageAddress(engine, runId);
  const dir = mkdtempSync(path.join(locatePaths().home, 'open-'));
  const file = path.join(dir, 'heliostat.html');
  writeFileSync(file, `<!DOCTYPE html><meta http-equiv="refresh" content="0;url=${address}">`, {
    mode: 0o600,
  });
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const opened = await new Promise<boolean>((resolve) => {
    const child = spawn(opener, [file], { stdio: 'ignore', detached: true });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
    child.unref();
  });
  if (!opened) say(`Open this in a browser: ${address}`);
}
