/** From what a client wants to a cluster's spec: chooses the backend and finds the Python. */
import path from 'node:path';
import type { Context } from '../base/context';
import type { StartRequest } from '../cluster/entry';
import { findPython, type PythonTools } from '../python/interpreters';
import type { ClusterStart } from '../protocol';
import { DEFAULT_IMAGE } from '../run/placement';

export async function startRequest(
  ctx: Context,
  want: ClusterStart,
  tools: PythonTools,
): Promise<StartRequest> {
  const { groups, mounts, recording = true, name = 'local', idleMinutes = 0 } = want;
  const common = { groups, recording };
  if (want.backend === 'docker' || want.image !== undefined) {
    const spec = { backend: 'docker' as const, ...common, image: want.image ?? DEFAULT_IMAGE, mounts };
    return { name, spec, origin: null, idleMinutes };
  }
  const python = await findPython(
    ctx,
    {
      scriptDir: mounts[0] ?? path.parse(process.cwd()).root,
      dependencies: [],
      env: { ...process.env, ...want.searchEnv },
      ...(want.python ? { selected: want.python } : {}),
    },
    tools,
  );
  const spec = { backend: 'process' as const, ...common, python: python.executable, mounts: [] };
  return { name, spec, origin: null, idleMinutes };
}
