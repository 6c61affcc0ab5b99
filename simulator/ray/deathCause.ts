/** Why an actor died, in Ray's words: in its events, whose names are `camelCase`, and in its state API, `snake_case`. */
import { object, text, type Json } from './decode';

const MAX_REASON = 300;
/** Ends that somebody meant: nobody holds the actor any more, its script has ended, `ray.kill` or `exit_actor`. */
const MEANT = /all references to the actor were removed| exit type: INTENDED_|killed by `?ray\.kill/;

/** Null where it is not told, and where the actor ended as it was meant to. */
export function deathReason(cause: Json): string | null {
  if ('creationTaskFailureContext' in cause || 'creation_task_failure_context' in cause)
    return 'Its __init__ raised an error.';
  for (const context of Object.values(cause)) {
    const words = text(object(context)['errorMessage']) ?? text(object(context)['error_message']);
    if (words === null) continue;
    return MEANT.test(words) ? null : shortReason(words);
  }
  return null;
}

/** Ray's words without the list of causes that it adds to every death. */
export function shortReason(words: string | null): string | null {
  const short = words?.split(/ Some common causes include:|\n/)[0]?.trim();
  return short ? short.slice(0, MAX_REASON) : null;
}
