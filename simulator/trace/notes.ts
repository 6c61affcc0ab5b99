/** What a reader has to know of how a trace was recorded, beside what is lost. */
import { countOf } from '../model/format';
import type { TraceStore } from './traceStore';

/** Sentences; none where all was recorded as it should be. */
export function traceNotes(store: TraceStore): string[] {
  const notes = [...store.notices].map((words) => `The probe in a process of this run says: ${words}.`);
  if (store.source === 'simulation') notes.push(predicted(store));
  if (store.source === 'state-api' && store.counts().total > 0)
    notes.push(
      'No records of Heliostat’s probe came from this cluster. The tasks are those of Ray’s own list, which may lack very ' +
        'short ones, and the graph shows which task submitted which, not whose results went where.',
    );
  return notes;
}

function predicted({ nodes }: TraceStore): string {
  const counts = new Map<string, number>();
  for (const { cpus, gpus } of nodes.values()) {
    const size = [countOf(cpus, 'CPU'), ...(gpus > 0 ? [countOf(gpus, 'GPU')] : [])].join(' and ');
    counts.set(size, (counts.get(size) ?? 0) + 1);
  }
  const kinds = [...counts].map(([size, count]) => `${count} of ${size}`).join(', ');
  return `Nothing here was run: this is how the run is predicted to go on ${countOf(nodes.size, 'node')} (${kinds}).`;
}
