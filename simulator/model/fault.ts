/** What can be done to a node on purpose, and the marks that this and other events of a cluster leave in a run. */

export const FAULT_KINDS = ['kill', 'pause', 'resume', 'drain', 'partition', 'heal', 'oom'] as const;

/**
 * `kill`: everything on the node ends at once. `pause`: it is frozen, so Ray's health check must find it; `resume`
 * thaws it. `drain`: Ray's own notice that the node will go (as a spot instance gets), and its end at the deadline.
 * `partition`: cut from the network; `heal` joins it again. `oom`: memory fills up to the node's limit.
 */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a node is going through. */
export type NodeCondition = 'paused' | 'draining' | 'partitioned';

/** A fault of the annotation, counted from the script's start. */
export interface ScheduledFault {
  atMs: number;
  /** Index of the node. */
  node: number;
  kind: FaultKind;
  /** Of a drain: how long the node stays after the notice. */
  deadlineMs?: number;
}

/** How long a drained node stays unless it is said otherwise; cloud providers give between 30 s and 2 min. */
export const DRAIN_DEADLINE_MS = 30_000;

export type MarkKind =
  | FaultKind
  /** A node is gone, for whatever reason. */
  | 'lost'
  /** A worker's process died, and nobody had asked for it. */
  | 'worker-died'
  /** Nodes were added or removed. */
  | 'scale'
  /** Something waits that no node can ever serve. */
  | 'infeasible'
  /** A fault could not be done. */
  | 'refused';

/** A moment of a run that belongs to its cluster rather than to a task. */
export interface ClusterMark {
  /** Epoch. */
  timeMs: number;
  /** Index of the node that it is about; null for the cluster. */
  node: number | null;
  kind: MarkKind;
  /** A sentence for people. */
  words: string;
}

/** As a trace keeps it. */
export interface TraceMark extends ClusterMark {
  /** Tasks that ran on the node at that moment: what is lost with it, or waits with it. */
  runningTasks: number;
}

/** What a fault does, for menus and logs. */
export const FAULT_WORDS: Readonly<Record<FaultKind, string>> = {
  kill: 'was killed',
  pause: 'was paused',
  resume: 'goes on',
  drain: 'is being drained',
  partition: 'was cut from the network',
  heal: 'is back in the network',
  oom: 'is running out of memory',
};
