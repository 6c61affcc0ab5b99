/** What the nodes' start-up printed, newest part of each, for people. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ClusterFiles } from './backend';

const KEPT = 50_000;
/** Sorts before the nodes' own files. */
const EVENTS = 'cluster.log';

export function clusterLog(files: ClusterFiles): string {
  if (!existsSync(files.logs)) return '';
  return readdirSync(files.logs)
    .sort()
    .map((name) => `==> ${name} <==\n${readFileSync(path.join(files.logs, name), 'utf8').slice(-KEPT)}`)
    .join('\n');
}

/** A line of the cluster's own log: what happened to it, and why. */
export function logEvent(files: ClusterFiles, { timeMs, words }: { timeMs: number; words: string }): void {
  if (!existsSync(files.logs)) return;
  appendFileSync(path.join(files.logs, EVENTS), `${new Date(timeMs).toISOString()} ${words}\n`, {
    mode: 0o600,
  });
}
