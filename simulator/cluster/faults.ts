/** Doing something to a node of a cluster on purpose: checks that it makes sense, does it, and tells what happened. */
import type { Log } from '../base/context';
import { DRAIN_DEADLINE_MS, FAULT_WORDS, type ClusterMark, type FaultKind } from '../model/fault';
import { fail, toFailure } from '../model/failure';
import { obstacle } from '../model/faultRules';
import type { FaultTarget } from './backend';
import { isUp, type Entry } from './entry';

export interface FaultsOptions {
  log: Log;
  /** Called with what happened, when it happened. */
  tell(entry: Entry, mark: ClusterMark): void;
}

export class Faults {
  /** Ends of drained nodes, by `<cluster>/<node>`. */
  private readonly ends = new Map<string, NodeJS.Timeout>();

  constructor(private readonly options: FaultsOptions) {}

  /** Returns what was done, in words. Fails as `fault-impossible`. */
  async inject(
    entry: Entry,
    index: number,
    kind: FaultKind,
    deadlineMs: number = DRAIN_DEADLINE_MS,
  ): Promise<string> {
    const target = this.targetOf(entry, index, kind);
    const { name } = target.node;
    const words =
      kind === 'drain'
        ? `${name} is being drained: Ray places nothing new there, and it ends in ${Math.round(deadlineMs / 1000)} s.`
        : `${name} ${FAULT_WORDS[kind]}.`;
    const mark: ClusterMark = { timeMs: Date.now(), node: index, kind, words };
    // A node that fills up works on it for seconds.
    if (kind === 'oom') this.options.tell(entry, mark);
    const before = entry.faults.get(index);
    entry.faults.set(index, kind);
    try {
      if (kind === 'drain') await this.drain(entry, target, deadlineMs);
      else await entry.backend.fault(target, kind);
    } catch (thrown) {
      if (before === undefined) entry.faults.delete(index);
      else entry.faults.set(index, before);
      throw thrown;
    }
    if (kind === 'resume' || kind === 'heal' || kind === 'oom') entry.faults.delete(index);
    if (kind !== 'oom') this.options.tell(entry, mark);
    return words;
  }

  /** Nothing more happens to a cluster that is stopped. */
  forget(id: string): void {
    for (const [key, timer] of this.ends) {
      if (!key.startsWith(`${id}/`)) continue;
      clearTimeout(timer);
      this.ends.delete(key);
    }
  }

  private async drain(entry: Entry, target: FaultTarget, deadlineMs: number): Promise<void> {
    const refusal = await entry.backend.drain(target, { reason: 'preempted', deadlineMs });
    if (refusal !== null)
      fail({ code: 'fault-impossible', node: target.node.name, kind: 'drain', reason: refusal });
    const key = `${entry.plan.id}/${target.node.index}`;
    clearTimeout(this.ends.get(key));
    const end = () => {
      this.ends.delete(key);
      entry.backend.fault(target, 'kill').catch((thrown: unknown) => {
        // Ray's own end of a node that became idle was sooner.
        this.options.log.info(`The end of ${key}: ${JSON.stringify(toFailure(thrown))}`);
      });
    };
    const timer = setTimeout(end, deadlineMs);
    timer.unref();
    this.ends.set(key, timer);
  }

  private targetOf(entry: Entry, index: number, kind: FaultKind): FaultTarget {
    const { plan, files, backend } = entry;
    const node = plan.nodes.find((one) => one.index === index);
    const info = entry.nodes.find((one) => one.index === index);
    if (!node || !info) {
      const known = plan.nodes.map((one) => `${one.index} (${one.name})`).join(', ');
      return fail({
        code: 'fault-impossible',
        node: `node ${index}`,
        kind,
        reason: `This cluster has no such node; it has ${known}.`,
      });
    }
    const reason = isUp(entry) ? obstacle(info, kind, backend.faults) : 'The cluster is not up.';
    if (reason !== null) fail({ code: 'fault-impossible', node: node.name, kind, reason });
    return { plan, files, node, rayNodeId: info.rayNodeId };
  }
}
