/** From a client's wish for a cluster to what `Clusters` starts. */
import path from 'node:path';
import type { Context } from '../base/context';
import type { StartRequest } from '../cluster/entry';
import type { PythonTools } from '../python/interpreters';
import type { ClusterStart } from '../protocol';
import { clusterSpec } from '../run/clusterSpec';

/** Fails as `findPython` does. */
export async function startRequest(
  ctx: Context,
  want: ClusterStart,
  tools: PythonTools,
): Promise<StartRequest> {
  const { backend, groups, image, mounts, recording, name = 'local', idleMinutes = 0 } = want;
  const python = {
    scriptDir: mounts[0] ?? path.parse(process.cwd()).root,
    dependencies: [],
    env: { ...process.env, ...want.searchEnv },
    ...(want.python ? { selected: want.python } : {}),
  };
  const spec = await clusterSpec(
    ctx,
    { backend, groups, image, mounts, recording, network: want.network },
    python,
    tools,
  );
  return { name, spec, origin: null, idleMinutes };
}
