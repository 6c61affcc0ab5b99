import { describe, expect, it } from 'vitest';
import type { NodePlan } from '../../../simulator/cluster/backend';
import { rayStartArgs } from '../../../simulator/cluster/rayStart';

const node: NodePlan = {
  index: 1,
  name: 'node 1',
  isHead: false,
  group: 'group1',
  gpuIds: [],
  cpus: 2,
  gpus: 1,
  gpusSimulated: true,
  memoryBytes: 700,
  objectStoreBytes: 300,
  resources: { ingest: 4, 'a"b': 0.5 },
  labels: { zone: 'a', 'heliostat-node': '1' },
};

describe('rayStartArgs', () => {
  it('starts a head whose dashboard must come up', () => {
    const args = rayStartArgs(node, {
      role: { kind: 'head', port: 6379, dashboardHost: '127.0.0.1', dashboardPort: 8265 },
      nodeIp: '127.0.0.2',
      tempDir: '/tmp/x',
      block: false,
      logMonitor: true,
    });
    expect(args).toEqual([
      'start',
      '--head',
      '--port=6379',
      '--include-dashboard=true',
      '--dashboard-host=127.0.0.1',
      '--dashboard-port=8265',
      '--node-ip-address=127.0.0.2',
      '--temp-dir=/tmp/x',
      '--num-cpus=2',
      '--num-gpus=1',
      '--memory=700',
      '--object-store-memory=300',
      '--resources={"ingest":4,"a\\"b":0.5}',
      '--labels=zone=a,heliostat-node=1',
      '--dashboard-agent-listen-port=0',
      '--min-worker-port=0',
      '--max-worker-port=0',
    ]);
  });

  it('gives a worker nothing that Ray takes from heads only', () => {
    const args = rayStartArgs(node, {
      role: { kind: 'worker', address: 'head:6379' },
      block: true,
      logMonitor: false,
    });
    expect(args.slice(0, 2)).toEqual(['start', '--address=head:6379']);
    expect(args.slice(-2)).toEqual(['--include-log-monitor=false', '--block']);
    expect(args.join(' ')).not.toMatch(
      /--head|--port=|--dashboard-(host|port)|--include-dashboard|--tracing/,
    );
  });

  it('names no hook when nothing is recorded', () => {
    const role = { kind: 'head', port: 1, dashboardHost: 'h', dashboardPort: 2 } as const;
    expect(rayStartArgs(node, { role, block: true, logMonitor: true }).join(' ')).not.toContain('tracing');
  });
});
