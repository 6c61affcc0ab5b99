/** What is known of an actor after one more word about it. Words come from two sources, and not always in order. */
import type { ActorSummary, TraceEvent } from '../model/trace';
import { makingOf } from './taskIds';
import { NONE } from './taskTable';
import type { TraceStore } from './traceStore';

/** Not those that Ray and its libraries make for themselves: the probe leaves their making out. */
export function usersActors({ actors, tasks, source }: TraceStore): ActorSummary[] {
  return [...actors.values()].filter(
    ({ id }) => source !== 'probe' || tasks.functionName(tasks.find(makingOf(id)) ?? NONE) !== null,
  );
}

type ActorEvent = Extract<TraceEvent, { type: 'actor' }>;

export function actorAfter(known: ActorSummary | undefined, event: ActorEvent): ActorSummary {
  const className = event.className || known?.className || '';
  const isOld = known?.sinceMs !== undefined && event.timeMs < known.sinceMs;
  if (known && (isOld || known.state === event.state))
    return { ...known, className, reason: known.reason ?? (isOld ? null : event.reason) };
  const restarts = (known?.restarts ?? 0) + (event.state === 'restarting' ? 1 : 0);
  return {
    id: event.actor,
    className,
    state: event.state,
    // One that is alive again keeps why it had to be.
    reason: event.reason ?? (event.state === 'alive' ? (known?.reason ?? null) : null),
    restarts,
    sinceMs: event.timeMs,
  };
}
