/** What is known of Ray's libraries after one more word about them: some of it they forget themselves. */
import type { LibraryState, TuneTrial } from '../model/library';
import type { TraceEvent } from '../model/trace';

type Libraries = Map<string, LibraryState>;
type Heard = Extract<TraceEvent, { type: 'library' | 'trial' }>;

const TRIALS = 'tune trials';

export function heard(libraries: Libraries, event: Heard): void {
  if (event.type === 'trial') return trialReported(libraries, event);
  const { state } = event;
  const key = `${state.library} ${state.id}`;
  // Ray only knows the actors that run trials, several each where they are used again.
  const trials = state.library === 'tune' ? libraries.get(TRIALS) : undefined;
  if (trials) libraries.set(TRIALS, { ...trials, state: state.state });
  else libraries.set(key, afterWord(libraries.get(key), state));
}

/** An application that is deleted has no deployments any more: those that it had are what its run was about. */
function afterWord(known: LibraryState | undefined, state: LibraryState): LibraryState {
  if (state.library !== 'serve' || known?.library !== 'serve' || state.state !== 'DELETING') return state;
  const deployments = known.deployments.map((one) => ({ ...one, state: 'STOPPED' }));
  return { ...state, state: 'STOPPED', deployments };
}

function trialReported(libraries: Libraries, event: Extract<Heard, { type: 'trial' }>): void {
  let known = libraries.get(TRIALS);
  if (known?.library !== 'tune') {
    for (const [key, { library }] of libraries) if (library === 'tune') libraries.delete(key);
    known = { library: 'tune', id: 'trials', name: 'trials', state: 'RUNNING', trials: [] };
  }
  const { id, iterations, metrics, timeMs } = event;
  const trial: TuneTrial = {
    ...{ id, name: id, state: 'RUNNING', reason: null },
    reported: { iterations, metrics, timeMs },
  };
  const trials = [...known.trials];
  // Mostly one of the newest.
  const at = trials.findLastIndex((one) => one.id === id);
  if (at === -1) trials.push(trial);
  else if (trials[at]!.reported!.iterations <= iterations) trials[at] = trial;
  libraries.set(TRIALS, { ...known, trials });
}
