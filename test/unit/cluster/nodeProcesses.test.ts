/** On real processes: what carries a cluster's marks is found and ended, and nothing else. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  clusterProcesses,
  clustersWithProcesses,
  endProcesses,
  ProcessWatch,
} from '../../../simulator/cluster/nodeProcesses';

const clusters = mkdtempSync('/tmp/hs-nodes-');
const id = 'abc234';
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(clusters, { recursive: true, force: true }));

function marks(node = 0, home = clusters, cluster = id): Record<string, string> {
  return {
    HELIOSTAT_CLUSTER: cluster,
    HELIOSTAT_DIR: path.join(home, cluster),
    HELIOSTAT_NODE: String(node),
  };
}

/** A shell in a session of its own; it says `ready` when it has come to its end. */
async function start(script: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', `${script}\necho ready\nwhile :; do sleep 0.1; done`], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push(child);
  await once(child.stdout, 'data');
  return child;
}

const isAlive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;
const pids = async () => new Set((await clusterProcesses(clusters, id)).map((one) => one.pid));

describe('the processes of a cluster', () => {
  it('are found by their marks, with the node that they belong to', async () => {
    const head = await start('', marks(0));
    const other = await start('', marks(3));
    const found = await clusterProcesses(clusters, id);
    expect(found.find((one) => one.pid === head.pid)?.node).toBe(0);
    expect(found.find((one) => one.pid === other.pid)?.node).toBe(3);
    expect(await clustersWithProcesses(clusters)).toEqual([id]);
  });

  it('include children without an environment, on the node of their parent, also when it is gone', async () => {
    const parent = await start('env -i /bin/sleep 1000 &', marks(2));
    // Between its fork and its exec the child still has its parent's environment.
    const bare = async () =>
      (await clusterProcesses(clusters, id)).find((one) => one.env['HELIOSTAT_NODE'] === undefined);
    await expect.poll(async () => (await bare())?.node).toBe(2);
    const child = await bare();
    await endProcesses(clusters, id, { graceMs: 0 });
    expect(await pids()).toEqual(new Set());
    expect(existsSync(`/proc/${child!.pid}/exe`)).toBe(false);
    expect(isAlive(parent)).toBe(false);
  });

  it('end, and look-alikes do not', async () => {
    const ours = await start('', marks());
    const lookAlikes = await Promise.all([
      start('', marks(0, clusters, 'abc235')),
      start('', marks(0, '/tmp/another-home')),
      start('', { ...marks(), HELIOSTAT_CLUSTER: `${id}x` }),
      start(`: HELIOSTAT_CLUSTER=${id} HELIOSTAT_DIR=${clusters}/${id} raylet`, {}),
      start('', { NOTE: `HELIOSTAT_CLUSTER=${id}` }),
    ]);
    await endProcesses(clusters, id, { graceMs: 0 });
    await expect.poll(() => isAlive(ours)).toBe(false);
    expect(lookAlikes.map(isAlive)).toEqual([true, true, true, true, true]);
  });

  it('end node by node', async () => {
    const first = await start('', marks(1));
    const second = await start('', marks(2));
    await endProcesses(clusters, id, { graceMs: 0, node: 1 });
    await expect.poll(() => [isAlive(first), isAlive(second)]).toEqual([false, true]);
  });

  it('may finish what they do within the grace, and are killed after it', async () => {
    const file = path.join(clusters, 'said');
    const polite = await start(`trap 'echo bye > ${file}; exit 0' TERM`, marks());
    const stubborn = await start(`trap '' TERM`, marks());
    await endProcesses(clusters, id, { graceMs: 700 });
    expect(existsSync(file)).toBe(true);
    await expect.poll(() => polite.exitCode).toBe(0);
    await expect.poll(() => stubborn.signalCode).toBe('SIGKILL');
  });

  it('end even while they make new ones', async () => {
    await start('(while :; do sleep 0.5 & sleep 0.01; done) &', marks());
    await endProcesses(clusters, id, { graceMs: 0 });
    expect(await pids()).toEqual(new Set());
  });
});

describe('ProcessWatch', () => {
  it('sees what comes and goes between two looks', async () => {
    const first = await start('', marks(1));
    const watch = new ProcessWatch(clusters, id);
    const seen = async () => new Set((await watch.look()).map((one) => one.pid));
    expect((await seen()).has(first.pid!)).toBe(true);
    const second = await start('', marks(2));
    expect((await seen()).has(second.pid!)).toBe(true);
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect((await seen()).has(first.pid!)).toBe(false);
  });
});
