/** What the nodes' start-up printed, newest part of each, for people. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ClusterFiles } from './backend';

const KEPT = 50_000;

export function clusterLog(files: ClusterFiles): string {
  if (!existsSync(files.logs)) return '';
  return readdirSync(files.logs)
    .sort()
    .map((name) => `==> ${name} <==\n${readFileSync(path.join(files.logs, name), 'utf8').slice(-KEPT)}`)
    .join('\n');
}
