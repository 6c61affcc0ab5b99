/** What is known of Ray's libraries after one more word about them: some of it they forget themselves. */
import type { LibraryReport, LibraryState, TuneTrial } from '../model/library';
import type { TraceEvent } from '../model/trace';

type Libraries = Map<string, LibraryState>;
type Heard = Extract<TraceEvent, { type: 'library' | 'libraryReport' }>;

const TRIALS = 'tune trials';
const MAX_REPORTS = 1000;

export function heard(libraries: Libraries, event: Heard): void {
  if (event.type === 'libraryReport') {
    if (event.library === 'train') trainingReported(libraries, event.id, event.report);
    else trialReported(libraries, event.id, event.report);
    return;
  }
  const { state } = event;
  const key = `${state.library} ${state.id}`;
  // Ray only knows the actors that run trials, several each where they are used again.
  const trials = state.library === 'tune' ? libraries.get(TRIALS) : undefined;
  if (trials) libraries.set(TRIALS, { ...trials, state: state.state });
  else libraries.set(key, afterWord(libraries.get(key), state));
}

/**
 * An application that is deleted has no deployments any more: those that it had are what its run was about. What a training
 * reported Ray does not tell.
 */
function afterWord(known: LibraryState | undefined, state: LibraryState): LibraryState {
  if (state.library === 'train' && known?.library === 'train' && known.reports)
    return { ...state, reports: known.reports };
  if (state.library !== 'serve' || known?.library !== 'serve' || state.state !== 'DELETING') return state;
  const deployments = known.deployments.map((one) => ({ ...one, state: 'STOPPED' }));
  return { ...state, state: 'STOPPED', deployments };
}

/** Reports of a training that is tried again go on from those of the attempt before it. */
function trainingReported(libraries: Libraries, id: string, report: LibraryReport): void {
  const key = `train ${id}`;
  let known = libraries.get(key);
  if (known?.library !== 'train') {
    const unknown = { state: '', startMs: null, endMs: null, attempts: 1, workers: [] };
    known = { library: 'train', id, name: 'training', ...unknown };
  }
  const before = (known.reports ?? []).filter(({ iterations }) => iterations < report.iterations);
  libraries.set(key, { ...known, reports: [...before, report].slice(-MAX_REPORTS) });
}

function trialReported(libraries: Libraries, id: string, reported: LibraryReport): void {
  let known = libraries.get(TRIALS);
  if (known?.library !== 'tune') {
    for (const [key, { library }] of libraries) if (library === 'tune') libraries.delete(key);
    known = { library: 'tune', id: 'trials', name: 'trials', state: 'RUNNING', trials: [] };
  }
  const trial: TuneTrial = { id, name: id, state: 'RUNNING', reason: null, reported };
  const trials = [...known.trials];
  // Mostly one of the newest.
  const at = trials.findLastIndex((one) => one.id === id);
  if (at === -1) trials.push(trial);
  else if (trials[at]!.reported!.iterations <= reported.iterations) trials[at] = trial;
  libraries.set(TRIALS, { ...known, trials });
}
