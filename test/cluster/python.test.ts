/** Environments really made, with pip and a package index; uv too where it is installed. */
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sleep } from '../../simulator/base/context';
import type { ClusterInfo } from '../../simulator/model/cluster';
import { Inspector } from '../../simulator/python/inspector';
import { onPath } from '../../simulator/python/locations';
import { ManagedEnvironments } from '../../simulator/python/managedEnvironment';
import type { EnvironmentRequest } from '../../simulator/python/managedEnvironment';
import { Heliostat, until } from './heliostat';
import { assetsDir, binFolder, realPython, recordingContext, temporaryFolder } from '../unit/python/pythons';

const LIMIT_MS = 180_000;
const PYTHON = realPython();
const UV = await onPath('uv', process.env);

function setUp(tools: Record<string, string> = { python3: PYTHON }) {
  const folder = path.join(temporaryFolder(), 'environments');
  const env = { ...process.env, PATH: `${binFolder(tools)}:/usr/bin:/bin`, PYENV_ROOT: '/nowhere' };
  const environments = new ManagedEnvironments(folder, new Inspector(assetsDir), ['six']);
  const request: EnvironmentRequest = { scriptDir: temporaryFolder(), dependencies: [], env };
  return { folder, environments, request, entries: () => (existsSync(folder) ? readdirSync(folder) : []) };
}

test(
  'an environment is made once, shared by who asks meanwhile, and found again',
  async () => {
    const { folder, environments, request, entries } = setUp();
    const [first, second] = [recordingContext(), recordingContext()];
    const [made, shared] = await Promise.all([
      environments.provide(first, request),
      environments.provide(second, { ...request, dependencies: [' six '] }),
    ]);
    expect(shared.executable).toBe(made.executable);
    expect(made.executable.startsWith(folder)).toBe(true);
    expect(entries()).toHaveLength(1);
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(first.steps[0]).toMatch(/^Making a Python 3\.\d+ environment$/);
    expect(first.steps).toContain('Installing 1 package');
    expect(second.steps).toContain('Installing 1 package');
    expect(first.lines.join('\n')).toMatch(/Successfully installed six/);

    const again = recordingContext();
    expect((await environments.provide(again, request)).executable).toBe(made.executable);
    const later = new ManagedEnvironments(folder, new Inspector(assetsDir), ['six']);
    expect((await later.provide(again, request)).executable).toBe(made.executable);
    expect(again.steps).toEqual([]);

    const asked = { executable: made.executable, dependencies: ['six'], cwd: folder, env: request.env };
    expect(await new Inspector(assetsDir).inspect(again, asked)).toMatchObject({ unsatisfied: [] });
  },
  LIMIT_MS,
);

test(
  'cancelling leaves nothing, and the next request makes it',
  async () => {
    const { environments, request, entries } = setUp();
    const ctx = recordingContext();
    const making = environments.provide(ctx, request);
    while (!ctx.lines.some((line) => line.includes('pip install'))) await sleep(20);
    ctx.cancel();
    await expect(making).rejects.toMatchObject({ failure: { code: 'cancelled' } });
    expect(entries()).toEqual([]);

    await environments.provide(recordingContext(), request);
    expect(entries()).toHaveLength(1);
  },
  LIMIT_MS,
);

test(
  'a requirement that cannot be met is a failure with the command and its output, and leaves nothing',
  async () => {
    const { environments, request, entries } = setUp();
    const broken = { ...request, dependencies: ['six>=99'] };
    const failure = await environments.provide(recordingContext(), broken).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      failure: {
        code: 'environment-failed',
        command: expect.stringMatching(/bin\/python -m pip install .* -- six 'six>=99'$/),
        output: expect.stringMatching(/six>=99(.|\n)*ResolutionImpossible/),
      },
    });
    expect(entries()).toEqual([]);
  },
  LIMIT_MS,
);

test(
  'one that has more than is asked for is used, and goes when nobody has asked for long',
  async () => {
    const { folder, environments, request, entries } = setUp();
    const more = await environments.provide(recordingContext(), { ...request, dependencies: ['iniconfig'] });
    const fewer = await environments.provide(recordingContext(), request);
    expect(fewer.executable).toBe(more.executable);
    expect(await environments.prune(30, [])).toEqual([]);
    const longAgo = new Date(Date.now() - 31 * 86_400_000);
    utimesSync(path.join(folder, entries()[0]!, 'complete.json'), longAgo, longAgo);
    expect(await environments.prune(30, [more.executable])).toEqual([]);
    expect(await environments.prune(30, [])).toHaveLength(1);
    expect(entries()).toEqual([]);
  },
  LIMIT_MS,
);

test(
  'what a killed maker left is removed, what is complete stays',
  async () => {
    const { folder, environments, request, entries } = setUp();
    const complete = path.join(folder, '3.12-0123456789ab-aaaaaa');
    mkdirSync(complete, { recursive: true });
    writeFileSync(path.join(complete, 'complete.json'), '{}');
    mkdirSync(path.join(folder, '3.12-ba9876543210-bbbbbb', 'lib'), { recursive: true });
    mkdirSync(path.join(folder, '3.12-ba9876543210-bbbbbb.tmp'));

    const made = await environments.provide(recordingContext(), request);
    const own = path.relative(folder, made.executable).split('/')[0];
    expect(entries().sort()).toEqual([path.basename(complete), own].sort());
  },
  LIMIT_MS,
);

test.skipIf(UV === null)(
  'uv makes it where there is one, from the Python that is here, also where the shell wants colours',
  async () => {
    const { environments, request } = setUp({ python3: PYTHON, uv: UV ?? '' });
    Object.assign(request.env, { FORCE_COLOR: '1' });
    const ctx = recordingContext();
    const made = await environments.provide(ctx, request);
    expect(made.executable).toMatch(/bin\/python$/);
    expect(ctx.lines.filter((line) => line.startsWith('$ '))).toEqual([
      expect.stringMatching(/uv venv --python /),
      expect.stringMatching(/uv pip install --python .* -- six$/),
    ]);
    expect(ctx.steps).toContain('Installing 1 package');
  },
  LIMIT_MS,
);

test(
  'a cluster whose Python is still being made is listed with what goes on, and Ctrl-C gives it up',
  async () => {
    const heliostat = new Heliostat();
    Object.assign(heliostat.env, {
      PATH: `${binFolder({ python3: PYTHON })}:/usr/bin:/bin`,
      VIRTUAL_ENV: '',
    });
    try {
      let listed: ClusterInfo[] = [];
      const { code, stderr } = await heliostat.run(['up', '--name', 'fresh'], async (child, printed) => {
        await until('the environment is being made', () => /Making a Python/.test(printed()));
        listed = JSON.parse((await heliostat.run(['status', '--json'])).stdout) as ClusterInfo[];
        child.kill('SIGINT');
      });
      expect(code, stderr).toBe(130);
      expect(listed).toMatchObject([{ name: 'fresh', state: { kind: 'starting' } }]);
      expect(JSON.parse((await heliostat.run(['status', '--json'])).stdout)).toEqual([]);
      expect(readdirSync(heliostat.paths.environments)).toEqual([]);
      expect(heliostat.clusterDirs()).toEqual([]);
    } finally {
      await heliostat.end();
    }
  },
  LIMIT_MS,
);
