/** How containers get the GPUs that are dealt to their nodes, and what of their options asks for them. */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { HostConfig } from 'dockerode';
import { namesIn } from '../base/files';
import type { NodePlan } from './backend';
import type { EngineFacts } from './dockerEngine';
import type { MachineGpu } from './gpus';

/**
 * `cdi`: by the Container Device Interface, of engines from 25 on whose folders describe NVIDIA's devices. `runtime`:
 * by NVIDIA's prestart hook, which older engines call. `devices`: AMD's device files.
 */
export type GpuAccess = 'cdi' | 'runtime' | 'devices';

/** What container options need to know of the machine's GPUs. */
export interface GpuPlace {
  access: GpuAccess;
  gpus: readonly MachineGpu[];
  /** Groups that may open AMD's device files. */
  groups: readonly string[];
}

const FIRST_ENGINE_WITH_CDI = 25;

/** Reads the descriptions in the engine's CDI folders, which a local engine shares with us. */
export function gpuPlace(
  engine: Pick<EngineFacts, 'version' | 'cdiFolders'>,
  gpus: readonly MachineGpu[],
): GpuPlace {
  if (gpus[0]?.vendor === 'amd') {
    const files = ['/dev/kfd', ...gpus.flatMap(({ devices }) => devices)];
    return { access: 'devices', gpus, groups: [...new Set(files.map(groupOf))].filter((id) => id !== '') };
  }
  const hasCdi =
    Number.parseInt(engine.version, 10) >= FIRST_ENGINE_WITH_CDI &&
    engine.cdiFolders.some((folder) => namesIn(folder).some((name) => name.includes('nvidia')));
  return { access: hasCdi ? 'cdi' : 'runtime', gpus, groups: [] };
}

/** Nothing for a node whose GPUs are simulated, or that has none. */
export function gpuOptions(
  { gpuIds }: Pick<NodePlan, 'gpuIds'>,
  { access, gpus, groups }: GpuPlace,
): Pick<HostConfig, 'DeviceRequests' | 'Devices' | 'GroupAdd'> {
  if (gpuIds.length === 0) return {};
  switch (access) {
    case 'cdi':
      return { DeviceRequests: [{ Driver: 'cdi', DeviceIDs: gpuIds.map((id) => `nvidia.com/gpu=${id}`) }] };
    case 'runtime':
      return { DeviceRequests: [{ Driver: '', DeviceIDs: [...gpuIds], Capabilities: [['gpu']] }] };
    case 'devices': {
      const own = gpus.filter(({ id }) => gpuIds.includes(id)).flatMap(({ devices }) => devices);
      const files = ['/dev/kfd', ...own];
      return {
        Devices: files.map((file) => ({
          PathOnHost: file,
          PathInContainer: file,
          CgroupPermissions: 'rwm',
        })),
        GroupAdd: [...groups],
      };
    }
  }
}

/** `--gpus` and the like, for who types the container. */
export function gpuFlags({ DeviceRequests, Devices }: HostConfig): string[] {
  return [
    ...(DeviceRequests ?? []).flatMap(({ Driver, DeviceIDs = [] }) =>
      Driver === 'cdi' ? DeviceIDs.map((id) => `--device=${id}`) : [`--gpus="device=${DeviceIDs.join(',')}"`],
    ),
    ...((Devices ?? []) as { PathOnHost: string }[]).map(({ PathOnHost }) => `--device=${PathOnHost}`),
  ];
}

function groupOf(file: string): string {
  try {
    return String(statSync(path.resolve(file)).gid);
  } catch {
    return '';
  }
}
