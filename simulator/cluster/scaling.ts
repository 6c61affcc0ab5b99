/** Adds nodes to clusters that are up and takes them away: by hand, and by itself where groups are elastic. */
import type { Context, Log } from '../base/context';
import { sleep } from '../base/context';
import type { ClusterMark } from '../model/fault';
import { fail, toFailure } from '../model/failure';
import { failureMessage } from '../model/failureWords';
import { readDemand, type ClusterDemand } from '../ray/demand';
import { decide, lostNodes, shapeText } from './autoscale';
import type { NodePlan } from './backend';
import { writePlan } from './clusterFiles';
import { isUp, newNode, type Entry } from './entry';
import { nodeLike, planGroups } from './groupPlan';
import { machineFor } from './planCluster';

/** What runs on a node that is taken away by hand may take so long to end. */
const GRACE_MS = 5000;
/** After a node came, Ray's report of what waits may still be from before. */
const SETTLE_MS = 3000;
/** Ray may take so long to know a node that runs. */
const SEEN_MS = 60_000;
/** After a start that failed. */
const RETRY_MS = 30_000;

export interface ScalingOptions {
  log: Log;
  tell(entry: Entry, mark: ClusterMark): void;
  /** Reads the cluster's nodes anew. */
  read(entry: Entry): Promise<void>;
}

interface Progress {
  /** One thing at a time for each cluster. */
  last: Promise<unknown>;
  isBusy: boolean;
  /** By `Date.now()`; demand that was written before counts for nothing. */
  quietUntilMs: number;
  told: Set<string>;
  /** Since when nothing of a node has been handed out, by Ray's id. Ray's own `idleDurationMs` stays 0 here. */
  idleSinceMs: Map<string, number>;
}

export class Scaling {
  private readonly progress = new WeakMap<Entry, Progress>();

  constructor(private readonly options: ScalingOptions) {}

  /** Brings a group to so many living nodes and returns what was done, in words. Fails as `bad-request`. */
  async scale(entry: Entry, groupName: string, count: number): Promise<string> {
    if (!isUp(entry)) fail({ code: 'bad-request', detail: 'The cluster is not up.' });
    const { groups } = planGroups(entry.plan.spec.groups, machineFor(entry.plan.spec));
    const names = groups.map(({ name }) => name);
    if (!names.includes(groupName))
      fail({
        code: 'bad-request',
        detail: `There is no group "${groupName}". It has ${names.join(', ')}.`,
      });
    if (groupName === names[0] && count < 1)
      fail({ code: 'bad-request', detail: `${groupName} has the head: at least 1 node stays.` });
    return this.inTurn(entry, async () => {
      await this.clearDead(entry, [groupName]);
      const members = entry.plan.nodes.filter((node) => node.group === groupName);
      const difference = count - members.length;
      if (difference === 0) return `${groupName} has ${count} already.`;
      if (difference > 0) {
        await this.add(entry, groupName, difference, `${groupName}: adding ${difference} by hand.`);
      } else {
        const leaving = this.spare(entry, members).slice(0, -difference);
        for (const node of leaving) await this.removeByHand(entry, node);
      }
      return `${groupName} has ${entry.plan.nodes.filter((node) => node.group === groupName).length} now.`;
    });
  }

  /** Looks at what waits and at who is idle, and begins what that asks for. Called about every second. */
  async look(entry: Entry): Promise<void> {
    const progress = this.progressOf(entry);
    const isElastic = entry.plan.spec.groups.some((group) => group.max !== undefined);
    if (progress.isBusy || !entry.endpoint || (!isElastic && entry.holds.size === 0)) return;
    if (Date.now() < progress.quietUntilMs) return;
    const demand = await readDemand(entry.endpoint).catch(() => null);
    if (!demand || demand.timeMs < progress.quietUntilMs - SETTLE_MS / 2 || progress.isBusy) return;
    noteIdle(progress.idleSinceMs, demand);
    await this.act(entry, progress, demand).catch((thrown: unknown) => {
      progress.quietUntilMs = Date.now() + RETRY_MS;
      this.tell(entry, 'refused', null, failureMessage(toFailure(thrown)));
    });
  }

