/** From a user's wish to a cluster's spec: chooses the backend, and the Python or the image that its nodes run. */
import type { Context } from '../base/context';
import { allowsPython } from '../base/pythonVersion';
import { readBuildContext } from '../cluster/buildContext';
import { defaultImage } from '../cluster/dockerImage';
import { findGpus } from '../cluster/gpus';
import type { ClusterSpec, ExpectedVersions, NetworkShape, NodeGroup } from '../model/cluster';
import {
  environmentVersions,
  findPython,
  type PythonRequest,
  type PythonTools,
} from '../python/interpreters';

export interface ClusterWish {
  backend: 'auto' | 'process' | 'docker';
  groups: NodeGroup[];
  /** Means containers, unless processes are asked for by name. */
  image?: string | undefined;
  /** Absolute path; means the same, and is what the image is built from. */
  dockerfile?: string | undefined;
  /** Folders that containers must see. */
  mounts: string[];
  recording: boolean | undefined;
  network?: NetworkShape | undefined;
}

/** What containers run when nothing is known of the script's environment. */
const DEFAULT_RAY = '2.60.0';
const DEFAULT_PYTHONS = ['3.12', '3.11', '3.10', '3.13'];

/** Plain processes unless containers are asked for, by name or by their image. */
export function backendOf({
  backend,
  image,
  dockerfile,
}: Pick<ClusterWish, 'backend' | 'image' | 'dockerfile'>): ClusterSpec['backend'] {
  if (backend !== 'auto') return backend;
  return image === undefined && dockerfile === undefined ? 'process' : 'docker';
}

/**
 * Fails as `findPython` does, and as `image-build-failed` for a Dockerfile that is not there. May take minutes, when an
 * environment is made; `ctx.step` tells.
 */
export async function clusterSpec(
  ctx: Context,
  wish: ClusterWish,
  python: PythonRequest,
  tools: PythonTools,
): Promise<ClusterSpec> {
  const { groups, recording = true } = wish;
  if (backendOf(wish) === 'process') {
    const { executable } = await findPython(ctx, python, tools);
    return { backend: 'process', groups, recording, python: executable, mounts: [] };
  }
  const expected = await environmentVersions(ctx, python, tools);
  return {
    backend: 'docker',
    groups,
    ...(await chooseImage(wish, python, expected)),
    ...(expected ? { expected } : {}),
    mounts: wish.mounts,
    recording,
    ...(wish.network ? { network: wish.network } : {}),
  };
}

async function chooseImage(
  { image, dockerfile, groups }: ClusterWish,
  { requiresPython, dependencies, env }: PythonRequest,
  expected: ExpectedVersions | null,
): Promise<{ image: string; dockerfile?: string }> {
  if (image !== undefined) return { image };
  if (dockerfile !== undefined) return { image: (await readBuildContext(dockerfile)).image, dockerfile };
  const pinned = dependencies.map((one) => /^ray\b[^=]*==\s*([\d.]+\d)$/.exec(one)?.[1]).find(Boolean);
  const allowed = DEFAULT_PYTHONS.find((one) => allowsPython(requiresPython, one));
  const wantsGpus = groups.some(({ gpus = 0 }) => gpus > 0) && findGpus(env)[0]?.vendor === 'nvidia';
  const ray = expected?.ray ?? pinned ?? DEFAULT_RAY;
  return { image: defaultImage(ray, expected?.python ?? allowed ?? DEFAULT_PYTHONS[0]!, wantsGpus) };
}
