/**
 * Ray Data gives its tasks to Ray only when the cluster has CPUs for them: so many are under way at a time that the
 * CPUs which no actor holds are enough (the budgets of its resource manager). Until it has heard what the cluster has,
 * there is one at a time.
 */
import { EVENT, type Events } from './events';
import type { Prepared } from './prepared';
import { totalOf, type SimCluster } from './simCluster';
import { NONE } from './taskGraph';

/**
 * Its resource manager looks every second (`GLOBAL_LIMITS_UPDATE_INTERVAL_S`), and its first look only sends the question
 * (`get_reserved_resources` of default_autoscaling_coordinator.py).
 */
export const UNKNOWN_MS = 1000;

export class StreamGate {
  private freeCpus: number;
  private underWay = 0;
  /** In the order in which they became ready. */
  private readonly waiting: number[] = [];
  private nextWaiting = 0;
  /** By stream, when Ray Data knows what the cluster has. */
  private readonly knownMs = new Map<number, number>();
  private readonly isFree: boolean;

  constructor(
    private readonly prepared: Prepared,
    cluster: SimCluster,
    private readonly events: Events,
    costs: { reportPeriodMs: number },
    private readonly begin: (task: number) => void,
  ) {
    const { actors, shapes } = prepared.graph;
    const held = actors.reduce((sum, { shape }) => sum + shapes[shape]!.cpus, 0);
    this.freeCpus = totalOf(cluster, 'cpus') - held;
    this.isFree = costs.reportPeriodMs === 0;
  }

  /** Whether a task that is ready begins now; otherwise it does when there is room. */
  admits(task: number): boolean {
    if (!this.isFor(task)) return true;
    if (this.nextWaiting === this.waiting.length && this.takes(task)) return true;
    this.waiting.push(task);
    return false;
  }

  /** Of a task that has ended: the one that gets what it held, or `NONE`. */
  ended(task: number): number {
    if (!this.isFor(task)) return NONE;
    this.underWay--;
    this.freeCpus += this.cpusOf(task);
    const { shape } = this.prepared.graph;
    let heir = NONE;
    for (const one of this.admitted()) {
      if (heir === NONE && shape[one] === shape[task]) heir = one;
      else this.begin(one);
    }
    return heir;
  }

  /** Ray Data has heard what the cluster has. */
  known(): void {
    this.admitted().forEach((task) => this.begin(task));
  }

  private admitted(): number[] {
    const next: number[] = [];
    while (this.nextWaiting < this.waiting.length && this.takes(this.waiting[this.nextWaiting]!))
      next.push(this.waiting[this.nextWaiting++]!);
    return next;
  }

  /** Actors of Ray Data's are there from the start, and so are their calls. */
  private isFor(task: number): boolean {
    const { graph, makesActor } = this.prepared;
    return (graph.streamed?.[task] ?? 0) > 0 && graph.actor[task] === NONE && makesActor[task] === NONE;
  }

  /** One is always under way. */
  private takes(task: number): boolean {
    const cpus = this.cpusOf(task);
    const isKnown = this.events.now >= this.knownAtMs(task);
    if (this.underWay > 0 && (cpus > this.freeCpus || !isKnown)) return false;
    this.underWay++;
    this.freeCpus -= cpus;
    return true;
  }

  private knownAtMs(task: number): number {
    const stream = this.prepared.graph.streamed![task]!;
    let ms = this.knownMs.get(stream);
    if (ms !== undefined) return ms;
    ms = this.events.now + (this.isFree ? 0 : UNKNOWN_MS);
    this.knownMs.set(stream, ms);
    if (!this.isFree) this.events.at(ms, EVENT.streamKnown, 0);
    return ms;
  }

  private cpusOf(task: number): number {
    const { graph } = this.prepared;
    return graph.shapes[graph.shape[task]!]!.cpus;
  }
}
