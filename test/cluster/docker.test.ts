/** What is particular to Docker; what every backend must do stands in the contract. */
import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterFiles, ClusterPlan } from '../../simulator/cluster/backend';
import { memoryLimitBytes } from '../../simulator/cluster/dockerPlan';
import type { Failure } from '../../simulator/model/failure';
import { toFailure } from '../../simulator/model/failure';
import { readNodes } from '../../simulator/ray/nodes';
import { DockerRig, SMALL_NODE, TEST_IMAGE, whyNoDocker } from './dockerRig';
import { until } from './heliostat';
import { SlowRegistry } from './slowRegistry';

const reason = await whyNoDocker();
if (reason !== null) console.warn(`Skipping the tests of Docker clusters: ${reason}`);

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
      expect(ray?.sample.objectStoreTotalBytes).toBe(node.objectStoreBytes);
      expect(ray?.address).toBe((await nodes())[node.index]?.address);
    }
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
    const busy = rig.exec(plan, 'node-1', ['timeout', '20', 'python', '-c', 'while True: pass']);
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

describe.skipIf(reason !== null || process.getuid?.() !== 0)('containers of a user who is not root', () => {
  const uid = 12345;
  const rig = new DockerRig({ platform: 'linux', uid, gid: uid });
  afterAll(() => rig.end());

  it("run under the user's number, with a home, and read the token", async () => {
    const { plan, files } = rig.prepare([SMALL_NODE]);
    for (const entry of [
      files.shared,
      files.tokenFile,
      files.probe,
      files.spool,
      files.slots,
      rig.workspace,
    ]) {
      chownSync(entry, uid, uid);
    }
    await rig.backend
      .start(rig.context(), plan, files)
      .finally(() => chownSync(path.join(files.shared, 'home'), uid, uid));
    expect(
      await rig.exec(plan, 'head', ['sh', '-c', 'id -u; touch "$0"', path.join(rig.workspace, 'mine')]),
    ).toBe(String(uid));
    expect(statSync(path.join(rig.workspace, 'mine')).uid).toBe(uid);
    expect(await rig.exec(plan, 'head', ['python', '-c', 'import getpass; print(getpass.getuser())'])).toBe(
      'heliostat',
    );
    expect(await rig.exec(plan, 'head', ['sh', '-c', 'touch ~/x && cd && pwd'])).toBe(
      path.join(files.shared, 'home'),
    );
  });
});

describe.skipIf(reason !== null)('a start that cannot succeed', () => {
  const rig = new DockerRig();
  const images: string[] = [];
  afterAll(async () => {
    for (const image of images) await rig.docker.getImage(image).remove({ force: true });
    await rig.end();
  });

  async function failedStart(image: string, spoil?: (plan: ClusterPlan) => void): Promise<Failure> {
    const { plan, files } = rig.prepare([SMALL_NODE], image);
    spoil?.(plan);
    const thrown: unknown = await rig.backend
      .start(rig.context(), plan, files)
      .catch((error: unknown) => error);
    await rig.backend.remove(rig.context(), plan.id);
    expect(await rig.leftOvers()).toEqual([]);
    return toFailure(thrown);
  }

  /** The test image, changed by a command. */
  async function changedImage(tag: string, script: string): Promise<string> {
    const container = await rig.docker.createContainer({ Image: TEST_IMAGE, Cmd: ['sh', '-c', script] });
    try {
      await container.start();
      await container.wait();
      await container.commit({ repo: 'heliostat-test', tag });
    } finally {
      await container.remove({ force: true });
    }
    images.push(`heliostat-test:${tag}`);
    return `heliostat-test:${tag}`;
  }

  it('says that there is no such image', async () => {
    // Nothing listens on port 1, so this needs no network.
    const image = '127.0.0.1:1/nobody/ray:1';
    expect(await failedStart(image)).toMatchObject({ code: 'image-not-found', image });
  });

  it('shows the command and the words of the engine for an image without Ray', async () => {
    const image = await changedImage('without-ray', 'rm -rf /opt/ray');
    const failure = await failedStart(image);
    expect(failure).toMatchObject({ code: 'cluster-start-failed', step: 'start Ray on head' });
    expect(failure).toMatchObject({
      command: expect.stringMatching(/^docker run .*heliostat-test:without-ray ray start --head/) as string,
      output: expect.stringContaining('ray') as string,
    });
  });

  it('shows the last lines of a node that ends too early', async () => {
    const image = await changedImage(
      'broken',
      'printf "#!/bin/sh\\necho no luck today; exit 3\\n" > /opt/ray/bin/ray',
    );
    expect(await failedStart(image)).toMatchObject({
      code: 'cluster-start-failed',
      step: 'start Ray on head',
      output: expect.stringContaining('no luck today') as string,
    });
  });

  it('says that the Ray of an image is too old, also when it does not know our options', async () => {
    const age = `sed -i 's/^version = .*/version = "2.9.3"/' /opt/ray/lib/python3.11/site-packages/ray/_version.py`;
    const old = { code: 'ray-too-old', version: '2.9.3', oldest: '2.49' };
    expect(await failedStart(await changedImage('old', age))).toMatchObject(old);
    const refuse = 'printf "#!/bin/sh\\necho no such option; exit 2\\n" > /opt/ray/bin/ray';
    const image = await changedImage('old-strict', `${age}; ${refuse}`);
    expect(await failedStart(image)).toMatchObject({ ...old, where: `the image ${image}` });
  });

  it('says that a folder to mount is not there', async () => {
    const missing = path.join(rig.workspace, 'missing');
    const failure = await failedStart(TEST_IMAGE, (plan) => plan.spec.mounts.push(missing));
    expect(failure).toMatchObject({
      code: 'cluster-start-failed',
      output: expect.stringContaining(missing) as string,
    });
  });
});

describe.skipIf(reason !== null)('pulling an image', () => {
  const rig = new DockerRig();
  const registry = new SlowRegistry();
  beforeAll(() => registry.listen());
  afterAll(async () => {
    const { image } = registry;
    await registry.close();
    await rig.docker
      .getImage(image)
      .remove({ force: true })
      .catch(() => null);
    await rig.end();
  });

  it('shows layers and bytes, and stops when it is cancelled', async () => {
    const { plan, files } = rig.prepare([SMALL_NODE], registry.image);
    const abort = new AbortController();
    const steps: string[] = [];
    const starting = rig.backend
      .start(
        rig.context(abort.signal, (step) => steps.push(step)),
        plan,
        files,
      )
      .catch((error: unknown) => error);
    await until('some of it is there', () =>
      steps.some((step) => /: 0 of 1 layers, [1-9]\d* MB$/.test(step)),
    );
    expect(steps[0]).toBe(`Pulling ${registry.image}`);
    abort.abort();
    expect(toFailure(await starting)).toEqual({ code: 'cancelled' });
    await until('the engine stops asking for it', () => registry.openDownloads === 0);
    await rig.backend.remove(rig.context(), plan.id);
    expect(await rig.leftOvers()).toEqual([]);
  });

  it('uses the image once it is there', async () => {
    registry.finish();
    const { plan, files } = rig.prepare([SMALL_NODE], registry.image);
    // The image is one random file, so the start goes on to the container and fails there.
    const thrown: unknown = await rig.backend
      .start(rig.context(), plan, files)
      .catch((error: unknown) => error);
    expect(toFailure(thrown)).toMatchObject({
      code: 'cluster-start-failed',
      step: 'start Ray on head',
    });
    await rig.backend.remove(rig.context(), plan.id);
  });
});
