/** On what a real Ray 2.60 posted: an actor that dies twice, one whose `__init__` fails, a task that kills its worker. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../../simulator/model/trace';
import { RayEventDecoder } from '../../../simulator/ray/rayEvents';
import { TraceStore } from '../../../simulator/trace/traceStore';

const posted = JSON.parse(readFileSync('test/samples/ray/events.json', 'utf8')) as unknown[];
const decoded = new RayEventDecoder().decode(posted);

function stored(events: TraceEvent[]): TraceStore {
  const store = new TraceStore();
  for (const event of events) store.apply(event);
  return store;
}

describe("Ray's events", () => {
  it('belong to the job in whose actor or worker they happened', () => {
    expect(new Set(decoded.map(({ job }) => job))).toEqual(new Set(['01000000']));
  });

  it('tell how actors ended, why, and how often they were started again', () => {
    const actors = [...stored(decoded.map(({ event }) => event)).actors.values()];
    expect(actors).toEqual([
      expect.objectContaining({ className: 'A', state: 'dead', restarts: 1 }),
      expect.objectContaining({ className: 'B', state: 'dead', reason: 'Its __init__ raised an error.' }),
    ]);
    expect(actors[0]?.id).toMatch(/^[0-9a-f]{24}01000000$/);
    expect(actors[0]?.reason).toContain('its worker process has died');
    expect(actors[0]?.reason).not.toContain('common causes');
  });

  it('come to the same in any order and twice', () => {
    const events = decoded.map(({ event }) => event);
    const state = (store: TraceStore) => [...store.actors.values()].map((one) => [one.className, one.state]);
    expect(state(stored([...events, ...events]))).toEqual(state(stored(events)));
    expect(state(stored([...events].reverse())).sort()).toEqual(state(stored(events)).sort());
  });

  it('tell of every worker that died unasked, by its process, and of no other', () => {
    const marks = stored(decoded.map(({ event }) => event)).marks;
    expect(marks).toHaveLength(4);
    expect(marks.every(({ kind }) => kind === 'worker-died')).toBe(true);
    expect(marks[0]?.words).toMatch(/^Worker process 3288 died: Worker unexpectedly exits/);
  });

  it('are passed over where they are not as expected', () => {
    const odd = [null, 7, {}, { eventType: 'ACTOR_LIFECYCLE_EVENT' }, { eventType: 'NODE_LIFECYCLE_EVENT' }];
    expect(new RayEventDecoder().decode(odd)).toEqual([]);
    expect(new RayEventDecoder().decode({ not: 'a list' })).toEqual([]);
  });
});
