/** Clusters and runs as the engine would send them, to be changed by each test. */
import type { ClusterInfo, NodeInfo } from '../../../simulator/model/cluster';
import type { RunInfo } from '../../../simulator/model/run';

export const NOW_MS = 1_800_000_000_000;

export function aRun(patch: Partial<RunInfo> = {}): RunInfo {
  return {
    id: 'r20270115-a1b2c3',
    script: '/home/me/work/pipeline.py',
    workingDir: '/home/me/work',
    args: [],
    clusterId: 'c1',
    clusterName: 'pipeline.py',
    backend: 'process',
    state: { kind: 'running' },
    submissionId: null,
    jobId: null,
    createdMs: NOW_MS - 60_000,
    startMs: NOW_MS - 50_000,
    endMs: null,
    exitCode: null,
    notices: [],
    problems: [],
    taskCounts: { total: 0, waiting: 0, running: 0, finished: 0, failed: 0 },
    ...patch,
  };
}

export function aNode(patch: Partial<NodeInfo> = {}): NodeInfo {
  return {
    index: 0,
    name: 'head',
    isHead: true,
    group: 'group1',
    state: 'alive',
    condition: null,
    rayNodeId: 'ab12',
    address: '127.0.0.1',
    cpus: 4,
    gpus: 0,
    gpusSimulated: false,
    memoryBytes: 2 * 1024 ** 3,
    resources: {},
    labels: {},
    sample: null,
    ...patch,
  };
}

export function aCluster(patch: Partial<ClusterInfo> = {}): ClusterInfo {
  return {
    id: 'c1',
    name: 'pipeline.py',
    backend: 'process',
    state: { kind: 'ready' },
    spec: null,
    createdMs: NOW_MS - 120_000,
    dashboardUrl: 'http://127.0.0.1:8265',
    rayVersion: '2.60.0',
    pythonVersion: '3.12.1',
    nodes: [aNode(), aNode({ index: 1, name: 'node 1', isHead: false })],
    faults: [],
    activeRuns: [],
    idleStopAtMs: null,
    ...patch,
  };
}
