/** CPUs, memory and the room for objects. */
import { existsSync } from 'node:fs';
import os from 'node:os';
import { readMachine } from '../cluster/machine';
import type { DoctorCheck } from '../model/doctor';
import { bytes } from '../model/format';

const SMALL_SHM_BYTES = 512 * 1024 ** 2;

export async function machineChecks(): Promise<DoctorCheck[]> {
  const machine = readMachine();
  const supported = process.platform === 'linux' || process.platform === 'darwin';
  return [
    {
      area: 'machine',
      name: 'System',
      state: supported ? 'good' : 'lacking',
      found: supported
        ? `${os.type()} ${os.release()} on ${process.arch}`
        : `${os.type()}: nodes as processes need Linux or macOS; containers, or WSL, work`,
    },
    { area: 'machine', name: 'CPUs', state: 'good', found: String(machine.cpus) },
    memory(machine.memoryBytes),
    ...sharedMemory(machine.shmBytes),
  ];
}

function memory(memoryBytes: number): DoctorCheck {
  const isLimited = memoryBytes < os.totalmem();
  return {
    area: 'machine',
    name: 'Memory',
    state: 'good',
    found: isLimited
      ? `${bytes(memoryBytes)}, held to that by a cgroup (the machine has ${bytes(os.totalmem())})`
      : `${bytes(memoryBytes)}, no cgroup holds it to less`,
  };
}

/** Object stores of process nodes lie there; a container has its own. */
function sharedMemory(shmBytes: number): DoctorCheck[] {
  if (!existsSync('/dev/shm')) return [];
  const isSmall = shmBytes < SMALL_SHM_BYTES;
  return [
    {
      area: 'machine',
      name: '/dev/shm',
      state: isSmall ? 'lacking' : 'good',
      found: `${bytes(shmBytes)} free${isSmall ? ': object stores of process nodes go to the disk' : ''}`,
      ...(isSmall ? { fix: 'sudo mount -o remount,size=4g /dev/shm' } : {}),
    },
  ];
}
