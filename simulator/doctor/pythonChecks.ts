/** The Python that scripts would run with, and what makes one where there is none. */
import type { DoctorCheck } from '../model/doctor';
import { environmentVersions } from '../python/interpreters';
import { onPath } from '../python/locations';
import type { Patient } from './doctor';
import { ask } from './tools';

const INSTALL_UV = 'curl -LsSf https://astral.sh/uv/install.sh | sh';

export async function pythonChecks({ env, folder, tools, log }: Patient): Promise<DoctorCheck[]> {
  const ctx = { log, signal: new AbortController().signal, step: () => {} };
  const found = await environmentVersions(ctx, { scriptDir: folder, dependencies: [], env }, tools);
  const python = await onPath('python3', env);
  const uv = await ask(env, 'uv', '--version');
  return [
    found
      ? {
          area: 'python',
          name: 'Python with Ray',
          state: 'good',
          found: `Ray ${found.ray} on Python ${found.python} (${found.where})`,
        }
      : {
          area: 'python',
          name: 'Python with Ray',
          state: python === null ? 'lacking' : 'info',
          found:
            python === null
              ? 'none, and no python3 to make one with'
              : 'none: Heliostat makes an environment for each script',
          fix: python === null ? INSTALL_UV : `${python} -m pip install "ray[default]"`,
        },
    {
      area: 'python',
      name: 'uv',
      state: uv === null ? 'info' : 'good',
      found: uv ?? 'not here: environments are made with venv and pip, which takes longer',
      ...(uv === null ? { fix: INSTALL_UV } : {}),
    },
  ];
}
