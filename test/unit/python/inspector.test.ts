import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sleep } from '../../../simulator/base/context';
import { Inspector } from '../../../simulator/python/inspector';
import type { Inspection, InspectionRequest } from '../../../simulator/python/inspector';
import {
  addModule,
  addPackage,
  assetsDir,
  makeEnvironment,
  RAY,
  recordingContext,
  removePackage,
  temporaryFolder,
} from './pythons';

const NUMPY = { name: 'numpy', version: '2.1.0' };

function request(executable: string, dependencies: string[] = []): InspectionRequest {
  return { executable, dependencies, cwd: path.dirname(executable), env: { PATH: '', HOME: '/nowhere' } };
}

async function inspect(inspector: Inspector, asked: InspectionRequest): Promise<Inspection> {
  const inspected = await inspector.inspect(recordingContext(), asked);
  if ('unusable' in inspected) throw new Error(inspected.unusable);
  return inspected;
}

test('an interpreter says what it is and what is installed', async () => {
  const folder = temporaryFolder();
  const executable = makeEnvironment(folder, [RAY, { name: 'debugpy', version: '1.8.22' }]);
  const inspection = await inspect(new Inspector(assetsDir), request(executable));
  expect(inspection).toMatchObject({
    executable,
    prefix: folder,
    rayVersion: '2.60.0',
    rayHasDashboard: true,
    debugpyVersion: '1.8.22',
    unsatisfied: [],
  });
  expect(inspection.version).toMatch(/^3\.\d+\.\d+$/);
  expect(inspection.sitePackages.some((each) => each.startsWith(folder))).toBe(true);
});

test('dependencies are judged as pip would: versions, markers, extras', async () => {
  const executable = makeEnvironment(temporaryFolder(), [
    NUMPY,
    { name: 'pre', version: '1.0rc1' },
    {
      name: 'tool',
      version: '1.0',
      requires: ['absent', 'gone>1; extra == "fast"', 'numpy; extra == "slow"', 'tool[fast]; extra == "all"'],
    },
  ]);
  const satisfied = [
    'numpy',
    'NumPy>=2,<3',
    'numpy; python_version >= "3"',
    'pandas; python_version < "3"',
    'numpy @ https://example.org/numpy.whl',
    'pre>=1.0.dev0',
    'tool[slow]',
    'tool[unknown]',
  ];
  const unsatisfied = [
    'numpy>=3',
    'pandas',
    'tool[fast]',
    'tool[all]',
    'tool[slow,fast]',
    'not a requirement!',
  ];
  const asked = request(executable, [...satisfied, ...unsatisfied]);
  expect((await inspect(new Inspector(assetsDir), asked)).unsatisfied).toEqual(unsatisfied);
});

test('a Ray without what its dashboard imports is told apart', async () => {
  const folder = temporaryFolder();
  const executable = makeEnvironment(folder, [RAY]);
  addModule(folder, 'ray/__init__.py', 'raise RuntimeError("Ray must not be imported")');
  addModule(folder, 'ray/dashboard/optional_deps.py', 'import json\nfrom aiohttp.web import Request\n');
  const inspector = new Inspector(assetsDir);
  expect((await inspect(inspector, request(executable))).rayHasDashboard).toBe(false);
  addModule(folder, 'aiohttp/__init__.py', '');
  expect((await inspect(inspector, request(executable))).rayHasDashboard).toBe(true);
});

test('an answer is remembered until something is installed, removed or replaced', async () => {
  const folder = temporaryFolder();
  const executable = makeEnvironment(folder);
  const starts = path.join(temporaryFolder(), 'starts');
  addModule(folder, 'sitecustomize.py', `open(${JSON.stringify(starts)}, "a").write("x"); print("noise")`);
  const inspector = new Inspector(assetsDir);
  const ask = () => inspect(inspector, request(executable, ['numpy']));
  const count = () => readFileSync(starts, 'utf8').length;
  await sleep(50);

  expect((await ask()).unsatisfied).toEqual(['numpy']);
  expect((await ask()).unsatisfied).toEqual(['numpy']);
  expect(count()).toBe(1);

  addPackage(folder, NUMPY);
  await sleep(50);
  expect((await ask()).unsatisfied).toEqual([]);
  await ask();
  expect(count()).toBe(2);

  removePackage(folder, NUMPY);
  await sleep(50);
  expect((await ask()).unsatisfied).toEqual(['numpy']);
  expect(count()).toBe(3);

  writeFileSync(path.join(folder, 'pyvenv.cfg'), '\n', { flag: 'a' });
  await sleep(50);
  await ask();
  expect(count()).toBe(4);
});

test('other dependencies are another question', async () => {
  const executable = makeEnvironment(temporaryFolder(), [NUMPY]);
  const inspector = new Inspector(assetsDir);
  await sleep(50);
  expect((await inspect(inspector, request(executable, ['numpy']))).unsatisfied).toEqual([]);
  expect((await inspect(inspector, request(executable, ['numpy>=3']))).unsatisfied).toEqual(['numpy>=3']);
});

test('a shim’s choice is asked again when the folder’s .python-version changes', async () => {
  const one = makeEnvironment(temporaryFolder());
  const other = makeEnvironment(temporaryFolder());
  const folder = temporaryFolder();
  const shim = path.join(folder, 'python3');
  writeFileSync(shim, `#!/bin/sh\nread chosen < .python-version\nexec "$chosen" "$@"\n`, { mode: 0o755 });
  const choice = path.join(folder, '.python-version');
  const inspector = new Inspector(assetsDir);

  writeFileSync(choice, `${one}\n`);
  await sleep(50);
  expect((await inspect(inspector, request(shim))).executable).toBe(one);
  writeFileSync(choice, `${other}\n`);
  await sleep(50);
  expect((await inspect(inspector, request(shim))).executable).toBe(other);
});

test('what does not answer as Python is unusable, with its own words', async () => {
  const folder = temporaryFolder();
  const broken = path.join(folder, 'python');
  const inspector = new Inspector(assetsDir);
  writeFileSync(broken, '#!/bin/sh\necho "no such library" >&2; exit 1\n', { mode: 0o755 });
  expect(await inspector.inspect(recordingContext(), request(broken))).toEqual({
    unusable: 'no such library',
  });
  writeFileSync(broken, '#!/bin/sh\necho hello\n', { mode: 0o755 });
  expect(await inspector.inspect(recordingContext(), request(broken))).toEqual({
    unusable: 'It answered strangely: hello',
  });
});
