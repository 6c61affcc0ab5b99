/**
 * Which functions a raylet passes over: while more CPUs are asked for than it has, one that holds more workers than
 * its share (`GrantScheduledLeasesToWorkers` of local_lease_manager.cc). What it passes over, it does not send elsewhere
 * either, so that slots may stay empty.
 */

export class FairShare {
  /** By `node * classes + class`. */
  private readonly waiting: Int32Array;
  private readonly granted: Int32Array;
  /** By node, of classes that ask for CPUs. */
  private readonly waitingCpus: Float64Array;
  private readonly waitingClasses: Int32Array;
  private readonly allGranted: Int32Array;
  private readonly classes: number;

  constructor(
    private readonly nodeCpus: Float64Array,
    /** What a function asks for, by class. */
    private readonly cpus: Float64Array,
  ) {
    const nodes = nodeCpus.length;
    this.classes = cpus.length;
    this.waiting = new Int32Array(nodes * this.classes);
    this.granted = new Int32Array(nodes * this.classes);
    this.waitingCpus = new Float64Array(nodes);
    this.waitingClasses = new Int32Array(nodes);
    this.allGranted = new Int32Array(nodes);
  }

  /** A request waits at a node from now on (1), or no longer does (-1). */
  wait(node: number, cls: number, change: 1 | -1): void {
    const cpus = this.cpus[cls]!;
    if (cpus === 0) return;
    const count = (this.waiting[node * this.classes + cls]! += change);
    this.waitingCpus[node]! += change * cpus;
    if (change === 1 && count === 1) this.waitingClasses[node]!++;
    if (change === -1 && count === 0) this.waitingClasses[node]!--;
  }

  /** A worker of a node is lent to a function (1), or is back (-1). */
  grant(node: number, cls: number, change: 1 | -1): void {
    if (this.cpus[cls] === 0) return;
    this.granted[node * this.classes + cls]! += change;
    this.allGranted[node]! += change;
  }

  /** Workers of a node that a function holds. */
  grantedTo(node: number, cls: number): number {
    return this.granted[node * this.classes + cls]!;
  }

  /** Whether the node passes over a function of which something waits there. */
  passesOver(node: number, cls: number): boolean {
    if (this.cpus[cls] === 0 || this.waitingCpus[node]! <= this.nodeCpus[node]!) return false;
    const share = Math.floor(this.allGranted[node]! / Math.max(1, this.waitingClasses[node]!));
    return this.granted[node * this.classes + cls]! > share;
  }
}
