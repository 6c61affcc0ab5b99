/**
 * How long CPUs stand idle between two tasks of Ray Data, which submits one when its loop has seen that there is a CPU
 * for it.
 */
import type { TraceStore } from '../trace/traceStore';
import { median } from './capturedTasks';

/** The usual time on a node from the end of one task, and of what the next is made from, to the start of that one. */
export function usualIdleMs(
  { tasks }: TraceStore,
  ran: readonly { row: number; inputsMs: number }[],
): number {
  const ends = new Map<number, number[]>();
  for (const { row } of [...ran].sort((a, b) => tasks.endMs[a.row]! - tasks.endMs[b.row]!)) {
    const ofNode = ends.get(tasks.node[row]!);
    if (ofNode) ofNode.push(tasks.endMs[row]!);
    else ends.set(tasks.node[row]!, [tasks.endMs[row]!]);
  }
  const gapsMs: number[] = [];
  for (const { row, inputsMs } of [...ran].sort((a, b) => tasks.startMs[a.row]! - tasks.startMs[b.row]!)) {
    const ofNode = ends.get(tasks.node[row]!)!;
    const startMs = tasks.startMs[row]!;
    if (ofNode.length > 0 && ofNode[0]! <= startMs)
      gapsMs.push(startMs - Math.max(ofNode.shift()!, inputsMs));
  }
  return Math.max(0, median(gapsMs) || 0);
}
