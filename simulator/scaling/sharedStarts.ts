/**
 * Starts of worker processes on nodes that share a machine's cores. A raylet starts no more at a time than the machine has
 * cores, or the node CPUs (`maximum_startup_concurrency`); who asked first gets the worker that is there first. When a
 * process is there, it gets ready for its first task like any task: behind processes that still start.
 */
import { TURN, type Cores } from './cores';
import { EVENT, type Events } from './events';
import type { Overheads } from './overheads';

const HEAD = 0;

interface Wanted {
  lease: number;
  /** Not before that. */
  fromMs: number;
}

export type StartCosts = Pick<
  Overheads,
  'workerStartMs' | 'workerStartCpuMs' | 'workerReadyCpuMs' | 'grantMs'
>;

export class SharedStarts {
  private readonly waiting: Wanted[][];
  /** Processes that start, and that get ready for a first task. */
  private readonly starting: Int32Array;
  private readonly gettingReady: Int32Array;
  /** On the head one process more starts than was asked for (seen with 2 to 8 CPUs, for each job). */
  private readonly spare: Uint8Array;
  /** Processes that are there, and have not been of use yet. */
  private readonly unused: Int32Array;

  constructor(
    private readonly cores: Cores,
    /** By node, how many may start at a time. */
    private readonly atOnce: readonly number[],
    private readonly events: Events,
    private readonly costs: StartCosts,
    /** Whether it is a cluster's first job, which finds on the head those that Ray has started with it. */
    isFirst: boolean,
  ) {
    this.waiting = atOnce.map(() => []);
    this.starting = new Int32Array(atOnce.length);
    this.gettingReady = new Int32Array(atOnce.length);
    this.spare = new Uint8Array(atOnce.length);
    this.spare[HEAD] = 1;
    this.unused = new Int32Array(atOnce.length);
    if (isFirst) this.unused[HEAD] = atOnce[HEAD]!;
  }

  /** A lease needs a worker of the node, and is granted when there is one. */
  want(node: number, lease: number, fromMs: number): void {
    this.waiting[node]!.push({ lease, fromMs });
    if (this.unused[node]! > 0) {
      this.unused[node]!--;
      this.getReady(node);
    } else this.begin(node);
  }

  /** A process is there. */
  started(node: number): void {
    this.starting[node]!--;
    if (this.waiting[node]!.length > this.gettingReady[node]!) this.getReady(node);
    else {
      this.spare[node] = 0;
      this.unused[node]!++;
    }
    this.begin(node);
  }

  private getReady(node: number): void {
    this.gettingReady[node]!++;
    const own = { ms: this.costs.workerReadyCpuMs, share: 1 };
    this.cores.after(this.events.now, own, 0, EVENT.workerReady, node, TURN.task);
  }

  /** One of them is ready. False where nobody waits for it any more. */
  ready(node: number): boolean {
    this.gettingReady[node]!--;
    return this.offer(node);
  }

  /** A worker of the node has nothing to do. False where nobody waits for one. */
  offer(node: number): boolean {
    const next = this.waiting[node]!.shift();
    if (next === undefined) return false;
    const atMs = Math.max(this.events.now, next.fromMs) + this.costs.grantMs;
    this.events.at(atMs, EVENT.leaseGranted, next.lease);
    return true;
  }

  private begin(node: number): void {
    const { workerStartMs: ms, workerStartCpuMs } = this.costs;
    const own = { ms, share: ms > 0 ? workerStartCpuMs / ms : 0 };
    const wanted = this.waiting[node]!.length - this.gettingReady[node]! + this.spare[node]!;
    const most = Math.min(this.atOnce[node]!, wanted);
    for (; this.starting[node]! < most; this.starting[node]!++)
      this.cores.after(this.events.now, own, 0, EVENT.workerStarted, node, TURN.first);
  }
}
