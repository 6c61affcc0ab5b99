/** From what a user wants to a cluster's spec: chooses the backend, and finds the Python where the nodes need one of ours. */
import type { Context } from '../base/context';
import { defaultImage } from '../cluster/dockerImage';
import type { ClusterSpec, NetworkShape, NodeGroup } from '../model/cluster';
import { findPython, type PythonRequest, type PythonTools } from '../python/interpreters';

export interface ClusterWish {
  backend: 'auto' | 'process' | 'docker';
  groups: NodeGroup[];
  /** Means containers, whatever `backend` says. */
  image: string | undefined;
  /** Folders that containers must see. */
  mounts: string[];
  recording: boolean | undefined;
  network?: NetworkShape | undefined;
}

/** What containers run when nothing else is said. */
const DEFAULT_IMAGE = defaultImage('2.60.0', '3.12');

/** Plain processes unless containers are asked for, by name or by their image. */
export function backendOf({
  backend,
  image,
}: Pick<ClusterWish, 'backend' | 'image'>): ClusterSpec['backend'] {
  return backend === 'docker' || image !== undefined ? 'docker' : 'process';
}

/** Fails as `findPython` does. May take minutes, when an environment is made; `ctx.step` tells. */
export async function clusterSpec(
  ctx: Context,
  wish: ClusterWish,
  python: PythonRequest,
  tools: PythonTools,
): Promise<ClusterSpec> {
  const { groups, image, mounts, recording = true } = wish;
  const network = wish.network ? { network: wish.network } : {};
  if (backendOf(wish) === 'docker') {
    return { backend: 'docker', groups, recording, image: image ?? DEFAULT_IMAGE, mounts, ...network };
  }
  const { executable } = await findPython(ctx, python, tools);
  return { backend: 'process', groups, recording, python: executable, mounts: [] };
}
