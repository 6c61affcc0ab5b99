/** What can be done to a node on purpose, as its menu offers it: a name, what comes of it, and what is asked before. */
import type { ClusterInfo, NodeInfo } from '../simulator/model/cluster';
import { FAULT_KINDS, type FaultKind } from '../simulator/model/fault';
import { obstacle } from '../simulator/model/faultRules';

interface FaultChoice {
  title: string;
  /** One line. */
  hint: string;
  /** Absent where it can be undone. */
  lost?: string;
}

export const FAULT_CHOICES: Readonly<Record<FaultKind, FaultChoice>> = {
  kill: {
    title: 'Kill',
    hint: 'Everything on it ends at once',
    lost: 'What runs there and the objects that it holds are lost at once. Ray begins elsewhere what it may begin again.',
  },
  pause: { title: 'Pause', hint: 'Frozen until it is resumed; Ray gives up a node that stays silent' },
  resume: { title: 'Resume', hint: 'It goes on' },
  drain: {
    title: 'Drain',
    hint: 'Ray’s notice that it will go, as a spot instance gets',
    lost: 'Ray places nothing new there. What still runs there at the end is lost.',
  },
  partition: {
    title: 'Cut from network',
    hint: 'Until it is joined again; Ray gives up a node that stays silent',
  },
  heal: { title: 'Join to network', hint: 'It can be reached again' },
  oom: {
    title: 'Fill memory',
    hint: 'Until Ray or the kernel ends a worker there',
    lost: 'Ray or the kernel ends a worker there, and the task in it with it.',
  },
};

const HEAD_LOST =
  'The state of the cluster lives on its head alone: everything that runs on the cluster ends, this run too.';

/** What makes sense for it as it is. */
export function faultsFor(cluster: ClusterInfo, node: NodeInfo): FaultKind[] {
  const isUp = cluster.state.kind === 'ready' || cluster.state.kind === 'degraded';
  if (!isUp) return [];
  return FAULT_KINDS.filter(
    (kind) => cluster.faults.includes(kind) && obstacle(node, kind, cluster.faults) === null,
  );
}

/** What a person should know before it is done; null where nothing is lost by it that could not be had back. */
export function whatIsLost(node: NodeInfo, kind: FaultKind): string | null {
  if (node.isHead && kind === 'kill') return HEAD_LOST;
  return FAULT_CHOICES[kind].lost ?? null;
}
