/**
 * The lines between nodes. Each node has one out and one in; whatever goes over a line at a time shares it equally, as
 * Ray sends the chunks of all objects at once (push_manager.cc). A transfer is over when both of its lines have carried
 * it, so that one that is held up at its other end leaves the line to the rest.
 */
import { EVENT, type Events } from './events';
import { put, takeFirst } from './heap';

/** Times that differ by less are one moment. */
const MOMENT_MS = 1e-6;

interface Transfer {
  copy: number;
  /** Of its two lines, those that have not carried it yet. */
  left: number;
}

interface Load {
  transfer: Transfer;
  /** In the clock of its line. */
  endsMs: number;
}

class Line {
  /** How much of the line each of its loads has had so far. */
  clockMs = 0;
  lastMs = 0;
  /** When the first of them is over. */
  dueMs = Infinity;
  readonly loads: Load[] = [];
}

export class Lines {
  private readonly lines: (Line | undefined)[] = [];

  constructor(
    private readonly events: Events,
    /** From the last byte until its node has the object. */
    private readonly latencyMs: number,
  ) {}

  /** A copy that takes so long on a line of its own goes from node to node from now on. */
  begin(copy: number, from: number, to: number, lineMs: number): void {
    const transfer = { copy, left: 2 };
    this.load(2 * from, transfer, lineMs);
    this.load(2 * to + 1, transfer, lineMs);
  }

  /** A line may have carried something, unless more has come over it since that was said. */
  due(number: number): void {
    const line = this.lines[number]!;
    const { now } = this.events;
    if (line.dueMs !== now) return;
    this.advance(line);
    // It is due for its first load, however finely clocks can tell.
    do {
      const { transfer } = takeFirst(line.loads);
      if (--transfer.left === 0) this.events.at(now + this.latencyMs, EVENT.copyThere, transfer.copy);
    } while (line.loads.length > 0 && line.loads[0]!.endsMs <= line.clockMs + MOMENT_MS);
    this.plan(line, number);
  }

  private load(number: number, transfer: Transfer, lineMs: number): void {
    const line = (this.lines[number] ??= new Line());
    this.advance(line);
    put(line.loads, { transfer, endsMs: line.clockMs + lineMs });
    this.plan(line, number);
  }

  private advance(line: Line): void {
    const { now } = this.events;
    if (line.loads.length > 0) line.clockMs += (now - line.lastMs) / line.loads.length;
    line.lastMs = now;
  }

  private plan(line: Line, number: number): void {
    const first = line.loads[0];
    line.dueMs = first
      ? this.events.now + Math.max(0, first.endsMs - line.clockMs) * line.loads.length
      : Infinity;
    if (first) this.events.at(line.dueMs, EVENT.lineDue, number);
  }
}
