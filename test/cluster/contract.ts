/** What every backend must do, on real Ray. The process backend always runs it; Docker's where an engine answers. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLog, sleep } from '../../simulator/base/context';
import type { ClusterBackend, ClusterHandle } from '../../simulator/cluster/backend';
import { clusterFiles, loadPlan } from '../../simulator/cluster/clusterFiles';
import { Clusters } from '../../simulator/cluster/clusters';
import { HEAD_LOST, type StartRequest } from '../../simulator/cluster/entry';
import type { ClusterInfo, ClusterSpec, NodeGroup, NodeInfo } from '../../simulator/model/cluster';
import { FailureError } from '../../simulator/model/failure';
import type { Endpoint } from '../../simulator/ray/endpoint';
import { rayRequest } from '../../simulator/ray/http';
import { readJob, isJobOver, submitJob } from '../../simulator/ray/jobs';
import { readNodes } from '../../simulator/ray/nodes';

export interface BackendUnderTest {
  name: string;
  make(clusters: string): ClusterBackend;
  spec(groups: NodeGroup[]): ClusterSpec;
  /** An expression for `starter.ts` that makes the backend in a process of its own. */
  kind: 'process' | 'docker';
  /** Ends one node as if it had crashed. */
  killNode(clusters: string, id: string, index: number): Promise<void>;
  /** Descriptions of all that is on the machine for any cluster in `clusters`, found otherwise than the backend does. */
  leftovers(clusters: string): Promise<string[]>;
  /** The limit that samples show where it is not the node's `memory` alone. */
  memoryTotalBytes?(node: NodeInfo): number;
}

const GIB = 1024 ** 3;
const small: NodeGroup = { count: 1, cpus: 1, memoryBytes: GIB };
const probeSource = path.resolve(__dirname, '../../simulator/probe');

