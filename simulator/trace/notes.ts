/** What a reader has to know of how a trace was recorded, beside what is lost. */
import type { TraceStore } from './traceStore';

/** Sentences; none where all was recorded as it should be. */
export function traceNotes(store: TraceStore): string[] {
  const teller = store.source === 'simulation' ? '' : 'The probe in a process of this run says: ';
  const notes = [...store.notices].map((words) => `${teller}${words}.`);
  if (store.source === 'state-api' && store.counts().total > 0)
    notes.push(
      'No records of Heliostat’s probe came from this cluster. The tasks are those of Ray’s own list, which may lack very ' +
        'short ones, and the graph shows which task submitted which, not whose results went where.',
    );
  return notes;
}
