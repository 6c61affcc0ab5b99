import type Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../simulator/base/context';
import { addContainer, type ClusterStart } from '../../../simulator/cluster/dockerStart';
import { clusterFiles } from '../../../simulator/cluster/clusterFiles';
import { toFailure } from '../../../simulator/model/failure';
import { dockerPlanOf } from '../../dockerPlan';

const plan = dockerPlanOf([{ count: 1, cpus: 1, memoryBytes: 1024 ** 3 }]);

/** What a user reads when the engine refuses a node's container in these words. */
async function outputOf(message: string): Promise<unknown> {
  const refusal = Object.assign(new Error('HTTP'), { statusCode: 500, json: { message } });
  const docker = { createContainer: () => Promise.reject(refusal) } as unknown as Docker;
  const start = {
    engine: { docker },
    plan,
    files: clusterFiles('/tmp/hs1', 'abcdef'),
    place: {
      owner: '/tmp/hs1',
      host: 'h',
      version: '1.2.3',
      user: { user: '0:0', groups: [], env: {}, home: null },
      engine: { cpus: 4, userNamespaces: false, selinux: false },
      image: 'ray:test',
      gpus: { access: 'runtime', gpus: [], groups: [] },
      eventUrl: null,
      imageEnv: [],
    },
  } as unknown as ClusterStart;
  const ctx = { signal: new AbortController().signal, step: () => {} } as unknown as Context;
  const thrown: unknown = await addContainer(ctx, start, plan.nodes[0]!).catch((error: unknown) => error);
  const failure = toFailure(thrown);
  return failure.code === 'cluster-start-failed' ? failure.output : failure;
}

describe('a container that the engine refuses', () => {
  it.each([
    ['no such image', 'no such image'],
    [
      'could not select device driver "nvidia"',
      'could not select device driver "nvidia"\n`heliostat doctor` says what containers need to use GPUs.',
    ],
    [
      'container create: container-init binary not found on the host: stat /usr/libexec/podman/catatonit',
      expect.stringMatching(
        /catatonit\nPodman starts containers by catatonit: sudo apt-get install catatonit$/,
      ),
    ],
  ])('is told in its words, with what to do about it: %s', async (said, output) => {
    expect(await outputOf(said)).toEqual(output);
  });
});
