/** Lines that wait in a loop: who waited there, and whether a wait that timed out went on with the next one. */
import type { TraceStore } from '../trace/traceStore';
import { WAIT_KINDS } from '../trace/waitTable';

const WAIT = WAIT_KINDS.indexOf('wait');

export class WaitLines {
  /** By line, when its last wait began that something came of. */
  private lastAnswers: Map<string, number> | null = null;

  constructor(private readonly store: TraceStore) {}

  /** Who waited, and where. */
  of(wait: number): string {
    const { waits } = this.store;
    return `${waits.task[wait]!}/${waits.site[wait]!}`;
  }

  /** Whether it is a `ray.wait` that timed out, and whose line waited again until something came: that wait is replayed. */
  goesOn(wait: number): boolean {
    const { waits, waitEdges } = this.store;
    if (waitEdges.count(wait) > 0 || waits.kind[wait] !== WAIT) return false;
    this.lastAnswers ??= this.lastAnswersByLine();
    return waits.startMs[wait]! < (this.lastAnswers.get(this.of(wait)) ?? -Infinity);
  }

  private lastAnswersByLine(): Map<string, number> {
    const { waits, waitEdges } = this.store;
    const last = new Map<string, number>();
    for (let wait = 0; wait < waits.size; wait++) {
      const line = this.of(wait);
      if (waitEdges.count(wait) > 0) last.set(line, Math.max(last.get(line) ?? 0, waits.startMs[wait]!));
    }
    return last;
  }
}
