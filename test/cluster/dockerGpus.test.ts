/**
 * GPUs as a real engine hands them out. It is an engine of this test's own, since the stand-in for NVIDIA's hook must be on
 * its PATH when it starts.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterFiles } from '../../simulator/cluster/clusterFiles';
import { containerOptions } from '../../simulator/cluster/dockerPlan';
import type { GpuPlace } from '../../simulator/cluster/gpuAccess';
import type { MachineGpu } from '../../simulator/cluster/gpus';
import { until } from './heliostat';
import { dockerPlanOf } from '../dockerPlan';

const isAble =
  process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'dockerd', '--version']).status === 0;
if (!isAble) process.stderr.write('Skipping tests of GPUs in containers: a dockerd of our own needs root.\n');

/** Writes down what it is called with, as the toolkit's hook reads it: the state on its input, the bundle's config. */
const HOOK = (file: string) => `#!/bin/sh
bundle=$(sed -n 's/.*"bundle":"\\([^"]*\\)".*/\\1/p')
echo "$1 $(grep -o 'NVIDIA_VISIBLE_DEVICES=[^"]*' "$bundle/config.json" | tail -n1)" >> ${file}
`;

describe.skipIf(!isAble)('GPUs of containers', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'hsgpu-'));
  const said = path.join(dir, 'said');
  const docker = new Docker({ socketPath: path.join(dir, 's.sock') });
  let engine: ChildProcess;

  beforeAll(async () => {
    const hook = path.join(dir, 'bin', 'nvidia-container-runtime-hook');
    mkdirSync(path.dirname(hook));
    writeFileSync(hook, HOOK(said));
    chmodSync(hook, 0o755);
    const at = (name: string) => path.join(dir, name);
    engine = spawn(
      'unshare',
      [
        // A network namespace of its own: an engine without a bridge removes that of the machine's own engine.
        ...[
          '--net',
          'dockerd',
          '--host',
          `unix://${at('s.sock')}`,
          '--data-root',
          at('data'),
          '--exec-root',
          at('exec'),
        ],
        ...['--pidfile', at('pid'), '--bridge=none', '--iptables=false', '--ip-forward=false'],
      ],
      { env: { ...process.env, PATH: `${path.dirname(hook)}:${process.env['PATH']}` }, stdio: 'ignore' },
    );
    await until('the engine answers', () =>
      docker.ping().then(
        () => true,
        () => false,
      ),
    );
    const tar = spawnSync('tar', ['-C', dir, '-c', 'bin']).stdout;
    writeFileSync(at('image.tar'), tar);
    await docker
      .importImage(at('image.tar'), { repo: 'tiny', tag: '1' })
      .then((stream) => once(stream.resume(), 'end'));
  });
  afterAll(async () => {
    engine.kill('SIGTERM');
    await once(engine, 'exit');
    rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
  });

  /** One container for each of two nodes with two GPUs. */
  async function create(gpus: MachineGpu[], place: Omit<GpuPlace, 'gpus'>): Promise<Docker.Container[]> {
    const gpuIds = gpus.map(({ id }) => id);
    const plan = dockerPlanOf([{ count: 2, gpus: 2 }], gpuIds, { image: 'tiny:1', recording: false });
    const user = { user: '0:0', groups: [], env: {}, home: null };
    return Promise.all(
      plan.nodes.map((node) => {
        const { name, HostConfig, ...options } = containerOptions(plan, node, clusterFiles(dir, plan.id), {
          owner: dir,
          host: 'h',
          version: '1',
          user,
          engine: { cpus: 2, userNamespaces: false, selinux: false },
          image: 'tiny:1',
          gpus: { ...place, gpus },
          eventUrl: null,
          imageEnv: [],
        });
        return docker.createContainer({
          ...options,
          Cmd: ['/bin'],
          HostConfig: { ...HostConfig, Init: false, NetworkMode: 'none', PortBindings: {}, Mounts: [] },
        });
      }),
    );
  }

  const gpu = (vendor: MachineGpu['vendor'], index: number): MachineGpu => ({
    vendor,
    index,
    id: vendor === 'amd' ? `amd:${index}` : String(index),
    devices: vendor === 'amd' ? [`/dev/dri/renderD${128 + index}`] : [],
  });
  const four = (vendor: MachineGpu['vendor']) => [0, 1, 2, 3].map((index) => gpu(vendor, index));

  it("reach each node's container by NVIDIA's hook: its own, and no other's", async () => {
    for (const container of await create(four('nvidia'), { access: 'runtime', groups: [] }))
      // There is nothing to run in the image; the hook comes before that.
      await expect(container.start()).rejects.toThrow(/bin/);
    expect(readFileSync(said, 'utf8').trim().split('\n')).toEqual([
      'prestart NVIDIA_VISIBLE_DEVICES=0,1',
      'prestart NVIDIA_VISIBLE_DEVICES=2,3',
    ]);
  });

  it('are asked for by CDI names', async () => {
    const containers = await create(four('nvidia'), { access: 'cdi', groups: [] });
    const inspected = await Promise.all(containers.map((one) => one.inspect()));
    expect(inspected.map(({ HostConfig }) => HostConfig.DeviceRequests)).toMatchObject([
      [{ Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=0', 'nvidia.com/gpu=1'] }],
      [{ Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=2', 'nvidia.com/gpu=3'] }],
    ]);
  });

  it("are AMD's device files, with the groups that may open them", async () => {
    const containers = await create(four('amd'), { access: 'devices', groups: ['44', '109'] });
    const inspected = await Promise.all(containers.map((one) => one.inspect()));
    expect(
      inspected.map(({ HostConfig }) =>
        (HostConfig.Devices as { PathOnHost: string }[]).map((device) => device.PathOnHost),
      ),
    ).toEqual([
      ['/dev/kfd', '/dev/dri/renderD128', '/dev/dri/renderD129'],
      ['/dev/kfd', '/dev/dri/renderD130', '/dev/dri/renderD131'],
    ]);
    expect(inspected[0]?.HostConfig.GroupAdd).toEqual(['44', '109']);
  });

  it('are simulated for nodes that the real ones do not suffice for: those are asked for nothing', async () => {
    rmSync(said, { force: true });
    const [first, second] = await create([gpu('nvidia', 0), gpu('nvidia', 1)], {
      access: 'runtime',
      groups: [],
    });
    expect((await first?.inspect())?.HostConfig.DeviceRequests).toMatchObject([{ DeviceIDs: ['0', '1'] }]);
    const { HostConfig, Config } = (await second?.inspect()) ?? {};
    expect(HostConfig?.DeviceRequests).toBeNull();
    expect(Config?.Env).toContain('NVIDIA_VISIBLE_DEVICES=void');
    await expect(second?.start()).rejects.toThrow(/bin/);
    expect(existsSync(said)).toBe(false);
  });
});
