/** What stands over a script's entry point. Pure. */
import { isEnded, type RunInfo } from '../simulator/model/run';
import { stateText } from './runText';

/** One lens; without `runId` it is about the script alone. */
export interface LensText {
  title: string;
  tooltip: string;
  command: string;
  runId?: string;
}

/** The lenses for a script whose newest run is `run`. */
export function lensTexts(run: RunInfo | undefined): LensText[] {
  const start: LensText = {
    title: '▶ Run on cluster',
    tooltip: 'Run this script on a Ray cluster, starting one where needed',
    command: 'heliostat.run',
  };
  const debug: LensText = {
    title: '🐞 Debug on cluster',
    tooltip: 'Run this script on a Ray cluster and stop at breakpoints, in the script and in its tasks',
    command: 'heliostat.debug',
  };
  if (!run) return [start, debug];
  const state: LensText = {
    title: stateLens(run),
    tooltip: 'Open the run',
    command: 'heliostat.openRun',
    runId: run.id,
  };
  if (isEnded(run.state)) return [start, debug, ...again(run), state];
  if (run.state.kind === 'stopping') return [state];
  const cancel: LensText = {
    title: '■ Cancel',
    tooltip: 'Stop this run on the cluster',
    command: 'heliostat.cancelRun',
    runId: run.id,
  };
  return [cancel, state];
}

function again({ id, keptTasks = 0, taskCounts }: RunInfo): LensText[] {
  if (keptTasks === 0 || taskCounts.failed === 0) return [];
  return [
    {
      title: '↻ Debug failed task',
      tooltip: 'Run a task that failed again, alone and with the same arguments, and stop in its first line',
      command: 'heliostat.replayTask',
      runId: id,
    },
  ];
}

function stateLens(run: RunInfo): string {
  const text = stateText(run);
  const short = text.length > 100 ? `${text.slice(0, 99)}…` : text;
  // The editor drops a plain space after an icon.
  return `$(${lensIcon(run)})\u00a0${short}`;
}

function lensIcon(run: RunInfo): string {
  if (!isEnded(run.state)) return 'sync~spin';
  if (run.state.kind === 'succeeded') return 'pass';
  return run.state.kind === 'failed' ? 'error' : 'circle-slash';
}
