/** What is particular to Docker; what every backend must do stands in the contract. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterFiles, ClusterPlan } from '../../simulator/cluster/backend';
import { DockerBackend } from '../../simulator/cluster/dockerBackend';
import { hostId } from '../../simulator/cluster/dockerSweep';
import { memoryLimitBytes } from '../../simulator/cluster/dockerPlan';
import { silentLog } from '../../simulator/base/context';
import { toFailure } from '../../simulator/model/failure';
import { EventReceiver, JobEvents, readEventAddress } from '../../simulator/ray/eventReceiver';
import { readNodes } from '../../simulator/ray/nodes';
import { describeBackend } from './contract';
import { DockerRig, mentioning, SMALL_NODE, TEST_IMAGE, whyNoDocker } from './dockerRig';
import { until } from './heliostat';

const reason = await whyNoDocker();

if (reason === null) {
  const docker = new Docker();
  describeBackend({
    name: 'Docker',
    kind: 'docker',
    make: (clusters) => new DockerBackend({ clusters }),
    spec: (groups) => ({ backend: 'docker', groups, image: TEST_IMAGE, mounts: [], recording: true }),
    killNode: (_clusters, id, index) =>
      docker.getContainer(`heliostat-${id}-${index === 0 ? 'head' : `node-${index}`}`).kill(),
    leftovers: (clusters) => mentioning(docker, clusters),
    memoryTotalBytes: (node) => memoryLimitBytes({ ...node, objectStoreBytes: 0 }),
  });
}

describe.skipIf(reason !== null)('a cluster of containers', () => {
  const rig = new DockerRig();
  let plan: ClusterPlan;
  let files: ClusterFiles;
  beforeAll(async () => {
    ({ plan, files } = rig.prepare([SMALL_NODE, { ...SMALL_NODE, resources: { ingest: 4 } }]));
    await rig.backend.start(rig.context(), plan, files);
  });
  afterAll(() => rig.end());

  const inspect = (node: string) => rig.docker.getContainer(`heliostat-${plan.id}-${node}`).inspect();
  const nodes = () => rig.backend.nodes(plan, files);

  it('limits each container as planned, and Ray believes the plan', async () => {
    const endpoint = await rig.backend.endpoint(plan, files);
    const known = await readNodes(endpoint ?? { address: 'none', token: null });
    expect(known).toHaveLength(2);
    for (const node of plan.nodes) {
      const { HostConfig: host } = await inspect(node.isHead ? 'head' : 'node-1');
      expect(host).toMatchObject({ NanoCpus: 1e9, Memory: memoryLimitBytes(node), Init: true });
      expect(host.ShmSize).toBeGreaterThanOrEqual(node.objectStoreBytes);
      const ray = known.find((one) => one.labels['heliostat-node'] === String(node.index));
      expect(ray?.resources).toMatchObject({
        CPU: node.cpus,
        memory: node.memoryBytes,
        ...node.resources,
      });
      expect(ray?.address).toBe((await nodes())[node.index]?.address);
    }
    // Ray says it a moment later.
    await until('Ray has its object stores', async () => {
      const now = await readNodes(endpoint ?? { address: 'none', token: null });
      const sizes = now.map((one) => one.sample.objectStoreTotalBytes);
      return plan.nodes.every((node) => sizes.includes(node.objectStoreBytes));
    });
  });

  it('is reachable on loopback only, by one port, with the token only', async () => {
    const { NetworkSettings: head } = await inspect('head');
    expect(Object.entries(head.Ports).filter(([, bound]) => bound !== null)).toEqual([
      ['8265/tcp', [{ HostIp: '127.0.0.1', HostPort: expect.stringMatching(/^\d+$/) as string }]],
    ]);
    const { NetworkSettings: worker } = await inspect('node-1');
    expect(Object.values(worker.Ports).filter((bound) => bound !== null)).toEqual([]);
    const endpoint = await rig.backend.endpoint(plan, files);
    const withoutToken = readNodes({ address: endpoint?.address ?? '', token: null });
    expect(toFailure(await withoutToken.catch((error: unknown) => error))).toMatchObject({
      code: 'ray-unauthorised',
    });
  });

  it('keeps the token out of what the engine shows to everyone', async () => {
    const token = readFileSync(files.tokenFile, 'utf8').trim();
    expect(token.length).toBeGreaterThan(20);
    expect(JSON.stringify([await inspect('head'), await inspect('node-1')])).not.toContain(token);
  });

  it('sees folders of this machine at their own path, and what it writes belongs to the user', async () => {
    const file = path.join(rig.workspace, 'written');
    await rig.exec(plan, 'node-1', ['sh', '-c', 'echo here > "$0"', file]);
    expect(readFileSync(file, 'utf8')).toBe('here\n');
    expect(statSync(file).uid).toBe(process.getuid?.());
  });

  it("takes a node's CPU use and memory from Docker", async () => {
    const spin = 'echo $$ >/tmp/busy; exec timeout 60 python -c "while True: pass"';
    const busy = rig.exec(plan, 'node-1', ['sh', '-c', spin]);
    const cpu = async () => (await nodes()).map((node) => node.sample?.cpuPct ?? 0);
    await until('node 1 is busy and the head is not', async () => {
      const [head = 100, worker = 0] = await cpu();
      return worker > 30 && worker > 2 * head;
    });
    for (const node of plan.nodes) {
      const sample = (await nodes())[node.index]?.sample;
      expect(sample?.memoryTotalBytes).toBe(memoryLimitBytes(node));
      expect(sample?.memoryUsedBytes).toBeGreaterThan(50e6);
    }
    await rig.exec(plan, 'node-1', ['sh', '-c', 'kill $(cat /tmp/busy)']);
    await busy;
  });

  it("follows a file of the head's logs from before it is there, and leaves no process behind", async () => {
    const write = (text: string) =>
      rig.exec(plan, 'head', [
        'sh',
        '-c',
        'printf %s "$0" >> /tmp/ray/session_latest/logs/followed.log',
        text,
      ]);
    const abort = new AbortController();
    let seen = '';
    const following = (async () => {
      for await (const bytes of rig.backend.tailHeadLog(files, plan, 'followed.log', 2, abort.signal)) {
        seen += bytes.toString('utf8');
      }
    })();
    await until('it is being followed', async () => (await rig.followers(plan)).length > 0);
    await write('0123');
    await until('the first part is seen', () => seen === '23');
    await write('äöü');
    await until('the second part is seen', () => seen === '23äöü');
    abort.abort();
    await following;
    await until('nothing follows it any more', async () => (await rig.followers(plan)).length === 0);
  });

  it('ends a follower whose reader turned away', async () => {
    for await (const bytes of rig.backend.tailHeadLog(
      files,
      plan,
      'gcs_server.out',
      0,
      new AbortController().signal,
    )) {
      expect(bytes.length).toBeGreaterThan(0);
      break;
    }
    await until('nothing follows it any more', async () => (await rig.followers(plan)).length === 0);
  });

  it('posts how actors come and go, while a job lasts, to this machine’s end of their network', async () => {
    const receiver = await EventReceiver.open(files.dir, silentLog);
    expect(readEventAddress(files.dir)?.host).not.toBe('127.0.0.1');
    const script = [
      'import ray; ray.init()',
      'Mine = ray.remote(type("Mine", (), {"hi": lambda self: 1}))',
      'mine = Mine.options(num_cpus=0.1).remote(); ray.get(mine.hi.remote()); ray.kill(mine)',
      'print("job", ray.get_runtime_context().get_job_id())',
    ].join('\n');
    try {
      const printed = await rig.exec(plan, 'head', ['python', '-c', script]);
      const events = new JobEvents(files.dir, /job (\w+)/.exec(printed)?.[1] ?? printed);
      const seen = new Set<string>();
      await until('the actor is seen to live and to end', () => {
        for (const event of events.read()) if (event.type === 'actor') seen.add(event.state);
        return seen.has('alive') && seen.has('dead');
      });
    } finally {
      receiver?.close();
    }
  });

  it('keeps what nodes printed in the directory of the cluster', () => {
    expect(readFileSync(path.join(files.logs, 'head.log'), 'utf8')).toContain('Local node IP');
    expect(readFileSync(path.join(files.logs, 'node-1.log'), 'utf8')).toContain('Local node IP');
  });

  it('says which node is gone when a container dies', async () => {
    await rig.docker.getContainer(`heliostat-${plan.id}-node-1`).kill();
    await until('node 1 is gone', async () => !(await nodes())[1]?.alive);
    expect(await nodes()).toMatchObject([
      { index: 0, alive: true },
      { index: 1, alive: false, sample: null },
    ]);
  });

  it('removes its own containers and network, and nothing that only looks like them', async () => {
    const { docker } = rig;
    const planted = { Image: TEST_IMAGE, Cmd: ['sleep', '600'] };
    const foreign = { 'heliostat.cluster': plan.id, 'heliostat.owner': '/tmp/somebody' };
    const similar = { 'heliostat.cluster': `${plan.id}x`, 'heliostat.owner': rig.clusters };
    const containers = [
      await docker.createContainer({ ...planted, name: `heliostat-${plan.id}-node-9` }),
      await docker.createContainer({ ...planted, name: `heliostat-${plan.id}-head-2`, Labels: foreign }),
      await docker.createContainer({ ...planted, name: `heliostat-${plan.id}x-head`, Labels: similar }),
    ];
    const networks = [
      await docker.createNetwork({ Name: `heliostat-${plan.id}-2` }),
      await docker.createNetwork({ Name: `heliostat-${plan.id}-3`, Labels: foreign }),
    ];
    try {
      await containers[0]?.start();
      expect(await rig.backend.found()).toContain(plan.id);
      await rig.backend.remove(rig.context(), plan.id);
      expect(await rig.backend.found()).not.toContain(plan.id);
      expect(await rig.leftOvers()).toEqual([`/heliostat-${plan.id}x-head`]);
      expect(existsSync(files.dir)).toBe(false);
      expect((await containers[0]?.inspect())?.State.Running).toBe(true);
      for (const container of containers) await container.inspect();
      for (const network of networks) await network.inspect();
      await rig.backend.remove(rig.context(), plan.id);
    } finally {
      for (const container of containers) await container.remove({ force: true });
      for (const network of networks) await network.remove();
    }
  });
});

describe.skipIf(reason !== null)('the sweep of an engine that starts', () => {
  const rig = new DockerRig();
  afterAll(() => rig.end());

  it('removes what is left of clusters of this machine without a directory, and nothing else', async () => {
    const { docker } = rig;
    const plain = { Image: TEST_IMAGE, Cmd: ['sleep', '600'] };
    const { plan, files } = rig.prepare([SMALL_NODE]);
    const labels = (id: string, change: Record<string, string> = {}) => ({
      'heliostat.cluster': id,
      'heliostat.owner': '/tmp/heliostat-nobody',
      'heliostat.host': hostId(),
      ...change,
    });
    const orphan = {
      container: await docker.createContainer({ ...plain, Labels: labels('orphan') }),
      network: await docker.createNetwork({ Name: 'heliostat-orphan', Labels: labels('orphan') }),
    };
    const others = [
      labels('foreig', { 'heliostat.host': '0123456789ab' }),
      labels('keptup', { 'heliostat.keep': 'yes' }),
      labels('../etc'),
      labels(plan.id, { 'heliostat.owner': rig.clusters }),
      { 'heliostat.cluster': 'nohost', 'heliostat.owner': '/tmp/heliostat-nobody' },
      {},
    ];
    const containers = await Promise.all(
      others.map((Labels) => docker.createContainer({ ...plain, Labels })),
    );
    const network = await docker.createNetwork({ Name: 'heliostat-orphan2', Labels: labels('keptup') });
    try {
      expect(existsSync(files.dir)).toBe(true);
      expect(await rig.backend.sweep()).toContain('orphan');
      await expect(orphan.container.inspect()).rejects.toThrow(/no such container/i);
      await expect(orphan.network.inspect()).rejects.toThrow(/not found|no such network/i);
      for (const container of containers) await container.inspect();
      await network.inspect();
    } finally {
      for (const container of containers) await container.remove({ force: true });
      await network.remove();
    }
  });
});
