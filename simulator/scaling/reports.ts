/**
 * When raylets hear of each other: a node whose resources have changed reports with the next tick of its period. What a
 * raylet took from its view of a node in vain it forgets with that node's next report or, where nothing changes there, only
 * when it refreshes its views (`ResetRemoteNodeView` of cluster_resource_manager.cc), so that a node may stay idle for
 * three to six seconds while work waits elsewhere.
 */
import { EVENT, type Events } from './events';
import type { Random } from './random';

/** `ray_syncer_message_refresh_interval_ms`. */
const REFRESH_MS = 3000;

export class Reports {
  private readonly isDue: Uint8Array;
  /** When in each period a node reports. */
  private readonly phaseMs: Float64Array;
  /** When a node was last asked for in vain; NaN where that is forgotten. */
  private readonly vainMs: Float64Array;
  private readonly refreshPhaseMs: number;

  constructor(
    private readonly nodeCount: number,
    private readonly periodMs: number,
    private readonly events: Events,
    random: Random,
  ) {
    this.isDue = new Uint8Array(nodeCount);
    this.phaseMs = Float64Array.from({ length: nodeCount }, () => random.next() * periodMs);
    this.vainMs = new Float64Array(nodeCount).fill(NaN);
    this.refreshPhaseMs = random.next() * REFRESH_MS;
  }

  /** A node's resources have changed. */
  later(node: number): void {
    if (this.isDue[node] || this.nodeCount === 1) return;
    this.isDue[node] = 1;
    this.events.at(this.tickAfter(this.phaseMs[node]!, this.periodMs), EVENT.nodeReports, node);
  }

  done(node: number): void {
    this.isDue[node] = 0;
  }

  /** What others took from their view of a node was in vain. */
  inVain(node: number): void {
    if (Number.isNaN(this.vainMs[node]!)) this.refreshLater(node);
    this.vainMs[node] = this.events.now;
  }

  /** At a refresh: whether the views of a node are old enough to be put right. */
  refreshes(node: number): boolean {
    const isOld = this.events.now - this.vainMs[node]! >= REFRESH_MS;
    if (isOld) this.vainMs[node] = NaN;
    else this.refreshLater(node);
    return isOld;
  }

  private refreshLater(node: number): void {
    this.events.at(this.tickAfter(this.refreshPhaseMs, REFRESH_MS), EVENT.nodeRefreshes, node);
  }

  private tickAfter(phaseMs: number, periodMs: number): number {
    return phaseMs + (Math.floor((this.events.now - phaseMs) / periodMs) + 1) * periodMs;
  }
}
