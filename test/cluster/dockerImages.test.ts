/** Images that are built here, and images that do not fit the script's environment, on the real engine. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterFiles, ClusterPlan } from '../../simulator/cluster/backend';
import { readBuildContext } from '../../simulator/cluster/buildContext';
import { DockerBackend } from '../../simulator/cluster/dockerBackend';
import { clusterLog } from '../../simulator/cluster/clusterLog';
import { toFailure, type Failure } from '../../simulator/model/failure';
import { failureMessage } from '../../simulator/model/failureWords';
import { DockerRig, SMALL_NODE, TEST_IMAGE, whyNoDocker } from './dockerRig';

const reason = await whyNoDocker();

describe.skipIf(reason !== null)('an image of a Dockerfile', () => {
  const rig = new DockerRig();
  const folder = path.join(rig.workspace, 'image');
  const dockerfile = path.join(folder, 'Dockerfile');
  const pem = '-----BEGIN CERTIFICATE-----\nMIIextra\n-----END CERTIFICATE-----';
  const env = {
    ...process.env,
    http_proxy: 'http://proxy.test:3128',
    NODE_EXTRA_CA_CERTS: `${folder}/ca.pem`,
  };
  /** No environment has this Ray: starts end where versions are compared, before any node. */
  const expected = { ray: '2.49.0', python: '3.11.9', where: '/some/python' };
  let steps: string[] = [];

  beforeAll(() => {
    mkdirSync(folder);
    writeFileSync(env.NODE_EXTRA_CA_CERTS, pem);
    writeFileSync(path.join(folder, 'hello.txt'), 'hello from the context');
  });
  afterAll(async () => {
    const { repository } = await readBuildContext(dockerfile);
    const images = await rig.docker.listImages({ filters: JSON.stringify({ reference: [repository] }) });
    for (const { Id } of images) await rig.docker.getImage(Id).remove({ force: true });
    await rig.end();
  });

  async function failedStart(
    text: string,
  ): Promise<{ failure: Failure; plan: ClusterPlan; files: ClusterFiles }> {
    writeFileSync(dockerfile, text);
    const { image } = await readBuildContext(dockerfile);
    const { plan, files } = rig.prepare([SMALL_NODE], image);
    Object.assign(plan.spec, { dockerfile, expected });
    steps = [];
    const backend = new DockerBackend({ clusters: rig.clusters, env });
    const thrown: unknown = await backend
      .start(
        rig.context(undefined, (step) => steps.push(step)),
        plan,
        files,
      )
      .catch((error: unknown) => error);
    return { failure: toFailure(thrown), plan, files };
  }

  it('is built with its output streamed, its proxies and certificates, and compared before anything starts', async () => {
    const { failure, plan, files } = await failedStart(
      `FROM ${TEST_IMAGE}\nARG EXTRA_CA_CERTIFICATES\nCOPY hello.txt /\n` +
        'RUN cat /hello.txt; echo " by $http_proxy"; printf %s "$EXTRA_CA_CERTIFICATES" | tail -n 2\n',
    );
    expect(steps).toContain('Building Dockerfile: Step 3/4 : COPY hello.txt /');
    expect(steps).toContain('Building Dockerfile: Step 4/4 hello from the context by http://proxy.test:3128');
    const log = clusterLog(files);
    expect(log).toContain('==> build.log <==');
    expect(log).toContain('MIIextra');
    expect(readFileSync(files.planFile, 'utf8')).not.toContain('MIIextra');
    expect(failure).toEqual({
      code: 'image-mismatch',
      image: plan.spec.image,
      inside: { ray: '2.60.0', python: expect.stringMatching(/^3\.11\.\d+$/) as string },
      expected,
    });
    expect(failureMessage(failure)).toContain('/some/python');
    expect(await rig.leftOvers()).toEqual([]);
  });

  it('is used as it is while nothing of it has changed, and replaced when something has', async () => {
    const before = await readBuildContext(dockerfile);
    const text = readFileSync(dockerfile, 'utf8');
    await failedStart(text);
    expect(steps.filter((step) => step.startsWith('Building'))).toEqual([]);
    await failedStart(`${text}RUN true\n`);
    expect(steps.some((step) => step.includes('RUN true'))).toBe(true);
    const images = await rig.docker.listImages({
      filters: JSON.stringify({ reference: [before.repository] }),
    });
    expect(images.flatMap((one) => one.RepoTags)).toEqual([(await readBuildContext(dockerfile)).image]);
  });

  it('that cannot be built says at which step, with what was printed', async () => {
    const { failure } = await failedStart(`FROM ${TEST_IMAGE}\nRUN echo out of luck; exit 3\n`);
    expect(failure).toMatchObject({
      code: 'image-build-failed',
      dockerfile,
      step: 'Step 2/2 : RUN echo out of luck; exit 3',
      output: expect.stringContaining('out of luck') as string,
    });
    expect(await rig.leftOvers()).toEqual([]);
  });
});
