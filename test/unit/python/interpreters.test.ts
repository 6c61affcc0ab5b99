import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Inspector } from '../../../simulator/python/inspector';
import { findPython } from '../../../simulator/python/interpreters';
import type { PythonRequest } from '../../../simulator/python/interpreters';
import { ManagedEnvironments } from '../../../simulator/python/managedEnvironment';
import { assetsDir, binFolder, makeEnvironment, RAY, recordingContext, temporaryFolder } from './pythons';

const NUMPY = { name: 'numpy', version: '2.1.0' };
const OLD_RAY = { name: 'ray', version: '2.9.3' };

async function find(request: Partial<PythonRequest>, pathFolder = '/nowhere') {
  const home = temporaryFolder();
  const inspector = new Inspector(assetsDir);
  const environments = new ManagedEnvironments(path.join(home, 'environments'), inspector);
  const env = { PATH: pathFolder, HOME: home, ...request.env };
  return findPython(
    recordingContext(),
    { scriptDir: home, dependencies: [], ...request, env },
    { inspector, environments },
  );
}

test('a selected Python that has everything is it, by interpreter, by folder and by name', async () => {
  const folder = temporaryFolder();
  const executable = makeEnvironment(folder, [RAY, NUMPY]);
  const wanted = { executable, rayVersion: '2.60.0', debugpyVersion: null, managed: false };
  expect(await find({ selected: executable, dependencies: ['numpy>=2'] })).toMatchObject(wanted);
  expect(await find({ selected: folder })).toMatchObject(wanted);
  expect(await find({ selected: 'python' }, path.join(folder, 'bin'))).toMatchObject(wanted);
});

test('a selected Python that lacks something is a failure that names it', async () => {
  const executable = makeEnvironment(temporaryFolder(), [RAY, NUMPY]);
  const failure = (request: Partial<PythonRequest>) => expect(find(request)).rejects;
  const bare = makeEnvironment(temporaryFolder());
  const old = makeEnvironment(temporaryFolder(), [OLD_RAY]);

  await failure({ selected: '/nowhere/python' }).toMatchObject({
    failure: { code: 'python-unusable', executable: '/nowhere/python' },
  });
  await failure({ selected: '/bin/false' }).toMatchObject({ failure: { code: 'python-unusable' } });
  await failure({ selected: executable, requiresPython: '<3' }).toMatchObject({
    failure: { code: 'python-version', executable, required: '<3' },
  });
  await failure({ selected: bare }).toMatchObject({
    failure: { code: 'python-without-ray', executable: bare },
  });
  await failure({ selected: old }).toMatchObject({
    failure: { code: 'ray-too-old', version: '2.9.3', oldest: '2.49', where: old },
  });
  await failure({ selected: executable, dependencies: ['numpy', 'pandas>=2'] }).toMatchObject({
    failure: { code: 'python-missing-packages', executable, missing: ['pandas>=2'] },
  });
});

test('without a selection the first that fits wins, in the order that people expect', async () => {
  const project = temporaryFolder();
  const scriptDir = path.join(project, 'jobs', 'nightly');
  mkdirSync(scriptDir, { recursive: true });
  const active = makeEnvironment(temporaryFolder(), [RAY, NUMPY]);
  const near = makeEnvironment(path.join(project, '.venv'), [RAY, NUMPY, { name: 'pandas', version: '2.2' }]);
  const typed = makeEnvironment(temporaryFolder(), [RAY, { name: 'polars', version: '1.0' }]);
  const old = makeEnvironment(temporaryFolder(), [OLD_RAY]);
  const env = { VIRTUAL_ENV: path.dirname(path.dirname(active)) };
  const pathFolder = path.dirname(typed);
  const executable = async (request: Partial<PythonRequest>, folder = pathFolder) =>
    (await find({ scriptDir, env, ...request }, folder)).executable;

  expect(await executable({})).toBe(active);
  expect(await executable({ dependencies: ['pandas'] })).toBe(near);
  expect(await executable({ env: {} })).toBe(near);
  expect(path.dirname(await executable({ dependencies: ['polars'] }))).toBe(pathFolder);
  expect(await executable({ env: { VIRTUAL_ENV: '/gone' } })).toBe(near);
  expect(await executable({ env: { VIRTUAL_ENV: path.dirname(path.dirname(old)) } })).toBe(near);
});

test('an environment above the user’s home is not the user’s', async () => {
  const outside = temporaryFolder();
  const home = path.join(outside, 'home');
  const scriptDir = path.join(home, 'project');
  mkdirSync(scriptDir, { recursive: true });
  makeEnvironment(path.join(outside, '.venv'), [RAY]);
  await expect(find({ scriptDir, env: { HOME: home } })).rejects.toMatchObject({
    failure: { code: 'python-not-found' },
  });
  const own = makeEnvironment(path.join(home, '.venv'), [RAY]);
  expect((await find({ scriptDir, env: { HOME: home } })).executable).toBe(own);
});

test('with no Python anywhere it says what it looked for', async () => {
  await expect(find({})).rejects.toMatchObject({
    failure: { code: 'python-not-found', tried: [expect.stringContaining('python3.12')] },
  });
});

test('Pythons that cannot make an environment are told with the reason', async () => {
  const python = makeEnvironment(temporaryFolder());
  const folder = binFolder({ python3: python, python: '/bin/false' });
  await expect(find({ requiresPython: '>=4' }, folder)).rejects.toMatchObject({
    failure: {
      code: 'python-not-found',
      tried: [expect.stringMatching(/python3 \(3\..*asks for >=4\)/), expect.stringMatching(/\/python \(/)],
    },
  });
});