  private async act(entry: Entry, progress: Progress, demand: ClusterDemand): Promise<void> {
    const { plan } = entry;
    const { groups, templates } = planGroups(plan.spec.groups, machineFor(plan.spec));
    const elastic = groups.flatMap(({ name, max }) => (max === undefined ? [] : [name]));
    if (lostNodes(plan, entry.nodes, elastic).length > 0)
      await this.inTurn(entry, () => this.clearDead(entry, elastic));
    const { rayNodes } = entry;
    const decision = decide({ plan, groups, templates, rayNodes, demand, idleMs: this.idleMs(entry) });
    for (const { shape, words } of decision.impossible) {
      const key = shapeText(shape);
      if (progress.told.has(key)) continue;
      progress.told.add(key);
      this.tell(entry, 'infeasible', null, words);
    }
    for (const { group, count, words } of decision.add)
      await this.inTurn(entry, () => this.add(entry, group, count, words));
    for (const { index, words } of decision.remove)
      await this.inTurn(entry, () => this.removeIdle(entry, index, words));
  }

  private async add(entry: Entry, group: string, count: number, words: string): Promise<void> {
    const { plan, files, backend } = entry;
    const machine = machineFor(plan.spec);
    const { templates } = planGroups(plan.spec.groups, machine);
    const template = templates.find((one) => one.group === group)!;
    this.tell(entry, 'scale', null, words);
    const added: NodePlan[] = [];
    for (let one = 0; one < count; one++) {
      const index = plan.nextIndex ?? Math.max(...plan.nodes.map((node) => node.index)) + 1;
      const node = nodeLike(template, index, plan.nodes, machine);
      plan.nextIndex = index + 1;
      plan.nodes.push(node);
      entry.nodes = [...entry.nodes, newNode(node)];
      entry.adding.add(index);
      added.push(node);
    }
    // Before anything starts: an engine that dies meanwhile leaves no node that the next one does not know.
    writePlan(files, plan);
    const ctx: Context = { log: this.options.log, signal: entry.abort.signal, step: () => {} };
    const begun = added.map((node) =>
      backend.addNode(ctx, plan, files, node).catch((thrown: unknown) => {
        this.drop(entry, node);
        throw thrown;
      }),
    );
    const settled = await Promise.allSettled(begun);
    await this.untilSeen(entry, added);
    for (const node of added) entry.adding.delete(node.index);
    const refused = settled.find((one) => one.status === 'rejected');
    if (refused) throw refused.reason;
  }

  /** Ray knows a new node a moment after its processes run; until then it counts as starting. */
  private async untilSeen(entry: Entry, added: readonly NodePlan[]): Promise<void> {
    const isMissing = ({ index }: NodePlan) =>
      entry.nodes.some((node) => node.index === index && node.state === 'starting');
    const endMs = performance.now() + SEEN_MS;
    while (!entry.abort.signal.aborted) {
      await this.options.read(entry);
      if (!added.some(isMissing) || performance.now() > endMs) return;
      await sleep(200);
    }
  }

  /** Ray itself refuses to let go of a node on which something has begun meanwhile. */
  private async removeIdle(entry: Entry, index: number, words: string): Promise<void> {
    const { plan, files, backend } = entry;
    const node = plan.nodes.find((one) => one.index === index);
    if (!node) return;
    const rayNodeId = entry.nodes.find((one) => one.index === index)?.rayNodeId ?? null;
    // Ray may end it before the answer is here.
    entry.leaving.add(index);
    const drain = { reason: 'idle', deadlineMs: null } as const;
    const refusal = await backend.drain({ plan, files, node, rayNodeId }, drain).catch((thrown: unknown) => {
      entry.leaving.delete(index);
      throw thrown;
    });
    if (refusal !== null) {
      entry.leaving.delete(index);
      return this.options.log.info(`${node.name} of ${plan.id} stays: ${refusal}`);
    }
    this.tell(entry, 'scale', index, words);
    await this.remove(entry, node);
  }

