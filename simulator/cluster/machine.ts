/** What this machine has, for the node plan. */
import { existsSync, readdirSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { MachineFacts } from './nodePlan';

/** Respects the limits of a container that we run in ourselves. */
export function readMachine(env: NodeJS.ProcessEnv = process.env): MachineFacts {
  const limit = process.constrainedMemory();
  return {
    cpus: availableParallelism(),
    memoryBytes: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    shmBytes: readShm(),
    gpuIds: visibleGpus(env),
  };
}

/** Ids of the NVIDIA GPUs that processes started from `env` see. */
export function visibleGpus(env: NodeJS.ProcessEnv): string[] {
  const present = existsSync('/dev') ? readdirSync('/dev').filter((name) => /^nvidia\d+$/.test(name)) : [];
  if (present.length === 0) return [];
  const chosen = env['CUDA_VISIBLE_DEVICES'];
  if (chosen === undefined) return present.map((name) => name.slice('nvidia'.length)).sort();
  return chosen
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '' && id !== '-1');
}

/** Free room for object stores; systems without /dev/shm let Ray map files on disk, where room is no concern. */
function readShm(): number {
  if (!existsSync('/dev/shm')) return Infinity;
  const stat = statfsSync('/dev/shm');
  return stat.bavail * stat.bsize;
}
