/** The GPUs of this machine, as the kernel shows them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { namesIn, readText } from '../base/files';

export interface MachineGpu {
  vendor: 'nvidia' | 'amd';
  /** Among all, from 0. */
  index: number;
  /** `0`, or a UUID where `CUDA_VISIBLE_DEVICES` names one; AMD's are `amd:0`, `amd:1`, … */
  id: string;
  /** AMD's device files that are this GPU's alone: `/dev/dri/renderD128`, `/dev/dri/card0`. */
  devices: string[];
  /** Its folder under /sys. */
  sysfs?: string;
}

const AMD_PREFIX = 'amd:';

/** The variable by which the vendor's libraries and Ray see these GPUs alone. */
export function visibleDevices(gpuIds: readonly string[]): Record<string, string> {
  const isAmd = gpuIds[0]?.startsWith(AMD_PREFIX) === true;
  const value = gpuIds.map((id) => id.replace(AMD_PREFIX, '')).join(',');
  return { [isAmd ? 'HIP_VISIBLE_DEVICES' : 'CUDA_VISIBLE_DEVICES']: value };
}

/** As many names that no GPU has: the vendors' libraries see nothing from the first such name on. */
export function hiddenDevices(count: number): string {
  return Array.from({ length: count }, (_, index) => NO_SUCH_GPU + index).join(',');
}

const NO_SUCH_GPU = 1000;

/** Those that processes started from `env` see. NVIDIA's where both are there: Ray takes one kind a node. */
export function findGpus(env: NodeJS.ProcessEnv, root = '/'): MachineGpu[] {
  const nvidia = findNvidia(env, root);
  return nvidia.length > 0 ? nvidia : findAmd(env, root);
}

function findNvidia(env: NodeJS.ProcessEnv, root: string): MachineGpu[] {
  const present = namesIn(path.join(root, 'dev')).filter((name) => /^nvidia\d+$/.test(name));
  if (present.length === 0) return [];
  const ids =
    chosen(env['CUDA_VISIBLE_DEVICES']) ??
    present.map((name) => name.slice('nvidia'.length)).sort((a, b) => Number(a) - Number(b));
  return ids.map((id, index) => ({ vendor: 'nvidia', index, id, devices: [] }));
}

/** By their render nodes; ROCm counts in the same order. Graphics without /dev/kfd cannot compute. */
function findAmd(env: NodeJS.ProcessEnv, root: string): MachineGpu[] {
  if (!existsSync(path.join(root, 'dev/kfd'))) return [];
  const drm = path.join(root, 'sys/class/drm');
  const renders = namesIn(path.join(root, 'dev/dri'))
    .filter((name) => /^renderD\d+$/.test(name))
    .filter((name) => readText(path.join(drm, name, 'device', 'vendor'))?.trim() === '0x1002')
    .sort((a, b) => Number(a.slice(7)) - Number(b.slice(7)));
  const gpus = renders.map((render, at): MachineGpu => {
    const sysfs = path.join(drm, render, 'device');
    const cards = namesIn(path.join(sysfs, 'drm')).filter((name) => /^card\d+$/.test(name));
    const devices = [render, ...cards].map((name) => `/dev/dri/${name}`);
    return { vendor: 'amd', index: at, id: `${AMD_PREFIX}${at}`, devices, sysfs };
  });
  const wanted = chosen(env['ROCR_VISIBLE_DEVICES'] ?? env['HIP_VISIBLE_DEVICES']);
  const kept = wanted ? gpus.filter(({ index }) => wanted.includes(String(index))) : gpus;
  return kept.map((gpu, index) => ({ ...gpu, index }));
}

/** Null where the variable leaves all of them visible. */
function chosen(value: string | undefined): string[] | null {
  if (value === undefined) return null;
  return value
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '' && id !== '-1');
}
