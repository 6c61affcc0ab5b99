/**
 * Cores of one machine that plays a whole cluster. Where more wants a core than there are, each gets a share, as Linux gives
 * it (processor sharing): equal ones among tasks, more for what starts and for Ray's own work, because Ray makes its
 * workers nicer (`worker_niceness`: 15).
 */
import { EVENT, type Events } from './events';
import { put, takeFirst } from './heap';
import type { Random } from './random';

/** Whose turn it is first; `script` is the driver. */
export const TURN = { first: 0, script: 1, task: 2 } as const;
type Turn = (typeof TURN)[keyof typeof TURN];

/**
 * Of a thread of each turn: what Linux' scheduler gives niceness 0 against 15 (`sched_prio_to_weight`), and what a script
 * was seen to get, which is in a session of its own (`sched_autogroup`).
 */
const WEIGHTS = [1024 / 36, 2.5, 1] as const;
/** Times that differ by less are one moment. */
const MOMENT_MS = 1e-6;
/** So many numbers fit into an event's argument. */
const MASK = 0x3ffffff;

interface Job {
  turn: Turn;
  threads: number;
  /** What each of its threads needs of a core. */
  coreMs: number;
  /** In the clock of its turn. */
  endsMs: number;
  restMs: number;
  kind: number;
  arg: number;
}

/** Own time of something, and how many cores it keeps busy meanwhile on average. */
export interface OwnTime {
  ms: number;
  share: number;
}

export class Cores {
  /** By turn: how much of a core each of its threads has had so far, what each has now, how many there are. */
  private readonly clockMs = [0, 0, 0];
  private readonly speed = [0, 0, 0];
  private readonly threads = [0, 0, 0];
  private readonly running: Job[][] = [[], [], []];
  /** Those that do without a core until their time comes. */
  private readonly later = new Map<number, Job>();
  private nextNumber = 0;
  private lastMs = 0;
  private generation = 0;

  constructor(
    private readonly cores: number,
    private readonly events: Events,
    private readonly random: Random,
  ) {}

  /**
   * An event, after own time that begins at `fromMs`, and `restMs` that need no core. What does without a core for a part
   * of its time does so before and after, nobody knows how much of it when.
   */
  after(fromMs: number, own: OwnTime, restMs: number, kind: number, arg: number, turn: Turn): void {
    const threads = Math.max(1, own.share);
    const coreMs = (own.ms * own.share) / threads;
    if (!(coreMs > 0)) return this.events.at(fromMs + own.ms + restMs, kind, arg);
    const idleMs = own.ms - coreMs;
    const beforeMs = idleMs * this.random.next();
    const job = { turn, threads, coreMs, endsMs: NaN, restMs: idleMs - beforeMs + restMs, kind, arg };
    if (fromMs + beforeMs <= this.events.now) return this.begin(job);
    const number = this.nextNumber++ & MASK;
    this.later.set(number, job);
    this.events.at(fromMs + beforeMs, EVENT.coreWanted, number);
  }

  /** Work that nobody waits for, from now on. */
  load(coreMs: number): void {
    if (coreMs > 0)
      this.begin({
        turn: TURN.first,
        threads: 1,
        coreMs,
        endsMs: NaN,
        restMs: 0,
        kind: EVENT.nothing,
        arg: 0,
      });
  }

  /** Something wants its core. */
  wanted(number: number): void {
    const job = this.later.get(number)!;
    this.later.delete(number);
    this.begin(job);
  }

  /** Something has had what it needs, if nothing has changed since that was said. */
  due(generation: number): void {
    if (generation !== this.generation) return;
    this.advance();
    for (let turn = 0; turn < WEIGHTS.length; turn++) {
      const running = this.running[turn]!;
      while (running.length > 0 && running[0]!.endsMs <= this.clockMs[turn]! + MOMENT_MS) {
        const { threads, restMs, kind, arg } = takeFirst(running);
        this.threads[turn]! -= threads;
        if (kind !== EVENT.nothing) this.events.at(this.events.now + restMs, kind, arg);
      }
      if (running.length === 0) this.threads[turn] = 0;
    }
    this.share();
  }

  private begin(job: Job): void {
    this.advance();
    job.endsMs = this.clockMs[job.turn]! + job.coreMs;
    this.threads[job.turn]! += job.threads;
    put(this.running[job.turn]!, job);
    this.share();
  }

  private advance(): void {
    const { now } = this.events;
    const sinceMs = now - this.lastMs;
    for (let turn = 0; turn < WEIGHTS.length; turn++) this.clockMs[turn]! += sinceMs * this.speed[turn]!;
    this.lastMs = now;
  }

  /** What each thread gets from now on, and when the next of them will have had enough. */
  private share(): void {
    let left = this.cores;
    let weights = WEIGHTS.reduce((sum, weight, turn) => sum + weight * this.threads[turn]!, 0);
    let nextMs = Infinity;
    // Who has more weight than others has a whole core before they have.
    for (let turn = 0; turn < WEIGHTS.length; turn++) {
      const next = this.running[turn]![0];
      if (!next) continue;
      const threads = this.threads[turn]!;
      const speed = (this.speed[turn] = Math.min(1, (left * WEIGHTS[turn]!) / weights));
      left -= threads * speed;
      weights -= threads * WEIGHTS[turn]!;
      nextMs = Math.min(nextMs, (next.endsMs - this.clockMs[turn]!) / speed);
    }
    this.generation = (this.generation + 1) & MASK;
    if (nextMs < Infinity)
      this.events.at(this.events.now + Math.max(0, nextMs), EVENT.coreFree, this.generation);
  }
}
