import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { silentLog, sleep } from '../../simulator/base/context';
import { readToken } from '../../simulator/cluster/clusterFiles';
import { Clusters } from '../../simulator/cluster/clusters';
import { clusterProcesses, type NodeProcess } from '../../simulator/cluster/nodeProcesses';
import { ProcessBackend } from '../../simulator/cluster/processBackend';
import type { ClusterSpec, NodeGroup } from '../../simulator/model/cluster';
import { toFailure } from '../../simulator/model/failure';
import { describeBackend } from './contract';

const python = process.env['HELIOSTAT_TEST_PYTHON'] ?? '/tmp/rayenv/bin/python';
const small: NodeGroup = { count: 1, cpus: 1, memoryBytes: 1024 ** 3 };

function specOf(groups: NodeGroup[]): ClusterSpec {
  return { backend: 'process', groups, python, mounts: [], recording: true };
}

describeBackend({
  name: 'process',
  kind: 'process',
  make: (clusters) => new ProcessBackend(clusters),
  spec: specOf,
  killNode: async (clusters, id, index) => {
    const raylet = (await clusterProcesses(clusters, id)).find(
      (one) => one.node === index && one.name === 'raylet',
    );
    process.kill(raylet!.pid, 'SIGKILL');
  },
  leftovers: (clusters) => Promise.resolve(mentioning(clusters)),
});

describe('nodes as processes', () => {
  const root = mkdtempSync('/tmp/hst-');
  const dir = path.join(root, 'c');
  const clusters = new Clusters({
    dir,
    backends: [new ProcessBackend(dir)],
    probeSource: path.resolve(__dirname, '../../simulator/probe'),
    log: silentLog,
  });
  const start = (spec: ClusterSpec) =>
    clusters.start({ name: 'test', spec, origin: null, idleMinutes: 0 }).id;

  afterEach(async () => {
    for (const { id } of clusters.list()) await clusters.stop(id, true);
    expect(mentioning(dir)).toEqual([]);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('take other ports when theirs are taken meanwhile, and leave the files of other Rays alone', async () => {
    const before = othersFiles();
    const id = start(specOf([small]));
    const first = await argumentsOfStart(id, []);
    // Ray loads for a second or more before it comes to its ports.
    const dashboard = await listen(portIn(first, '--dashboard-port'));
    const second = await argumentsOfStart(id, first);
    const gcs = await listen(portIn(second, '--port'));
    const { endpoint } = await clusters.join(id, 'x');
    clusters.release('x');
    const port = new URL(endpoint.address).port;
    expect([portIn(first, '--dashboard-port'), portIn(second, '--dashboard-port')]).not.toContain(
      Number(port),
    );
    expect(othersFiles()).toEqual(before);
    for (const server of [dashboard, gcs]) server.close();
  });

  it('are started once more when one of them does not come up', async () => {
    const id = start(specOf([small, small]));
    const worker = await firstProcess(id, (one) => one.node === 1);
    process.kill(worker, 'SIGKILL');
    await clusters.join(id, 'x');
    clusters.release('x');
    await clusters.refresh(true);
    expect(clusters.get(id).nodes.map((node) => node.state)).toEqual(['alive', 'alive']);
    expect(await clusterProcesses(dir, id).then((all) => all.some((one) => one.pid === worker))).toBe(false);
  });

  it('have the token in a file, and in no argument list and no environment', async () => {
    const id = start(specOf([small]));
    const { files } = await clusters.join(id, 'x');
    clusters.release('x');
    const token = readToken(files)!;
    const processes = await clusterProcesses(dir, id);
    expect(processes.length).toBeGreaterThan(5);
    for (const { pid } of processes) {
      const said = readProcess(pid);
      expect(said.includes(token), said.slice(0, 200)).toBe(false);
    }
  });

  it('that cannot start say what was typed and what it printed, and leave only that', async () => {
    const bare = path.join(root, 'bare-python');
    writeFileSync(bare, `#!/bin/sh\nexec ${python} -I -S "$@"\n`, { mode: 0o755 });
    const id = start({ ...specOf([small]), python: bare });
    const failure = toFailure(await clusters.join(id, 'x').catch((error: unknown) => error));
    expect(failure).toMatchObject({
      code: 'cluster-start-failed',
      command: expect.stringMatching(
        /RAY_AUTH_MODE=token .*\/bare-python -m ray.scripts.scripts start --head/,
      ),
      output: expect.stringMatching(/No module named '?ray/),
    });
    expect(clusters.get(id)).toMatchObject({ state: { kind: 'failed', failure }, nodes: [] });
    expect(clusters.log(id)).toMatch(/head\.log[^]*No module named '?ray/);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('say so when their Python is none', async () => {
    const id = start({ ...specOf([small]), python: '/no/such/python' });
    const failure = toFailure(await clusters.join(id, 'x').catch((error: unknown) => error));
    expect(failure).toMatchObject({ code: 'cluster-start-failed', output: expect.stringMatching(/ENOENT/) });
  });

  async function firstProcess(id: string, isIt: (one: NodeProcess) => boolean): Promise<number> {
    for (;;) {
      const found = (await clusterProcesses(dir, id)).find(isIt);
      if (found) return found.pid;
      await sleep(20);
    }
  }

  /** Arguments of the running `ray start`, once there is one other than `former`. */
  async function argumentsOfStart(id: string, former: string[]): Promise<string[]> {
    for (;;) {
      for (const { pid } of await clusterProcesses(dir, id)) {
        const words = readFile(`/proc/${pid}/cmdline`).split('\0');
        const isStart = words.includes('ray.scripts.scripts') && words.join() !== former.join();
        if (isStart) return words;
      }
      await sleep(20);
    }
  }
});

function portIn(words: string[], option: string): number {
  return Number(words.find((word) => word.startsWith(`${option}=`))!.split('=')[1]);
}

function listen(port: number): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(port, '0.0.0.0', () => resolve(server));
  });
}

/** What a person's own Ray goes by. */
function othersFiles(): (string | null)[] {
  const files = ['/tmp/ray/ray_current_cluster', path.join(homedir(), '.ray', 'auth_token')];
  return files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : null));
}

/** Processes whose command line or environment, read as plain text, holds the directory. */
function mentioning(dir: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => readProcess(Number(pid)).includes(dir))
    .map((pid) => `${pid} ${readProcess(Number(pid)).slice(0, 150)}`);
}

function readProcess(pid: number): string {
  return readFile(`/proc/${pid}/cmdline`).replaceAll('\0', ' ') + readFile(`/proc/${pid}/environ`);
}

/** Empty when the process has ended, or is another user's. */
function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
