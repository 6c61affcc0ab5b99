/** Ray's own words for how actors end (gcs_actor_manager.cc), under the names of its events and of its state API. */
import { describe, expect, it } from 'vitest';
import { deathReason } from '../../../simulator/ray/deathCause';

const both = (words: string) => [
  deathReason({ actorDiedErrorContext: { errorMessage: words } }),
  deathReason({ actor_died_error_context: { error_message: words } }),
];

describe('why an actor died', () => {
  it.each([
    'The actor is dead because all references to the actor were removed.',
    'The actor is dead because all references to the actor were removed including lineage ref count.',
    'The actor is dead because it was killed by `ray.kill`.',
    'The actor is dead because its owner has died. Owner Id: 01 Owner Ip address: 127.0.0.2 Owner worker exit type: INTENDED_USER_EXIT Worker exit detail: Owner worker exited normally.',
    'The actor is dead because its worker process has died. Worker exit type: INTENDED_USER_EXIT Worker exit detail: Worker force exited because its job has finished',
  ])('is nothing to tell of where it was meant: %s', (words) => {
    expect(both(words)).toEqual([null, null]);
  });

  it.each([
    'The actor is dead because its worker process has died. Worker exit type: SYSTEM_ERROR',
    'The actor is dead because its owner has died. Owner Id: 01 Owner worker exit type: SYSTEM_ERROR Worker exit detail: gone',
    'The actor died because its node has died.',
  ])('is told without the causes that it may have had: %s', (words) => {
    expect(both(`${words} Some common causes include: (1) many`)).toEqual([words, words]);
  });

  it('may be that it could not be made', () => {
    const words = 'Its __init__ raised an error.';
    expect(deathReason({ creationTaskFailureContext: {} })).toBe(words);
    expect(deathReason({ creation_task_failure_context: {} })).toBe(words);
    expect(deathReason({})).toBeNull();
  });
});
