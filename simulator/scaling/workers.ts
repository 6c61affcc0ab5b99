/** Worker processes: those that wait for work on each node, and how long it takes until another is there. */
import type { Overheads } from './overheads';
import type { SharedStarts } from './sharedStarts';
import type { SimCluster } from './simCluster';

/** `idle_worker_killing_time_threshold_ms`, and half of the time between two looks (`kill_idle_workers_interval_ms`). */
const IDLE_LIMIT_MS = 1000;
const IDLE_MS = IDLE_LIMIT_MS + 100;

export class Workers {
  /** Processes that were started while something waited for them. */
  coldStarts = 0;
  /** Since when each idle worker of a node is so, the longest first. */
  private readonly idleSinceMs: number[][];
  /** Started by Ray ahead of time when a node comes up, and when. */
  private readonly prestarted: Int32Array;
  private readonly upMs: Float64Array;
  /** Until when the node's CPUs are busy with starts. */
  private readonly startingMs: Float64Array;
  private readonly cores: Float64Array;
  /** So many of the starts that were measured are over, by node. */
  private readonly started: Int32Array;

  constructor(
    private readonly cluster: SimCluster,
    private readonly costs: Pick<Overheads, 'workerStartMs' | 'workerStartCpuMs'>,
    /** Null where each node has cores of its own. */
    private readonly shared: SharedStarts | null,
  ) {
    const cpus = cluster.groups.flatMap(({ type, count }) => Array.from({ length: count }, () => type.cpus));
    this.cores = Float64Array.from(cpus, (n) => Math.max(1, n));
    this.idleSinceMs = cpus.map(() => []);
    this.prestarted = new Int32Array(cpus.length);
    this.started = new Int32Array(cpus.length);
    this.upMs = new Float64Array(cpus.length);
    this.startingMs = new Float64Array(cpus.length);
  }

  up(node: number, nowMs: number): void {
    const count = Math.ceil(this.cores[node]!);
    this.upMs[node] = this.startingMs[node] = nowMs;
    if (this.cluster.startsMs) return;
    // Those of a warm cluster have long been idle, so that the first tasks of many CPUs cost a node the rest of them.
    if (this.cluster.isWarm) this.idleSinceMs[node] = new Array<number>(count).fill(nowMs - IDLE_LIMIT_MS);
    // Those that Ray starts with a node are used up by the first job that it has.
    else if (nowMs > 0) this.prestarted[node] = count;
  }

  /** A worker of the node for a task of a function, and when it is there; infinite: its lease is granted when it is. */
  take(node: number, fn: number, nowMs: number, lease: number): number {
    const isThere = this.idleSinceMs[node]!.pop() !== undefined;
    const ownMs = this.cluster.startsMs ? 0 : (this.cluster.startMsOf?.[fn] ?? 0);
    if (this.shared && !isThere && !this.cluster.startsMs) {
      this.coldStarts++;
      this.shared.want(node, lease, nowMs + ownMs);
      return Infinity;
    }
    const readyMs = Math.max(isThere ? nowMs : this.startOne(node, nowMs), nowMs + ownMs);
    if (readyMs > nowMs) this.coldStarts++;
    return readyMs;
  }

  /** Begins a process; when it is there. */
  private startOne(node: number, nowMs: number): number {
    const { startsMs } = this.cluster;
    if (startsMs) return nowMs + (startsMs[node]?.[this.started[node]!++] ?? 0);
    const isAhead = this.prestarted[node]! > 0;
    if (isAhead) this.prestarted[node]!--;
    const askedMs = isAhead ? this.upMs[node]! : nowMs;
    const cpuMs = this.costs.workerStartCpuMs / this.cores[node]!;
    this.startingMs[node] = Math.max(this.startingMs[node]!, askedMs) + cpuMs;
    return Math.max(nowMs, askedMs + this.costs.workerStartMs, this.startingMs[node]!);
  }

  /** A process that was started is ready for its first task. */
  ready(node: number, nowMs: number): void {
    if (!this.shared!.ready(node)) this.idleSinceMs[node]!.push(nowMs);
  }

  giveBack(node: number, nowMs: number): void {
    if (!this.shared?.offer(node)) this.idleSinceMs[node]!.push(nowMs);
  }

  /**
   * Ends workers that have been idle for long and of which there are more than free CPUs (`TryKillingIdleWorkers` of
   * worker_pool.cc). To be called before the node's free CPUs change.
   */
  endIdle(node: number, freeCpus: number, nowMs: number): void {
    const idle = this.idleSinceMs[node]!;
    if (idle.length <= freeCpus || !(idle[0]! < nowMs - IDLE_MS)) return;
    let long = 0;
    while (long < idle.length && idle[long]! < nowMs - IDLE_MS) long++;
    if (long > freeCpus) idle.splice(0, long - Math.max(0, Math.floor(freeCpus)));
  }
}