export function describeBackend(under: BackendUnderTest): void {
  describe(`a cluster of the ${under.name} backend`, () => {
    let root = '';
    let dir = '';
    let clusters: Clusters;
    let starter: ChildProcess | null = null;

    beforeAll(() => {
      // Short, since Ray's sockets end at 107 bytes.
      root = mkdtempSync('/tmp/hst-');
      dir = path.join(root, 'c');
      clusters = engine();
    });
    afterEach(async () => {
      starter?.kill('SIGKILL');
      for (const { id } of clusters.list()) await clusters.stop(id, true);
      expect(await traces()).toEqual([]);
    });
    afterAll(() => rmSync(root, { recursive: true, force: true }));

    /** Clusters as a new engine sees them. */
    function engine(): Clusters {
      return new Clusters({ dir, backends: [under.make(dir)], probeSource, log: silentLog });
    }

    async function traces(): Promise<string[]> {
      const dirs = existsSync(dir) ? readdirSync(dir) : [];
      return [...dirs, ...(await under.leftovers(dir))];
    }

    function request(groups: NodeGroup[], name = 'test'): StartRequest {
      return { name, spec: under.spec(groups), origin: null, idleMinutes: 0 };
    }

    async function up(groups: NodeGroup[]): Promise<ClusterHandle> {
      const { id } = clusters.start(request(groups));
      return clusters.join(id, 'a-test').finally(() => clusters.release('a-test'));
    }

    it('comes up with unequal nodes, is listed, runs a job across them, and its log can be followed', async () => {
      const groups: NodeGroup[] = [
        small,
        { ...small, resources: { ingest: 4 }, labels: { zone: 'a' } },
        { ...small, gpus: 1 },
      ];
      const handle = await up(groups);
      const { id } = handle.plan;
      const info = clusters.get(id);
      expect(info).toMatchObject({ state: { kind: 'ready' }, backend: under.kind });
      expect(info.nodes.map(({ name, state }) => [name, state])).toEqual([
        ['head', 'alive'],
        ['node 1', 'alive'],
        ['node 2', 'alive'],
      ]);
      expect(new Set(info.nodes.map((node) => node.address)).size).toBe(3);
      const rays = await readNodes(handle.endpoint);
      const ray = (index: number) => rays.find((one) => one.labels['heliostat-node'] === String(index));
      expect(ray(0)?.isHead).toBe(true);
      expect(ray(1)).toMatchObject({ labels: { zone: 'a' }, resources: { ingest: 4, CPU: 1 } });
      expect(ray(2)?.resources).toMatchObject({ GPU: 1 });
      expect(info.nodes[2]?.gpus).toBe(1);

      await expectLocked(handle.endpoint);
      const lines = await runJob(handle, ACROSS);
      expect(lines).toContain('sum 400000.0 gpu 0 nodes 3');

      await sleep(1100);
      await clusters.refresh(true);
      for (const node of clusters.get(id).nodes) {
        expect(node.sample?.cpuPct).toBeGreaterThanOrEqual(0);
        expect(node.sample?.cpuPct).toBeLessThanOrEqual(100);
        expect(node.sample?.memoryUsedBytes).toBeGreaterThan(10e6);
        expect(node.sample?.memoryTotalBytes).toBe(under.memoryTotalBytes?.(node) ?? GIB);
      }

      // The same wish gets the same cluster.
      expect(clusters.start(request(groups)).id).toBe(id);
    });

    it('lives beside another, and is stopped without it, unless a run is on it', async () => {
      const [first, second] = await Promise.all([up([small]), up([{ ...small, resources: { other: 1 } }])]);
      expect(first.plan.id).not.toBe(second.plan.id);
      expect(first.endpoint.address).not.toBe(second.endpoint.address);
      await expectForeign(first.endpoint, second.endpoint);
      await clusters.join(first.plan.id, 'run-1');
      const refused = await clusters.stop(first.plan.id, false).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(FailureError);
      expect((refused as FailureError).failure).toEqual({
        code: 'cluster-busy',
        id: first.plan.id,
        runs: ['run-1'],
      });
      clusters.release('run-1');
      await clusters.stop(first.plan.id, false);
      await expect(rayRequest(first.endpoint, '/api/version')).rejects.toThrow('ray-unreachable');
      expect((await readNodes(second.endpoint)).map((node) => node.alive)).toEqual([true]);
      expect(clusters.list().map((cluster) => cluster.id)).toEqual([second.plan.id]);
    });

    it('says which node died, and that it is gone with its head', async () => {
      const { plan } = await up([small, small]);
      await under.killNode(dir, plan.id, 1);
      await until(() => clusters.get(plan.id).state, { kind: 'degraded', reason: 'node 1 died.' });
      await under.killNode(dir, plan.id, 0);
      await until(() => clusters.get(plan.id).state, {
        kind: 'unreachable',
        reason: HEAD_LOST,
      });
    });

    async function until(read: () => ClusterInfo['state'], state: ClusterInfo['state']): Promise<void> {
      await expect
        .poll(async () => (await clusters.refresh(true), read()), { timeout: 60_000, interval: 300 })
        .toEqual(state);
    }

    it('can be cancelled at every step, and leaves nothing', async () => {
      for (const [step, afterMs] of [
        [/^Preparing/, 0],
        [/head/, 0],
        [/head/, 700],
        [/head/, 2500],
        [/more node/, 0],
        [/more node/, 1500],
        [/dashboard/, 0],
      ] as const) {
        const ended = await cancelAt(step, afterMs);
        expect(ended, `${step}, ${afterMs} ms later`).toEqual({ code: 'cancelled' });
        expect(clusters.list()).toEqual([]);
        expect(await traces()).toEqual([]);
      }
    });

    /** What the waiting run hears when its start is stopped so long after a step began. */
    async function cancelAt(step: RegExp, afterMs: number): Promise<unknown> {
      const info = clusters.start(request([small, small]));
      const joined = clusters.join(info.id, 'waiting').then(
        () => 'it came up',
        (error: unknown) => (error instanceof FailureError ? error.failure : error),
      );
      while (!(await isAt(info.id, step))) await sleep(20);
      await sleep(afterMs);
      await clusters.stop(info.id, true);
      return joined;
    }

    async function isAt(id: string, step: RegExp): Promise<boolean> {
      const { state } = clusters.get(id);
      if (state.kind === 'starting') return step.test(state.step);
      throw new Error(`It is ${JSON.stringify(state)} before ${step}.`);
    }

    it('is found again after its engine was killed, and can be used and stopped', async () => {
      const id = await startElsewhere('ready', 0);
      clusters = engine();
      await clusters.recover();
      expect(clusters.get(id)).toMatchObject({ state: { kind: 'ready' }, spec: under.spec([small, small]) });
      expect(clusters.get(id).nodes.map((node) => node.state)).toEqual(['alive', 'alive']);
      expect(clusters.start(request([small, small])).id).toBe(id);
      expect(await runJob(await clusters.join(id, 'x'), 'print("still here")')).toContain('still here');
      clusters.release('x');
    });

    it('is removed when its engine was killed in the middle of the start', async () => {
      await startElsewhere('more node', 800);
      expect(await traces()).not.toEqual([]);
      clusters = engine();
      await clusters.recover();
      expect(clusters.list()).toEqual([]);
      expect(await traces()).toEqual([]);
    });

    it('is removed when its directory is gone', async () => {
      await startElsewhere('ready', 0);
      rmSync(dir, { recursive: true, force: true });
      mkdirSync(dir, { mode: 0o700 });
      expect(await under.leftovers(dir)).not.toEqual([]);
      clusters = engine();
      await clusters.recover();
      expect(await traces()).toEqual([]);
    });

    it('ends by itself when its engine was killed and none came after it', async () => {
      const id = await startElsewhere('ready', 0, { orphanMinutes: 0.1 });
      const backend = under.make(dir);
      const files = clusterFiles(dir, id);
      const onDisk = loadPlan(files);
      if (onDisk.kind !== 'plan') throw new Error('It has no plan.');
      const alive = async () => (await backend.nodes(onDisk.plan, files)).filter((node) => node.alive);
      await expect.poll(alive, { timeout: 60_000, interval: 500 }).toEqual([]);
      clusters = engine();
      await clusters.recover();
      expect(clusters.list()).toEqual([]);
      expect(await traces()).toEqual([]);
    });

    /** Starts two nodes in another process and kills that so long after it said so. */
    async function startElsewhere(
      word: string,
      afterMs: number,
      more: Partial<StartRequest> = {},
    ): Promise<string> {
      const wish = { ...request([small, small]), ...more };
      starter = await startStarter(root, { kind: under.kind, dir, request: wish });
      const id = await untilSays(starter, word);
      await sleep(afterMs);
      starter.kill('SIGKILL');
      await once(starter, 'exit');
      starter = null;
      return id;
    }
  });
}

