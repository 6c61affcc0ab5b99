/** GPUs of this machine, and whether processes and containers can use them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { namesIn, readText } from '../base/files';
import { connectDocker } from '../cluster/dockerEngine';
import { gpuPlace } from '../cluster/gpuAccess';
import { findGpus, type MachineGpu } from '../cluster/gpus';
import type { DoctorCheck } from '../model/doctor';
import { bytes } from '../model/format';
import { onPath } from '../python/locations';
import type { Patient } from './doctor';
import { ask, installLine } from './tools';

type Check = Omit<DoctorCheck, 'area'>;

export async function gpuChecks({ env }: Pick<Patient, 'env'>): Promise<DoctorCheck[]> {
  const gpus = findGpus(env);
  const checks = [
    ...(await found(gpus, env)),
    ...(await nvidia(gpus, env)),
    ...amd(gpus),
    ...(await containers(gpus, env)),
  ];
  return checks.map((check) => ({ area: 'gpu', ...check }));
}

async function found(gpus: readonly MachineGpu[], env: NodeJS.ProcessEnv): Promise<Check[]> {
  const name = 'GPUs';
  if (gpus.length === 0) {
    const bare = cardsWithoutDriver();
    return [
      bare.length > 0
        ? { name, state: 'lacking', found: `${bare.join(', ')} without a driver`, fix: driverLine(bare[0]!) }
        : { name, state: 'info', found: 'none: `gpus = 1` gives a simulated one, which Ray schedules' },
    ];
  }
  const memories = await nvidiaMemories(env);
  return gpus.map((gpu) => ({
    name: `GPU ${gpu.index}`,
    state: 'good',
    found: [
      gpu.vendor === 'nvidia' ? 'NVIDIA' : 'AMD',
      memories.get(gpu.id)?.model,
      gpu.vendor === 'amd' ? amdMemory(gpu) : memories.get(gpu.id)?.memory,
    ]
      .filter((part) => part !== undefined)
      .join(', '),
  }));
}

async function nvidia(gpus: readonly MachineGpu[], env: NodeJS.ProcessEnv): Promise<Check[]> {
  if (!gpus.some(({ vendor }) => vendor === 'nvidia')) return [];
  const driver =
    /Kernel Module\s+([\d.]+)/.exec(readText('/proc/driver/nvidia/version') ?? '')?.[1] ??
    (await ask(env, 'nvidia-smi', '--query-gpu=driver_version', '--format=csv,noheader'))?.split('\n')[0];
  const toolkit = await ask(env, 'nvidia-ctk', '--version');
  return [
    driver
      ? { name: 'NVIDIA driver', state: 'good', found: driver }
      : {
          name: 'NVIDIA driver',
          state: 'lacking',
          found: 'it does not say its version',
          fix: driverLine('NVIDIA'),
        },
    toolkit
      ? { name: 'NVIDIA toolkit', state: 'good', found: toolkit.split('\n')[0] ?? '' }
      : {
          name: 'NVIDIA toolkit',
          state: 'lacking',
          found: 'not here: containers see no GPU without it',
          fix: installLine('nvidia-container-toolkit', 'nvidia-container-toolkit', 'none'),
        },
  ];
}

function amd(gpus: readonly MachineGpu[]): Check[] {
  if (!gpus.some(({ vendor }) => vendor === 'amd')) return [];
  const driver = readText('/sys/module/amdgpu/version')?.trim() ?? "the kernel's own";
  const hasKfd = existsSync('/dev/kfd');
  return [
    { name: 'AMD driver', state: 'good', found: driver },
    hasKfd
      ? { name: '/dev/kfd', state: 'good', found: 'there: ROCm can compute' }
      : {
          name: '/dev/kfd',
          state: 'lacking',
          found: 'not there: ROCm cannot compute',
          fix: 'sudo modprobe amdgpu',
        },
  ];
}

async function containers(gpus: readonly MachineGpu[], env: NodeJS.ProcessEnv): Promise<Check[]> {
  const engine = gpus.length === 0 ? null : await connectDocker(env).catch(() => null);
  if (!engine) return [];
  const { access } = gpuPlace(engine.facts, gpus);
  const name = 'GPUs in containers';
  // Engines before 25 call the hook that the toolkit brings; newer ones register it as a runtime.
  const hasHook =
    engine.facts.runtimes.includes('nvidia') || (await onPath('nvidia-container-runtime-hook', env)) !== null;
  if (access !== 'runtime' || hasHook)
    return [{ name, state: 'good', found: `handed out ${ACCESS_WORDS[access]}` }];
  return [
    {
      name,
      state: 'lacking',
      found: "the engine has neither NVIDIA's runtime nor a description of the devices (CDI)",
      fix: 'sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker',
    },
  ];
}

const ACCESS_WORDS = {
  cdi: 'by the Container Device Interface',
  runtime: "by NVIDIA's runtime",
  devices: 'as devices: /dev/kfd and /dev/dri',
} as const;

/** By the index that Ray and the drivers count by. */
async function nvidiaMemories(
  env: NodeJS.ProcessEnv,
): Promise<Map<string, { model: string; memory: string }>> {
  const printed = await ask(
    env,
    'nvidia-smi',
    '--query-gpu=index,name,memory.total',
    '--format=csv,noheader,nounits',
  );
  const rows = (printed ?? '').split('\n').map((line) => line.split(',').map((cell) => cell.trim()));
  return new Map(
    rows.flatMap(([index, model, mebibytes]) =>
      index && model && mebibytes
        ? [[index, { model, memory: bytes(Number(mebibytes) * 1024 ** 2) }] as const]
        : [],
    ),
  );
}

function amdMemory(gpu: MachineGpu): string | undefined {
  const sizeBytes = Number(readText(path.join(gpu.sysfs ?? '/nowhere', 'mem_info_vram_total')) ?? NaN);
  return Number.isFinite(sizeBytes) ? bytes(sizeBytes) : undefined;
}

/** Vendors of graphics cards that the kernel sees on its bus (class 0x03) and that no driver of theirs has. */
function cardsWithoutDriver(): string[] {
  const bus = '/sys/bus/pci/devices';
  const vendors = namesIn(bus)
    .filter((slot) => readText(path.join(bus, slot, 'class'))?.startsWith('0x03'))
    .map((slot) => readText(path.join(bus, slot, 'vendor'))?.trim());
  return [...new Set(vendors)].flatMap((id) =>
    id === '0x10de' ? ['NVIDIA'] : id === '0x1002' ? ['AMD'] : [],
  );
}

function driverLine(vendor: string): string {
  if (vendor === 'AMD') return 'sudo modprobe amdgpu';
  return /^ID=ubuntu/m.test(readText('/etc/os-release') ?? '')
    ? 'sudo ubuntu-drivers install'
    : installLine('nvidia-driver', 'akmod-nvidia', 'none');
}
