/** From a client's wish for a cluster to what `Clusters` starts. */
import path from 'node:path';
import type { Context } from '../base/context';
import type { StartRequest } from '../cluster/entry';
import type { ClusterSpec } from '../model/cluster';
import type { PythonTools } from '../python/interpreters';
import type { ClusterStart } from '../protocol';
import { backendOf, clusterSpec } from '../run/clusterSpec';

/** The spec is complete but for its Python, where it needs one. */
export function startSketch(want: ClusterStart): StartRequest {
  const { groups, mounts, recording = true, name = 'local', idleMinutes = 0, network } = want;
  const backend = backendOf(want);
  const spec = { backend, groups, recording, mounts, ...(network ? { network } : {}) };
  const { orphanMinutes, keep } = want;
  return {
    name,
    spec,
    origin: null,
    idleMinutes,
    ...(orphanMinutes === undefined ? {} : { orphanMinutes }),
    ...(keep ? { keep } : {}),
  };
}

/** Fails as `clusterSpec` does. */
export function completeSpec(ctx: Context, want: ClusterStart, tools: PythonTools): Promise<ClusterSpec> {
  const { backend, groups, image, dockerfile, mounts, recording, network } = want;
  const python = {
    scriptDir: mounts[0] ?? path.parse(process.cwd()).root,
    dependencies: [],
    env: { ...process.env, ...want.searchEnv },
    ...(want.python ? { selected: want.python } : {}),
  };
  return clusterSpec(ctx, { backend, groups, image, dockerfile, mounts, recording, network }, python, tools);
}
