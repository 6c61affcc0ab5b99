/**
 * Where Heliostat keeps things. Lasting data lies in the user's data folder; a cluster's directory lies under a short
 * path in /tmp, since Ray's Unix sockets end at 107 bytes and a cluster does not survive a reboot anyway.
 * `HELIOSTAT_HOME` moves both (for tests, and for people who keep two setups apart).
 */
import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { fail } from '../model/failure';

export interface Paths {
  home: string;
  engineFile: string;
  engineLog: string;
  runs: string;
  /** What nodes cost; the user may change it. */
  prices: string;
  environments: string;
  /** A copy of debugpy for Pythons that have none. */
  debugpy: string;
  /** One directory per cluster in here. */
  clusters: string;
}

export function locatePaths(env: NodeJS.ProcessEnv = process.env): Paths {
  const own = env['HELIOSTAT_HOME'];
  const home = own ? path.resolve(own) : path.join(dataFolder(env), 'heliostat');
  const tag = own ? '-' + createHash('sha256').update(home).digest('hex').slice(0, 4) : '';
  return {
    home,
    engineFile: path.join(home, 'engine.json'),
    engineLog: path.join(home, 'engine.log'),
    runs: path.join(home, 'runs'),
    prices: path.join(home, 'prices.json'),
    environments: path.join(home, 'environments'),
    debugpy: path.join(home, 'debugpy'),
    clusters: `/tmp/hs${userInfo().uid}${tag}`,
  };
}

/** Whether `inner` is `folder` or lies in it. Both absolute. */
export function isInside(folder: string, inner: string): boolean {
  const relative = path.relative(folder, inner);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}

/** Creates a directory that only this user can read, and refuses one that somebody else made first. */
export function makePrivateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const stat = statSync(dir);
  if (process.getuid && stat.uid !== process.getuid()) {
    fail({ code: 'internal', detail: `${dir} belongs to another user.` });
  }
}

function dataFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Application Support');
  return env['XDG_DATA_HOME'] || path.join(homedir(), '.local', 'share');
}
