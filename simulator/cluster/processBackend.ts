/** Clusters as processes of this machine: several raylets side by side, the embedded default. */
import path from 'node:path';
import type { Context } from '../base/context';
import { followFile } from '../base/followFile';
import { fail } from '../model/failure';
import type { BackendInfo } from '../model/cluster';
import type { Endpoint } from '../ray/endpoint';
import type { FaultKind } from '../model/fault';
import type {
  BackendNode,
  ClusterBackend,
  ClusterFiles,
  ClusterPlan,
  Drain,
  FaultTarget,
  NodePlan,
} from './backend';
import { clusterFiles, isClusterId, readToken, removeClusterFiles } from './clusterFiles';
import { readMachine } from './machine';
import { clustersWithProcesses, endProcesses, ProcessWatch } from './nodeProcesses';
import { NodeSampler } from './nodeSampler';
import { drainProcesses, faultProcesses, PROCESS_FAULTS } from './processFaults';
import { addProcessNode } from './processAdd';
import { readPorts } from './processPorts';
import { ProcessStart } from './processStart';

/** Scripts of jobs may take so long to end in order; Ray gives them as long when it stops a job. */
const JOB_GRACE_MS = 3000;
const SAMPLE_EVERY_MS = 300;

interface Reading {
  watch: ProcessWatch;
  sampler: NodeSampler;
  atMs: number;
  nodes: Promise<BackendNode[]>;
}

export class ProcessBackend implements ClusterBackend {
  readonly kind = 'process';
  readonly faults = PROCESS_FAULTS;
  private readonly readings = new Map<string, Reading>();

  /** `clusters` is the directory of all clusters of this home; only what was started from there counts as ours. */
  constructor(private readonly clusters: string) {}

  async info(): Promise<BackendInfo> {
    const machine = readMachine();
    const available = process.platform === 'linux' || process.platform === 'darwin';
    return {
      kind: this.kind,
      available,
      reason: available
        ? null
        : 'Ray runs several nodes on one machine only on Linux and macOS. Use Docker, or open the folder in WSL.',
      facts: {
        cpus: String(machine.cpus),
        memoryBytes: String(machine.memoryBytes),
        gpus: String(machine.gpuIds.length),
      },
    };
  }

  async start(ctx: Context, plan: ClusterPlan, files: ClusterFiles): Promise<void> {
    if (!plan.spec.python) fail({ code: 'python-not-found', tried: [] });
    await new ProcessStart(ctx, this.clusters, plan, files).run();
  }

  pythonCommand(plan: ClusterPlan): string {
    return plan.spec.python ?? 'python3';
  }

  async endpoint(_plan: ClusterPlan, files: ClusterFiles): Promise<Endpoint | null> {
    const ports = readPorts(files);
    return ports && { address: `http://127.0.0.1:${ports.dashboard}`, token: readToken(files) };
  }

  /** Looks at most every 300 ms; who asks in between gets the last answer. */
  nodes(plan: ClusterPlan): Promise<BackendNode[]> {
    const last = this.readings.get(plan.id);
    if (last && performance.now() - last.atMs < SAMPLE_EVERY_MS) return last.nodes;
    const sampler = last?.sampler ?? new NodeSampler();
    const watch = last?.watch ?? new ProcessWatch(this.clusters, plan.id);
    const nodes = watch.look().then((found) => sampler.sample(plan, found));
    this.readings.set(plan.id, { sampler, watch, atMs: performance.now(), nodes });
    return nodes;
  }

  tailHeadLog(
    files: ClusterFiles,
    _plan: ClusterPlan,
    name: string,
    fromByte: number,
    signal: AbortSignal,
  ): AsyncIterable<Buffer> {
    const logs = path.join(files.ray, 'session_latest', 'logs');
    return followFile(path.join(logs, path.basename(name)), fromByte, signal);
  }

  addNode(ctx: Context, plan: ClusterPlan, files: ClusterFiles, node: NodePlan): Promise<void> {
    return addProcessNode(ctx, { clusters: this.clusters, plan, files }, node);
  }

  removeNode(plan: ClusterPlan, node: NodePlan): Promise<void> {
    return endProcesses(this.clusters, plan.id, { graceMs: 0, node: node.index });
  }

  fault(target: FaultTarget, kind: Exclude<FaultKind, 'drain'>): Promise<void> {
    return faultProcesses(this.clusters, target, kind);
  }

  drain(target: FaultTarget, drain: Drain): Promise<string | null> {
    return drainProcesses(target, drain);
  }

  async remove(_ctx: Omit<Context, 'signal'>, id: string): Promise<void> {
    if (!isClusterId(id)) return;
    this.readings.delete(id);
    await endProcesses(this.clusters, id, { graceMs: JOB_GRACE_MS });
    await removeClusterFiles(clusterFiles(this.clusters, id));
  }

  found(): Promise<string[]> {
    return clustersWithProcesses(this.clusters);
  }
}
