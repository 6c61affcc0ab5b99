/** What a run did that costs much for nothing. */
import type { CallSite } from './trace';

/** A classic mistake, seen in the trace. */
export interface Finding {
  kind:
    | 'waits-for-data'
    | 'serial-get'
    | 'tiny-tasks'
    | 'large-argument'
    | 'driver-round-trip'
    | 'busy-actor'
    | 'cpus-too-few'
    | 'cpus-too-many';
  /** Id of the function that it is about. */
  function: string;
  /** Where to change something. */
  site: CallSite | null;
  /** What was seen, what it costs and what to do instead; plain sentences. */
  words: string;
  /** The figures behind the words, with units in their names. */
  evidence: Record<string, number>;
}
