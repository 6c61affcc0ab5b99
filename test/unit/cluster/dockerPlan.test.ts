import { describe, expect, it } from 'vitest';
import { clusterFiles } from '../../../simulator/cluster/clusterFiles';
import {
  containerOptions,
  dockerRunCommand,
  memoryLimitBytes,
  type ContainerPlace,
} from '../../../simulator/cluster/dockerPlan';
import type { NodeGroup } from '../../../simulator/model/cluster';
import { dockerPlanOf } from '../../dockerPlan';

const GIB = 1024 ** 3;
const files = clusterFiles('/tmp/hs1', 'abcdef');
const place: ContainerPlace = {
  owner: '/tmp/hs1',
  host: 'h',
  version: '1.2.3',
  user: { user: '1001:1001', groups: ['100'], env: { HOME: '/h' }, home: '/h' },
  engine: { cpus: 4, userNamespaces: false, selinux: false },
  image: 'ray:test',
  gpus: { access: 'runtime', gpus: [], groups: [] },
  eventUrl: null,
  imageEnv: ['PATH=/bin'],
};

function containers(groups: NodeGroup[], change: Partial<ContainerPlace> = {}, gpus = 0) {
  const gpuIds = Array.from({ length: gpus }, (_, id) => String(id));
  const plan = dockerPlanOf(groups, gpuIds, { mounts: ['/home/me/my code'] });
  return plan.nodes.map((node) => ({
    node,
    options: containerOptions(plan, node, files, { ...place, ...change }),
  }));
}

describe('containerOptions', () => {
  const group = { count: 2, cpus: 2, memoryBytes: 2 * GIB };

  it('limits a node to its plan, and leaves room for Ray itself beside what tasks and objects get', () => {
    for (const { node, options } of containers([group])) {
      expect(options.HostConfig?.NanoCpus).toBe(2e9);
      expect(options.HostConfig?.Memory).toBe(memoryLimitBytes(node));
      expect(options.HostConfig?.MemorySwap).toBe(options.HostConfig?.Memory);
      expect(memoryLimitBytes(node)).toBeGreaterThan(2 * GIB);
      expect(options.HostConfig?.ShmSize).toBeGreaterThanOrEqual(node.objectStoreBytes);
      expect(options.Cmd).toContain(`--num-cpus=${node.cpus}`);
      expect(options.Cmd).toContain(`--memory=${node.memoryBytes}`);
      expect(options.Cmd).toContain(`--object-store-memory=${node.objectStoreBytes}`);
    }
  });

  it('never asks the engine for more CPUs than it has', () => {
    const [head] = containers([{ count: 1, cpus: 64 }]);
    expect(head?.options.HostConfig?.NanoCpus).toBe(4e9);
    expect(head?.options.Cmd).toContain('--num-cpus=64');
  });

  it("publishes the head's dashboard on loopback, and nothing of other nodes", () => {
    const [head, worker] = containers([group]);
    expect(head?.options.HostConfig?.PortBindings).toEqual({
      '8265/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }],
    });
    expect(worker?.options.HostConfig?.PortBindings).toBeUndefined();
    expect(worker?.options.ExposedPorts).toBeUndefined();
  });

  it('shows containers the shared directory and the named folders, each at its own path', () => {
    const mounts = containers([group])[0]?.options.HostConfig?.Mounts ?? [];
    expect(mounts.map((mount) => [mount.Source, mount.Target])).toEqual([
      [files.shared, files.shared],
      ['/home/me/my code', '/home/me/my code'],
    ]);
  });

  it('labels containers with their cluster, node, owner and version', () => {
    expect(containers([group])[1]?.options.Labels).toEqual({
      'heliostat.cluster': 'abcdef',
      'heliostat.host': 'h',
      'heliostat.node': '1',
      'heliostat.owner': '/tmp/hs1',
      'heliostat.version': '1.2.3',
    });
  });

  it('joins the other nodes to the head by its name, and loads the probe', () => {
    const [head, worker] = containers([group]);
    expect(head?.options.name).toBe('heliostat-abcdef-head');
    expect(head?.options.Env).toContain('RAY_preload_python_modules=heliostat_worker');
    expect(head?.options.Env).toContain(`HELIOSTAT_SPOOL=${files.spool}`);
    expect(worker?.options.name).toBe('heliostat-abcdef-node-1');
    expect(worker?.options.Cmd).toContain('--address=heliostat-abcdef-head:6379');
  });

  it("keeps the image's own PYTHONPATH behind the probe", () => {
    expect(containers([group])[0]?.options.Env).toContain(`PYTHONPATH=${files.probe}`);
    const [head] = containers([group], { imageEnv: ['PYTHONPATH=/app'] });
    expect(head?.options.Env).toContain(`PYTHONPATH=${files.probe}:/app`);
  });

  it('gives each node real GPUs of its own, and simulated ones none', () => {
    const ids = (gpus: number) =>
      containers([{ count: 2, gpus: 2 }], {}, gpus).map(
        ({ options }) => options.HostConfig?.DeviceRequests?.[0]?.DeviceIDs,
      );
    expect(ids(4)).toEqual([
      ['0', '1'],
      ['2', '3'],
    ]);
    expect(ids(0)).toEqual([undefined, undefined]);
    const [none] = containers([group]);
    expect(none?.options.Env).toContain('NVIDIA_VISIBLE_DEVICES=void');
  });

  it('runs under user namespaces and SELinux without changing the owner or label of any folder', () => {
    const [head] = containers([group], { engine: { cpus: 4, userNamespaces: true, selinux: true } });
    expect(head?.options.HostConfig).toMatchObject({ UsernsMode: 'host', SecurityOpt: ['label=disable'] });
  });
});

describe('dockerRunCommand', () => {
  it('says all of it in a form to paste, quoted where a shell needs it', () => {
    const [head] = containers([{ count: 1, cpus: 2, resources: { ingest: 4 } }]);
    const command = dockerRunCommand(head?.options ?? {});
    expect(command).toMatch(/^docker run --name=heliostat-abcdef-head --init --network=heliostat-abcdef /);
    expect(command).toContain(' --cpus=2 ');
    expect(command).toContain(' --publish=127.0.0.1::8265 ');
    expect(command).toContain(` '--volume=/home/me/my code:/home/me/my code' `);
    expect(command).toContain(` '--resources={"ingest":4}' `);
    expect(command).toContain(' ray:test ray start --head ');
  });

  it('leaves out where events are posted, which holds a secret', () => {
    const [head] = containers([{ count: 1 }], { eventUrl: 'http://172.18.0.1:9/secret' });
    expect(head?.options.Env).toContain(
      'RAY_DASHBOARD_AGGREGATOR_AGENT_EVENTS_EXPORT_ADDR=http://172.18.0.1:9/secret',
    );
    expect(dockerRunCommand(head?.options ?? {})).not.toContain('secret');
  });
});
