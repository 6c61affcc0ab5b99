/**
 * Ray's own event export (alpha in Ray 2.60): what a node's agent posts as a JSON array. Only what the probe cannot see is
 * read: how actors come and go, and why a worker died. Ids are bytes in base64 there, and hex everywhere else.
 */
import type { ActorState, TraceEvent } from '../model/trace';
import { deathReason, shortReason } from './deathCause';
import { list, number, object, text, type Json } from './decode';

/** The types that agents are told to post; every other one costs them time for nothing. */
export const EXPORTED_TYPES = [
  'ACTOR_DEFINITION_EVENT',
  'ACTOR_LIFECYCLE_EVENT',
  'WORKER_DEFINITION_EVENT',
  'WORKER_LIFECYCLE_EVENT',
];

export interface JobEvent {
  /** Ray's job id in hex. */
  job: string;
  event: TraceEvent;
}

/** What is of another type, or not as expected, is passed over: the format may change with Ray's version. */
export class RayEventDecoder {
  /** Process ids by worker: a worker's end does not hold its own. The oldest go first. */
  private readonly pids = new Map<string, number>();

  decode(body: unknown): JobEvent[] {
    return list(body).flatMap((entry) => {
      const event = object(entry);
      switch (event['eventType']) {
        case 'ACTOR_DEFINITION_EVENT':
          return actorDefined(object(event['actorDefinitionEvent']), timeOf(event));
        case 'ACTOR_LIFECYCLE_EVENT':
          return actorMoved(object(event['actorLifecycleEvent']));
        case 'WORKER_DEFINITION_EVENT':
          this.workerSeen(object(event['workerDefinitionEvent']));
          return [];
        case 'WORKER_LIFECYCLE_EVENT':
          return this.workerDied(object(event['workerLifecycleEvent']));
        default:
          return [];
      }
    });
  }

  private workerSeen(worker: Json): void {
    const id = hex(worker['workerId']);
    const pid = number(worker['pid']);
    if (id === null || pid === null) return;
    this.pids.set(id, pid);
    if (this.pids.size > 10_000) this.pids.delete(this.pids.keys().next().value!);
  }

  /** Only deaths that nobody wanted. */
  private workerDied(worker: Json): JobEvent[] {
    const id = hex(worker['workerId']);
    const job = hex(worker['jobId']);
    if (id === null || job === null) return [];
    return transitions(worker).flatMap(({ state, timeMs, row }) => {
      const death = object(row['deathInfo']);
      // What Ray gives no type is nothing that somebody intended.
      const type = text(death['exitType']) ?? 'SYSTEM_ERROR';
      if (state !== 'DEAD' || type.startsWith('INTENDED_')) return [];
      const pid = this.pids.get(id);
      const who = pid === undefined ? 'A worker' : `Worker process ${pid}`;
      const why = shortReason(text(death['exitDetail'])) ?? type;
      const words = `${who} died: ${why}`;
      return [{ job, event: { type: 'mark', mark: { timeMs, node: null, kind: 'worker-died', words } } }];
    });
  }
}

function actorDefined(actor: Json, timeMs: number): JobEvent[] {
  const id = hex(actor['actorId']);
  const job = hex(actor['jobId']);
  if (id === null || job === null) return [];
  const className = text(actor['className']) ?? '';
  return [{ job, event: { type: 'actor', actor: id, className, state: 'pending', reason: null, timeMs } }];
}

function actorMoved(actor: Json): JobEvent[] {
  const id = hex(actor['actorId']);
  if (id === null) return [];
  // An actor's id ends with its job's (src/ray/common/id.h).
  const job = id.slice(-8);
  return transitions(actor).map(({ state, timeMs, row }) => ({
    job,
    event: {
      type: 'actor',
      actor: id,
      className: '',
      state: ACTOR_STATES[state] ?? 'pending',
      reason: deathReason(object(row['deathCause'])),
      timeMs,
    },
  }));
}

const ACTOR_STATES: Record<string, ActorState> = { ALIVE: 'alive', DEAD: 'dead', RESTARTING: 'restarting' };

function transitions(event: Json): { state: string; timeMs: number; row: Json }[] {
  return list(event['stateTransitions']).flatMap((entry) => {
    const row = object(entry);
    const state = text(row['state']);
    return state === null ? [] : [{ state, timeMs: timeOf(row), row }];
  });
}

/** Epoch milliseconds; now where there is no readable time. */
function timeOf(row: Json): number {
  const timeMs = Date.parse(text(row['timestamp']) ?? '');
  return Number.isNaN(timeMs) ? Date.now() : timeMs;
}

function hex(value: unknown): string | null {
  const base64 = text(value);
  return base64 === null ? null : Buffer.from(base64, 'base64').toString('hex');
}
