/** What a pane says while it has nothing to draw: why, and what will change that. */
import { isEnded } from '../simulator/model/run';
import type { RunView } from '../simulator/model/trace';
import { hasStarted } from './runState';

export interface EmptyTexts {
  graph: string;
  timeline: string;
  functions: string;
  nodes: string;
  actors: string;
  findings: string;
  libraries: string;
  log: string;
}

const LIBRARIES = 'Ray Data, Train, Tune and Serve appear here when the script uses them.';

export function emptyTexts(view: RunView): EmptyTexts {
  const { run } = view;
  if (!hasStarted(run)) {
    return {
      graph: 'The graph grows here once the script submits tasks.',
      timeline: 'Tasks appear here, worker by worker, once the script submits them.',
      functions: 'Functions appear with their first task.',
      actors: 'Actors appear once the script creates them.',
      libraries: LIBRARIES,
      findings: 'What costs time and could be avoided appears here while the script runs.',
      nodes: 'Nodes appear once the cluster is there.',
      log: 'What the script prints appears here.',
    };
  }
  const tasks = noTasks(view);
  return {
    graph: tasks,
    timeline: tasks,
    functions: tasks,
    actors: isEnded(run.state) ? 'The script created no actors.' : 'No actors yet.',
    libraries: LIBRARIES,
    findings: isEnded(run.state) ? 'Nothing stands out in this run.' : 'Nothing stands out so far.',
    nodes: isEnded(run.state) ? 'No node was measured in this run.' : 'Waiting for the first measurements …',
    log: noLog(view),
  };
}

function noLog({ run, source }: RunView): string {
  if (source === 'simulation') return 'This is a prediction: nothing was run, so nothing was printed.';
  return isEnded(run.state) ? 'The script printed nothing.' : 'Nothing printed yet.';
}

function noTasks({ run, source }: RunView): string {
  if (source === 'none') return 'Tasks were not recorded in this run: recording was off.';
  if (isEnded(run.state))
    return 'The script submitted no tasks. Functions with @ray.remote appear here when called.';
  return 'No tasks yet. Functions with @ray.remote appear here when the script calls them.';
}

/** What to say of a run that ended before its script began; null for all others. */
export function neverStarted({ run, logSizeBytes, functions }: RunView): string | null {
  if (!isEnded(run.state) || hasStarted(run) || logSizeBytes > 0 || functions.length > 0) return null;
  return run.state.kind === 'cancelled'
    ? 'Cancelled before the script started.'
    : 'The script was not started, so there is nothing to draw.';
}
