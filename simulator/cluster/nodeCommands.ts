/** The `ray start` commands of a cluster's nodes, when these are processes of this machine. */
import path from 'node:path';
import type { ClusterFiles, ClusterPlan, NodePlan } from './backend';
import { knownEventUrl } from '../ray/eventReceiver';
import { findGpus } from './gpus';
import { nodeEnvironment } from './nodeEnvironment';
import type { NodePorts } from './processPorts';
import type { RayCommand } from './rayCommand';
import { rayStartArgs, type HeadRole, type WorkerRole } from './rayStart';

export class NodeCommands {
  constructor(
    private readonly plan: ClusterPlan,
    private readonly files: ClusterFiles,
    readonly ports: NodePorts,
  ) {}

  /** `attempt` must be another each time: names of sockets hold it, and a killed node leaves its sockets behind. */
  head(attempt: number): RayCommand {
    return this.command(this.plan.nodes[0]!, attempt, {
      kind: 'head',
      port: this.ports.gcs,
      dashboardHost: '127.0.0.1',
      dashboardPort: this.ports.dashboard,
    });
  }

  worker(node: NodePlan, attempt: number): RayCommand {
    return this.command(node, attempt, {
      kind: 'worker',
      address: `${addressOf(0) ?? '127.0.0.1'}:${this.ports.gcs}`,
    });
  }

  private command(node: NodePlan, attempt: number, role: HeadRole | WorkerRole): RayCommand {
    const { plan, files, ports } = this;
    const nodeIp = addressOf(node.index);
    return {
      python: plan.spec.python ?? 'python3',
      args: rayStartArgs(node, {
        role,
        ...(nodeIp ? { nodeIp } : {}),
        tempDir: files.ray,
        block: false,
        // All nodes write into one log directory.
        logMonitor: node.isHead,
      }),
      env: nodeEnvironment(
        process.env,
        {
          plan,
          files,
          ports,
          eventUrl: knownEventUrl(files.dir),
          // All of them, also those that the user's own variable hides.
          hasRealGpus: node.gpusSimulated && findGpus({}).length > 0,
        },
        node,
        attempt,
      ),
      cwd: files.ray,
      logFile: path.join(files.logs, `${node.name.replace(' ', '-')}.log`),
    };
  }
}

/**
 * Every node has an address of its own: Ray finds logs and resources of nodes by address, and mixes up nodes that
 * share one. On Linux all of 127.0.0.0/8 is loopback; elsewhere only 127.0.0.1 is there, and Ray chooses.
 */
export function addressOf(index: number): string | null {
  return process.platform === 'linux' ? `127.0.0.${index + 2}` : null;
}
