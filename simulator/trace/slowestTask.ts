/** Which of a function's tasks took longest. */
import { isCalled } from '../base/text';
import type { TraceStore } from './traceStore';

/** From 1, in the order in which they began; null when none of the function has ended. Its name may lack what it is in. */
export function slowestTask({ tasks: t }: TraceStore, fn: string): number | null {
  const begun: { startMs: number; ranMs: number }[] = [];
  for (let row = 0; row < t.size; row++) {
    const name = t.functionName(row);
    if (name === null || !isCalled(name, fn) || Number.isNaN(t.startMs[row]!)) continue;
    begun.push({ startMs: t.startMs[row]!, ranMs: t.endMs[row]! - t.startMs[row]! });
  }
  begun.sort((a, b) => a.startMs - b.startMs);
  let slowest: number | null = null;
  for (const [at, { ranMs }] of begun.entries()) {
    if (ranMs > (slowest === null ? -1 : begun[slowest - 1]!.ranMs)) slowest = at + 1;
  }
  return slowest;
}
