/** Starts of Docker clusters in other than the usual circumstances, and what is said of those that cannot succeed. */
import { chownSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterPlan } from '../../simulator/cluster/backend';
import { toFailure, type Failure } from '../../simulator/model/failure';
import { DockerRig, SMALL_NODE, TEST_IMAGE, whyNoDocker } from './dockerRig';
import { until } from './heliostat';
import { SlowRegistry } from './slowRegistry';

const reason = await whyNoDocker();

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
