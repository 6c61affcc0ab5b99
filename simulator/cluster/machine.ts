/** What this machine has, for the node plan. */
import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { findGpus } from './gpus';
import type { MachineFacts } from './nodePlan';

/** Respects the limits of a container that we run in ourselves. */
export function readMachine(env: NodeJS.ProcessEnv = process.env): MachineFacts {
  const limit = process.constrainedMemory();
  return {
    cpus: availableParallelism(),
    memoryBytes: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    shmBytes: readShm(),
    gpuIds: findGpus(env).map(({ id }) => id),
  };
}

/** Free room for object stores; systems without /dev/shm let Ray map files on disk, where room is no concern. */
function readShm(): number {
  if (!existsSync('/dev/shm')) return Infinity;
  const stat = statfsSync('/dev/shm');
  return stat.bavail * stat.bsize;
}
