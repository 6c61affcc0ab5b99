import path from 'node:path';
import { expect, test } from 'vitest';
import type { ClusterSpec } from '../../../simulator/model/cluster';
import { Inspector } from '../../../simulator/python/inspector';
import type { PythonRequest } from '../../../simulator/python/interpreters';
import { ManagedEnvironments } from '../../../simulator/python/managedEnvironment';
import { clusterSpec, type ClusterWish } from '../../../simulator/run/clusterSpec';
import { assetsDir, makeEnvironment, RAY, recordingContext, temporaryFolder } from './pythons';

async function specOf(
  wish: Partial<ClusterWish>,
  request: Partial<PythonRequest> = {},
): Promise<ClusterSpec> {
  const home = temporaryFolder();
  const inspector = new Inspector(assetsDir);
  const tools = {
    inspector,
    environments: new ManagedEnvironments(path.join(home, 'environments'), inspector),
  };
  return clusterSpec(
    recordingContext(),
    { backend: 'docker', groups: [], mounts: ['/work'], recording: true, ...wish },
    { scriptDir: home, dependencies: [], env: { PATH: '/nowhere', HOME: home }, ...request },
    tools,
  );
}

test("containers run Ray's own image with the versions of the script's environment", async () => {
  const executable = makeEnvironment(temporaryFolder(), [{ ...RAY, version: '2.55.1' }]);
  const { image, expected } = await specOf({}, { selected: executable });
  expect(expected).toMatchObject({ ray: '2.55.1', where: executable });
  const [major, second] = (expected?.python ?? '').split('.');
  expect(image).toMatch(new RegExp(`^rayproject/ray:2\\.55\\.1-py${major}${second}(-aarch64)?$`));
});

test('where no environment has Ray, the script itself says what it needs, and nothing is installed', async () => {
  const bare = makeEnvironment(temporaryFolder());
  const script = { selected: bare, dependencies: ['numpy', 'ray[default]==2.57.0'], requiresPython: '<3.12' };
  const { image, expected } = await specOf({}, script);
  expect(image).toMatch(/^rayproject\/ray:2\.57\.0-py311/);
  expect(expected).toBeUndefined();
  expect((await specOf({})).image).toMatch(/^rayproject\/ray:2\.60\.0-py312/);
});

test('an environment with another Ray than the script pins is not its environment', async () => {
  const executable = makeEnvironment(temporaryFolder(), [RAY]);
  const { image, expected } = await specOf({}, { selected: executable, dependencies: ['ray==2.58.0'] });
  expect(image).toMatch(/ray:2\.58\.0-/);
  expect(expected).toBeUndefined();
});

test('an image that is named means containers, and what it has to run is known', async () => {
  const executable = makeEnvironment(temporaryFolder(), [RAY]);
  const named = await specOf({ backend: 'auto', image: 'mine:1' }, { selected: executable });
  expect(named).toMatchObject({ backend: 'docker', image: 'mine:1', expected: { ray: '2.60.0' } });
  expect(await specOf({ backend: 'process', image: 'mine:1' }, { selected: executable })).toEqual({
    backend: 'process',
    groups: [],
    recording: true,
    python: executable,
    mounts: [],
  });
});