  private async removeByHand(entry: Entry, node: NodePlan): Promise<void> {
    const { plan, files, backend } = entry;
    const rayNodeId = entry.nodes.find((one) => one.index === node.index)?.rayNodeId ?? null;
    this.tell(entry, 'scale', node.index, `${node.name} is taken away by hand.`);
    entry.leaving.add(node.index);
    const drain = { reason: 'preempted', deadlineMs: GRACE_MS } as const;
    if (rayNodeId !== null) await backend.drain({ plan, files, node, rayNodeId }, drain).catch(() => null);
    const isAlive = () => entry.rayNodes.some((one) => one.rayNodeId === rayNodeId && one.alive);
    for (let waitedMs = 0; waitedMs < GRACE_MS && isAlive(); waitedMs += 200) await sleep(200);
    await this.remove(entry, node);
  }

  private async remove(entry: Entry, node: NodePlan): Promise<void> {
    this.drop(entry, node);
    await entry.backend.removeNode(entry.plan, node);
    await this.options.read(entry);
  }

  private drop(entry: Entry, node: NodePlan): void {
    const { plan } = entry;
    plan.nextIndex ??= Math.max(...plan.nodes.map((one) => one.index)) + 1;
    plan.nodes.splice(0, plan.nodes.length, ...plan.nodes.filter((one) => one.index !== node.index));
    entry.nodes = entry.nodes.filter((one) => one.index !== node.index);
    entry.faults.delete(node.index);
    entry.leaving.delete(node.index);
    writePlan(entry.files, plan);
  }

  /** What died is replaced rather than counted. */
  private async clearDead(entry: Entry, groups: readonly string[]): Promise<void> {
    for (const node of lostNodes(entry.plan, entry.nodes, groups)) await this.remove(entry, node);
  }

  /** Those that can go: not the head; the longest idle first, then the youngest. */
  private spare(entry: Entry, members: readonly NodePlan[]): NodePlan[] {
    const known = this.idleMs(entry);
    const idleMs = (node: NodePlan) => {
      const id = entry.nodes.find((one) => one.index === node.index)?.rayNodeId;
      return known.get(id ?? '') ?? -1;
    };
    return members
      .filter((node) => !node.isHead)
      .toSorted((a, b) => idleMs(b) - idleMs(a) || b.index - a.index);
  }

  private async inTurn<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
    const progress = this.progressOf(entry);
    const mine = progress.last
      .catch(() => {})
      .then(async () => {
        progress.isBusy = true;
        try {
          return await work();
        } finally {
          progress.isBusy = false;
          progress.quietUntilMs = Date.now() + SETTLE_MS;
        }
      });
    progress.last = mine;
    return mine;
  }

  private idleMs(entry: Entry): Map<string, number> {
    const since = this.progressOf(entry).idleSinceMs;
    return new Map([...since].map(([id, sinceMs]) => [id, Date.now() - sinceMs]));
  }

  private progressOf(entry: Entry): Progress {
    const found = this.progress.get(entry) ?? {
      last: Promise.resolve(),
      isBusy: false,
      quietUntilMs: 0,
      told: new Set<string>(),
      idleSinceMs: new Map<string, number>(),
    };
    this.progress.set(entry, found);
    return found;
  }

  private tell(entry: Entry, kind: ClusterMark['kind'], node: number | null, words: string): void {
    this.options.tell(entry, { timeMs: Date.now(), node, kind, words });
  }
}

/** Brings up to date since when nodes have had nothing to do. `node:…` is Ray's own and always free. */
function noteIdle(sinceMs: Map<string, number>, { timeMs, usedByNode }: ClusterDemand): void {
  for (const [id, used] of Object.entries(usedByNode)) {
    const isBusy = Object.entries(used).some(([name, amount]) => amount > 0 && !name.startsWith('node:'));
    if (isBusy) sinceMs.delete(id);
    else if (!sinceMs.has(id)) sinceMs.set(id, timeMs);
  }
  for (const id of sinceMs.keys()) if (!(id in usedByNode)) sinceMs.delete(id);
}