/** Three tasks, one a node, whose array goes from one to another. */
const ACROSS = `
import ray, numpy
ray.init(log_to_driver=False)
where = lambda: ray.get_runtime_context().get_node_id()
make = ray.remote(resources={"ingest": 1}, num_cpus=0)(lambda: (where(), numpy.ones(400_000)))
use = ray.remote(num_gpus=1, num_cpus=0)(lambda m: (where(), m[0], m[1].sum(), ray.get_gpu_ids()))
there, first, total, gpus = ray.get(use.remote(make.remote()), timeout=120)
print("sum", total, "gpu", *gpus, "nodes", len({where(), there, first}))
`;

/** Runs Python as a job and returns its lines, read from the head's log file as it grows. */
async function runJob(handle: ClusterHandle, python: string): Promise<string[]> {
  const { backend, files, plan, endpoint } = handle;
  const submissionId = `test-${Math.random().toString(36).slice(2)}`;
  const code = Buffer.from(python).toString('base64');
  await submitJob(endpoint, {
    entrypoint: `${backend.pythonCommand(plan)} -c 'import base64; exec(base64.b64decode("${code}"))'; echo over`,
    submissionId,
    runtimeEnv: {},
    metadata: {},
  });
  const stop = new AbortController();
  const watch = watchJob(endpoint, submissionId, stop);
  let log = '';
  for await (const piece of backend.tailHeadLog(
    files,
    plan,
    `job-driver-${submissionId}.log`,
    0,
    stop.signal,
  )) {
    log += piece.toString();
    if (/^over$/m.test(log)) stop.abort();
  }
  await watch;
  return log.split('\n');
}

/** A job that never comes to print must end the test too. */
async function watchJob(endpoint: Endpoint, submissionId: string, stop: AbortController): Promise<void> {
  while (!stop.signal.aborted) {
    const job = await readJob(endpoint, submissionId);
    if (job && isJobOver(job.status)) {
      await sleep(1000);
      if (job.status !== 'SUCCEEDED') throw new Error(JSON.stringify(job));
      return stop.abort();
    }
    await sleep(300);
  }
}

async function expectLocked(endpoint: Endpoint): Promise<void> {
  for (const token of [null, 'wrong']) {
    const answer = rayRequest({ ...endpoint, token }, '/api/jobs/');
    await expect(answer).rejects.toThrow('ray-unauthorised');
  }
}

async function expectForeign(first: Endpoint, second: Endpoint): Promise<void> {
  await expect(rayRequest({ ...first, token: second.token }, '/api/jobs/')).rejects.toThrow(
    'ray-unauthorised',
  );
}

async function startStarter(root: string, wish: object): Promise<ChildProcess> {
  const bundle = path.join(root, 'starter.cjs');
  const esbuild = path.resolve(__dirname, '../../node_modules/.bin/esbuild');
  if (!existsSync(bundle)) {
    const source = path.join(__dirname, 'starter.ts');
    const options = ['--bundle', '--platform=node', '--external:*.node', `--outfile=${bundle}`];
    await promisify(execFile)(esbuild, [source, ...options]);
  }
  const starter = spawn(process.execPath, [bundle, JSON.stringify({ ...wish, probeSource })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return starter;
}

/** The starter prints lines of `<id> <what happens>`. */
async function untilSays(starter: ChildProcess, word: string): Promise<string> {
  let said = '';
  for await (const piece of starter.stdout!) {
    said += String(piece);
    const line = said.split('\n').find((one) => one.includes(word));
    if (line) return line.split(' ')[0]!;
    if (said.includes('"failed"')) break;
  }
  throw new Error(`The starter failed or ended before it said "${word}":\n${said}`);
}
