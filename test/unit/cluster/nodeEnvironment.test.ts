import { describe, expect, it } from 'vitest';
import type { ClusterPlan } from '../../../simulator/cluster/backend';
import { clusterFiles } from '../../../simulator/cluster/clusterFiles';
import { nodeEnvironment } from '../../../simulator/cluster/nodeEnvironment';
import { planNodes } from '../../../simulator/cluster/nodePlan';
import type { NodeGroup } from '../../../simulator/model/cluster';

const files = clusterFiles('/tmp/hs1', 'abcdef');
const ports = { gcs: 1, dashboard: 2, dashboardMetrics: 3, autoscalerMetrics: 4 };

function environments(
  base: NodeJS.ProcessEnv,
  groups: NodeGroup[] = [],
  gpus: string[] = [],
  recording = true,
  eventUrl: string | null = null,
) {
  const plan: ClusterPlan = {
    id: 'abcdef',
    name: 'x',
    spec: { backend: 'process', groups, python: '/venv/bin/python', mounts: [], recording },
    nodes: planNodes(groups, { cpus: 4, memoryBytes: 16e9, shmBytes: 8e9, gpuIds: gpus }),
    createdMs: 0,
    idleMinutes: 0,
    origin: null,
  };
  return plan.nodes.map((node) =>
    nodeEnvironment(base, { plan, files, ports, eventUrl, hasRealGpus: gpus.length > 0 }, node, 2),
  );
}

describe('nodeEnvironment', () => {
  it('marks the processes and says where token and spool lie', () => {
    expect(environments({ PATH: '/bin', PYTHONPATH: '/mine' })[0]).toMatchObject({
      HELIOSTAT_CLUSTER: 'abcdef',
      HELIOSTAT_DIR: '/tmp/hs1/abcdef',
      HELIOSTAT_NODE: '0',
      HELIOSTAT_SPOOL: files.spool,
      RAY_preload_python_modules: 'heliostat_worker',
      PATH: '/venv/bin:/bin',
      PYTHONPATH: `${files.probe}:/mine`,
      RAY_AUTH_MODE: 'token',
      RAY_AUTH_TOKEN_PATH: files.tokenFile,
      DASHBOARD_METRIC_PORT: '3',
      AUTOSCALER_METRIC_PORT: '4',
    });
  });

  it('leaves the probe out where nothing is to be recorded', () => {
    const [env] = environments({}, [], [], false);
    expect(env).not.toHaveProperty('HELIOSTAT_SPOOL');
    expect(env).not.toHaveProperty('RAY_preload_python_modules');
  });

  it('has Ray post few types of events, and none without an address', () => {
    const [env] = environments({}, [], [], true, 'http://127.0.0.1:9/secret');
    expect(env).toMatchObject({
      RAY_enable_ray_event: '1',
      RAY_DASHBOARD_AGGREGATOR_AGENT_EVENTS_EXPORT_ADDR: 'http://127.0.0.1:9/secret',
    });
    expect(env!['RAY_DASHBOARD_AGGREGATOR_AGENT_EXPOSABLE_EVENT_TYPES']).not.toContain('TASK');
    expect(environments({})[0]).not.toHaveProperty('RAY_enable_ray_event');
  });

  it('keeps nothing of another cluster, of another engine or of the editor, and the rest', () => {
    const [env] = environments({
      RAY_ADDRESS: '10.0.0.1:6379',
      RAY_AUTH_TOKEN: 'secret',
      RAY_JOB_ID: '01000000',
      HELIOSTAT_CLUSTER: 'zzzzzz',
      HELIOSTAT_HOME: '/elsewhere',
      VSCODE_PID: '1',
      ELECTRON_RUN_AS_NODE: '1',
      RAY_memory_usage_threshold: '0.9',
      AWS_PROFILE: 'work',
    });
    expect(env).toMatchObject({
      HELIOSTAT_CLUSTER: 'abcdef',
      RAY_memory_usage_threshold: '0.9',
      AWS_PROFILE: 'work',
    });
    for (const key of ['RAY_ADDRESS', 'RAY_AUTH_TOKEN', 'RAY_JOB_ID', 'HELIOSTAT_HOME', 'VSCODE_PID'])
      expect(env).not.toHaveProperty(key);
  });

  it('has no entry that is empty by accident', () => {
    expect(environments({})[0]).toMatchObject({ PATH: '/venv/bin', PYTHONPATH: files.probe });
  });

  it('hands real GPUs out in order and hides them where they are simulated', () => {
    const groups = [{ count: 1, gpus: 1 }, { count: 1, gpus: 3 }, { count: 1, gpus: 2 }, { count: 1 }];
    const visible = environments({ CUDA_VISIBLE_DEVICES: '4,5,6' }, groups, ['4', '5', '6']).map(
      (env) => env['CUDA_VISIBLE_DEVICES'],
    );
    // No GPU has these names, and Ray counts them.
    expect(visible).toEqual(['4', '1000,1001,1002', '5,6', '']);
  });

  it('hides no GPUs where there are none', () => {
    const [env] = environments({}, [{ count: 1, gpus: 2 }]);
    expect(env!['CUDA_VISIBLE_DEVICES']).toBeUndefined();
    expect(env!['HIP_VISIBLE_DEVICES']).toBeUndefined();
  });

  it("names AMD's GPUs as their libraries do", () => {
    const [one, two] = environments({}, [{ count: 2, gpus: 1 }], ['amd:0', 'amd:1']);
    expect([one?.['HIP_VISIBLE_DEVICES'], two?.['HIP_VISIBLE_DEVICES']]).toEqual(['0', '1']);
    expect(one).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
  });
});
