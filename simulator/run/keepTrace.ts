/** Keeping what a run leaves, and what to tell people of what could not be kept. */
import { toFailure } from '../model/failure';
import { failureMessage } from '../model/failureWords';
import { writeTrace } from '../trace/traceFile';
import type { TraceStore } from '../trace/traceStore';

/** Writes all of a run's tasks. Null, or a notice where that is not possible. */
export async function keepTrace(file: string, store: TraceStore): Promise<string | null> {
  try {
    await writeTrace(file, store);
    return null;
  } catch (thrown) {
    return notKept('the tasks of this run are', thrown);
  }
}

/** A notice about what is not kept, and why. */
export function notKept(what: string, thrown: unknown): string {
  const failure = toFailure(thrown);
  const words = `${what} not kept`;
  if (failure.code === 'disk-full') return `The disk is full: ${words}.`;
  const why =
    failure.code === 'internal' && thrown instanceof Error ? thrown.message : failureMessage(failure);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: ${why}`;
}
