/**
 * What happens when: a 4-ary heap in typed arrays, and queues for delays that are the same for all that wait in them
 * (their order is that of arrival, so they need no heap). Equal times come out in the order they were put in.
 */

/** Kinds of events; `arg` is a task, a lease, a node, a program, a line or a copy. */
export const EVENT = {
  /** A lease request reaches the raylet that it was sent to. */
  leaseArrives: 0,
  /** A worker is there for a lease, and its owner knows. */
  leaseGranted: 1,
  /** A worker that its owner gave back has reached its raylet. */
  leaseReturned: 2,
  /** An owner hears that it should ask another node for a worker. */
  leaseRedirected: 3,
  /** Others hear what a node has free. */
  nodeReports: 4,
  /** A node looks again at a function that it has held back. */
  nodeRetries: 5,
  /** What others took from a node in vain is forgotten. */
  nodeRefreshes: 6,
  /** A task's end is known to its owner. */
  taskEnded: 7,
  /** The program of a task or of the driver takes its next step. */
  step: 8,
  nodeUp: 9,
  /** Ray Data hears what the cluster has. */
  streamKnown: 10,
  /** Something begins to need a core of the machine that all nodes share, or has had what it needs. */
  coreWanted: 11,
  coreFree: 12,
  /** A worker process of a node is there, and is ready for its first task. */
  workerStarted: 13,
  workerReady: 14,
  nothing: 15,
  /** A line between nodes has carried something. */
  lineDue: 16,
  /** A copy of an object is on the node that asked for it. */
  copyThere: 17,
  /** A spilled object has been read, and can be sent. */
  copySent: 18,
  /** What a task is given is on its node. */
  argumentsThere: 19,
  /** What a program has asked for is in its hands. */
  fetched: 20,
} as const;

/** Whether it is about a lease, or what a raylet knows. */
export function isOfRaylets(kind: number): boolean {
  return kind <= EVENT.nodeRefreshes;
}

const KIND_BITS = 5;
const KIND_MASK = (1 << KIND_BITS) - 1;

export class Events {
  now = 0;
  /** Kind and argument of what `next` took out. */
  kind = 0;
  arg = 0;
  private times = new Float64Array(1024);
  private sequences = new Float64Array(1024);
  private codes = new Int32Array(1024);
  private length = 0;
  private sequence = 0;
  private readonly lines: DelayLine[] = [];
  /** The line whose head comes first; null while all are empty. */
  private first: DelayLine | null = null;

  /** A queue for events that all come after the same delay. */
  line(delayMs: number, kind: number): DelayLine {
    const line = new DelayLine(delayMs, kind);
    this.lines.push(line);
    return line;
  }

  /** Puts an argument into a line. */
  after(line: DelayLine, arg: number): void {
    line.push(this.now + line.delayMs, this.sequence++, arg);
    const { first } = this;
    if (first === null || isBefore(line.headMs, line.headSequence, first.headMs, first.headSequence))
      this.first = line;
  }

  at(timeMs: number, kind: number, arg: number): void {
    if (this.length === this.times.length) this.grow();
    let hole = this.length++;
    const { times, sequences, codes } = this;
    const sequence = this.sequence++;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      if (times[parent]! <= timeMs) break;
      times[hole] = times[parent]!;
      sequences[hole] = sequences[parent]!;
      codes[hole] = codes[parent]!;
      hole = parent;
    }
    times[hole] = timeMs;
    sequences[hole] = sequence;
    codes[hole] = (arg << KIND_BITS) | kind;
  }

  /** Time of what comes next; infinite when nothing does. */
  peekMs(): number {
    const heapMs = this.length > 0 ? this.times[0]! : Infinity;
    return this.first === null ? heapMs : Math.min(heapMs, this.first.headMs);
  }

  /** Moves to the next event; false when there is none. */
  next(): boolean {
    const { first } = this;
    const heapMs = this.length > 0 ? this.times[0]! : Infinity;
    if (first !== null && isBefore(first.headMs, first.headSequence, heapMs, this.sequences[0]!)) {
      this.now = first.headMs;
      this.kind = first.kind;
      this.arg = first.shift();
      this.first = this.firstOfLines();
      return true;
    }
    if (heapMs === Infinity) return false;
    this.now = heapMs;
    const code = this.codes[0]!;
    this.kind = code & KIND_MASK;
    this.arg = code >>> KIND_BITS;
    this.removeTop();
    return true;
  }

  private firstOfLines(): DelayLine | null {
    let first: DelayLine | null = null;
    for (const line of this.lines) {
      if (line.headMs === Infinity) continue;
      if (first === null || isBefore(line.headMs, line.headSequence, first.headMs, first.headSequence))
        first = line;
    }
    return first;
  }

  private removeTop(): void {
    const { times, sequences, codes } = this;
    const last = --this.length;
    if (last === 0) return;
    const time = times[last]!;
    const sequence = sequences[last]!;
    const code = codes[last]!;
    let hole = 0;
    for (;;) {
      const first = 4 * hole + 1;
      if (first >= last) break;
      let least = first;
      const end = Math.min(first + 4, last);
      for (let child = first + 1; child < end; child++) {
        if (isBefore(times[child]!, sequences[child]!, times[least]!, sequences[least]!)) least = child;
      }
      if (!isBefore(times[least]!, sequences[least]!, time, sequence)) break;
      times[hole] = times[least]!;
      sequences[hole] = sequences[least]!;
      codes[hole] = codes[least]!;
      hole = least;
    }
    times[hole] = time;
    sequences[hole] = sequence;
    codes[hole] = code;
  }

  private grow(): void {
    const larger = this.times.length * 2;
    this.times = copyTo(this.times, new Float64Array(larger));
    this.sequences = copyTo(this.sequences, new Float64Array(larger));
    this.codes = copyTo(this.codes, new Int32Array(larger));
  }
}

function isBefore(time: number, sequence: number, otherTime: number, otherSequence: number): boolean {
  return time < otherTime || (time === otherTime && sequence < otherSequence);
}

function copyTo<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** A ring of times and arguments. Times must not fall. */
export class DelayLine {
  headMs = Infinity;
  headSequence = Infinity;
  private times = new Float64Array(256);
  private sequences = new Float64Array(256);
  private args = new Int32Array(256);
  private head = 0;
  private length = 0;

  constructor(
    readonly delayMs: number,
    readonly kind: number,
  ) {}

  push(timeMs: number, sequence: number, arg: number): void {
    if (this.length === this.times.length) this.grow();
    const at = (this.head + this.length++) & (this.times.length - 1);
    this.times[at] = timeMs;
    this.sequences[at] = sequence;
    this.args[at] = arg;
    if (this.length === 1) {
      this.headMs = timeMs;
      this.headSequence = sequence;
    }
  }

  shift(): number {
    const arg = this.args[this.head]!;
    this.head = (this.head + 1) & (this.times.length - 1);
    this.length--;
    this.headMs = this.length > 0 ? this.times[this.head]! : Infinity;
    this.headSequence = this.length > 0 ? this.sequences[this.head]! : Infinity;
    return arg;
  }

  private grow(): void {
    const size = this.times.length;
    const times = new Float64Array(size * 2);
    const sequences = new Float64Array(size * 2);
    const args = new Int32Array(size * 2);
    for (let at = 0; at < size; at++) {
      const from = (this.head + at) & (size - 1);
      times[at] = this.times[from]!;
      sequences[at] = this.sequences[from]!;
      args[at] = this.args[from]!;
    }
    this.times = times;
    this.sequences = sequences;
    this.args = args;
    this.head = 0;
  }
}
