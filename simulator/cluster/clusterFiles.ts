/** One directory per cluster: what is in it, and reading and writing that. */
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readJson, writeAtomic } from '../base/files';
import { makePrivateDir } from '../base/paths';
import { readPlan } from './planFile';
import type { ClusterFiles, ClusterPlan } from './backend';

const ID_FORM = /^[a-z2-7]{6}$/;
const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

export function isClusterId(text: string): boolean {
  return ID_FORM.test(text);
}

/** A short id that no cluster in `clusters` has: it stands in socket paths, names and what people type. */
export function newClusterId(clusters: string): string {
  for (;;) {
    const id = [...randomBytes(6)].map((byte) => ID_LETTERS[byte % 32]).join('');
    if (!existsSync(path.join(clusters, id))) return id;
  }
}

/** Ids of all directories of clusters, whatever state they are in. */
export function listClusterIds(clusters: string): string[] {
  return existsSync(clusters) ? readdirSync(clusters).filter(isClusterId) : [];
}

/** Paths only; creates nothing. */
export function clusterFiles(clusters: string, id: string): ClusterFiles {
  const dir = path.join(clusters, id);
  const shared = path.join(dir, 'shared');
  return {
    dir,
    planFile: path.join(dir, 'cluster.json'),
    shared,
    alive: path.join(shared, 'alive'),
    tokenFile: path.join(shared, 'token'),
    probe: path.join(shared, 'probe'),
    spool: path.join(shared, 'spool'),
    slots: path.join(shared, 'slots'),
    logs: path.join(dir, 'logs'),
    ray: path.join(dir, 'ray'),
  };
}

/** How long a cluster stays without an engine, unless it is said otherwise. */
const ORPHAN_MINUTES = 60;

/** Makes the directory with a new token and a copy of the probe (all of `probeSource`'s Python files). */
export function createClusterFiles(
  files: ClusterFiles,
  probeSource: string,
  { keep, orphanMinutes = ORPHAN_MINUTES }: Pick<ClusterPlan, 'keep' | 'orphanMinutes'> = {},
): void {
  makePrivateDir(path.dirname(files.dir));
  makePrivateDir(files.dir);
  for (const dir of [files.shared, files.probe, files.spool, files.slots, files.logs, files.ray]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }
  writeFileSync(files.tokenFile, randomBytes(32).toString('hex'), { mode: 0o600 });
  writeFileSync(files.alive, String(keep ? 0 : orphanMinutes));
  for (const name of readdirSync(probeSource).filter((entry) => entry.endsWith('.py'))) {
    copyFileSync(path.join(probeSource, name), path.join(files.probe, name));
  }
}

/** Says that its engine lives. A directory that is gone is somebody else's to notice. */
export function touchAlive(files: ClusterFiles): void {
  const now = new Date();
  try {
    utimesSync(files.alive, now, now);
  } catch {
    return;
  }
}

/** Null when there is none. */
export function readToken(files: ClusterFiles): string | null {
  return existsSync(files.tokenFile) ? readFileSync(files.tokenFile, 'utf8').trim() : null;
}

export function writePlan(files: ClusterFiles, plan: ClusterPlan): void {
  writeAtomic(files.planFile, JSON.stringify({ version: PLAN_VERSION, plan }, null, 1));
}

export type PlanOnDisk =
  | { kind: 'plan'; plan: ClusterPlan }
  /** No file, or one that its writer never finished. */
  | { kind: 'none' }
  /** Written by a newer Heliostat. */
  | { kind: 'newer'; version: number };

const PLAN_VERSION = 1;

export function loadPlan(files: ClusterFiles): PlanOnDisk {
  const read = readJson(files.planFile);
  const file = typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {};
  const version = typeof file['version'] === 'number' ? file['version'] : 0;
  if (version > PLAN_VERSION) return { kind: 'newer', version };
  const plan = readPlan(file['plan']);
  return plan ? { kind: 'plan', plan } : { kind: 'none' };
}

/** Notes that every node was up once: what lacks the note was left half-started by an engine that died. */
export function markStarted(files: ClusterFiles): void {
  writeFileSync(startedFile(files), '');
}

export function wasStarted(files: ClusterFiles): boolean {
  return existsSync(startedFile(files));
}

function startedFile(files: ClusterFiles): string {
  return path.join(files.dir, 'started');
}

/** Removes the directory; what a dying process writes meanwhile is removed too. */
export async function removeClusterFiles(files: ClusterFiles): Promise<void> {
  await rm(files.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
