/** CPU and memory of each process node, from its processes: Ray reports the whole machine's for every such node. */
import { readFileSync } from 'node:fs';
import type { BackendNode, ClusterPlan, NodePlan } from './backend';
import type { NodeProcess } from './nodeProcesses';

/** Remembers the last reading, since a share of CPU is a difference. One per cluster. */
export class NodeSampler {
  private last: { atMs: number; cpuMs: Map<string, number> } | null = null;

  /** One entry per node of the plan, in its order. CPU is null the first time. */
  sample(plan: ClusterPlan, processes: readonly NodeProcess[]): BackendNode[] {
    const last = this.last;
    const now = {
      atMs: performance.now(),
      cpuMs: new Map(processes.map((one) => [key(one), one.cpuMs])),
    };
    this.last = now;
    return plan.nodes.map((node) => {
      const own = processes.filter((one) => one.node === node.index);
      const usedMs = own.reduce((sum, one) => sum + one.cpuMs - (last?.cpuMs.get(key(one)) ?? 0), 0);
      const spanMs = last ? now.atMs - last.atMs : 0;
      return {
        index: node.index,
        alive: isAlive(node, own),
        address: null,
        condition: own.some((one) => one.name === 'raylet' && one.isStopped) ? 'paused' : null,
        sample: {
          cpuPct: spanMs > 0 ? Math.min(100, Math.max(0, (usedMs / spanMs / node.cpus) * 100)) : null,
          memoryUsedBytes: own.reduce((sum, one) => sum + privateBytes(one.pid), 0),
          memoryTotalBytes: node.memoryBytes + node.objectStoreBytes,
        },
      };
    });
  }
}

function isAlive(node: NodePlan, own: readonly NodeProcess[]): boolean {
  const names = new Set(own.map((one) => one.name));
  return names.has('raylet') && (!node.isHead || names.has('gcs_server'));
}

/** Memory that a process shares with nobody; the object store, mapped by all of them, is counted by Ray itself. */
function privateBytes(pid: number): number {
  if (process.platform !== 'linux') return 0;
  try {
    const match = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return match ? Number(match[1]) * 1024 : 0;
  } catch {
    return 0;
  }
}

function key(one: NodeProcess): string {
  return `${one.pid}/${one.started}`;
}
