/**
 * The processes of our clusters, found by what stands in their environment: `HELIOSTAT_CLUSTER` (the id) and
 * `HELIOSTAT_DIR` (its directory, which tells two homes of one user apart) make a process ours, `HELIOSTAT_NODE` says
 * whose it is.
 */
import path from 'node:path';
import { sleep } from '../base/context';
import { listProcesses, signalProcess, withDescendants, type ProcessInfo } from '../base/processes';
import { isClusterId } from './clusterFiles';

export const MARKS = { cluster: 'HELIOSTAT_CLUSTER', dir: 'HELIOSTAT_DIR', node: 'HELIOSTAT_NODE' } as const;
const KEYS = Object.values(MARKS);

export interface NodeProcess extends ProcessInfo {
  /** Index of the node that it belongs to. */
  node: number;
}

/** Everything that runs for a cluster, the users' own processes on it included. */
export async function clusterProcesses(clusters: string, id: string): Promise<NodeProcess[]> {
  const all = await listProcesses(KEYS);
  const ours = withDescendants(all, (one) => isOf(one, clusters, id));
  return assignNodes(ours);
}

/** Ids of the clusters under `clusters` that have a process. */
export async function clustersWithProcesses(clusters: string): Promise<string[]> {
  const ids = (await listProcesses(KEYS))
    .filter((one) => one.pid !== process.pid)
    .map((one) => ({ one, id: one.env[MARKS.cluster] ?? '' }))
    .filter(({ one, id }) => isClusterId(id) && isOf(one, clusters, id))
    .map(({ id }) => id);
  return [...new Set(ids)];
}

/** How long a process that was not ours counts as such: its number may be given to one of ours. */
const FOREIGN_MS = 5000;

/** Looks at a cluster's processes again and again, and at all others only now and then. */
export class ProcessWatch {
  private readonly foreign = new Set<number>();
  private sinceMs = -Infinity;

  constructor(
    private readonly clusters: string,
    private readonly id: string,
  ) {}

  async look(): Promise<NodeProcess[]> {
    if (performance.now() - this.sinceMs > FOREIGN_MS) {
      this.foreign.clear();
      this.sinceMs = performance.now();
    }
    const all = await listProcesses(KEYS, this.foreign);
    const ours = withDescendants(all, (one) => isOf(one, this.clusters, this.id), this.foreign);
    for (const { pid } of all) this.foreign.add(pid);
    for (const { pid } of ours) this.foreign.delete(pid);
    return assignNodes(ours);
  }
}

const POLL_MS = 20;

/**
 * Ends a cluster's processes, or those of one node, and returns when none is left. What runs in a session of its own
 * (the scripts of jobs) may end in order within `graceMs`; Ray's processes are killed, since raylet and GCS would
 * otherwise wait for each other for seconds, and they leave nothing outside the cluster's directory.
 */
export async function endProcesses(
  clusters: string,
  id: string,
  options: { graceMs: number; node?: number },
): Promise<void> {
  const find = async () =>
    (await clusterProcesses(clusters, id)).filter(
      (one) => options.node === undefined || one.node === options.node,
    );
  await endJobs(find, options.graceMs);
  // Kept by pid and start time: a child whose environment was overwritten is no longer found once its parent is gone.
  const seen = new Map<string, number>();
  for (;;) {
    const now = await find();
    const alive = new Set(seen.size === 0 ? [] : (await listProcesses([])).map(identity));
    for (const [key] of seen) if (!alive.has(key)) seen.delete(key);
    for (const one of now) seen.set(identity(one), one.pid);
    if (seen.size === 0) return;
    for (const pid of seen.values()) signalProcess(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
}

async function endJobs(find: () => Promise<NodeProcess[]>, graceMs: number): Promise<void> {
  const endMs = performance.now() + graceMs;
  for (let told = false; performance.now() < endMs; told = true) {
    const all = await find();
    const rays = new Set(all.filter((one) => RAY_CORE.has(one.name)).map((one) => one.session));
    const jobs = all.filter((one) => !rays.has(one.session));
    if (jobs.length === 0) return;
    if (!told) for (const one of jobs) signalProcess(one.pid, 'SIGTERM');
    await sleep(POLL_MS * 2);
  }
}

const RAY_CORE = new Set(['raylet', 'gcs_server']);

function isOf(one: ProcessInfo, clusters: string, id: string): boolean {
  return one.env[MARKS.cluster] === id && one.env[MARKS.dir] === path.join(clusters, id);
}

/** A process without the entry (its environment was overwritten) is its parent's node's; an orphan is the head's. */
function assignNodes(ours: readonly ProcessInfo[]): NodeProcess[] {
  const byPid = new Map(ours.map((one) => [one.pid, one]));
  const nodeOf = (one: ProcessInfo, depth: number): number => {
    const own = one.env[MARKS.node];
    if (own !== undefined) return Number(own);
    const parent = byPid.get(one.parent);
    return parent && depth < 64 ? nodeOf(parent, depth + 1) : 0;
  };
  return ours.map((one) => ({ ...one, node: nodeOf(one, 0) }));
}

function identity(one: ProcessInfo): string {
  return `${one.pid}/${one.started}`;
}
