/** Answers what the page's views ask of a run's trace. */
import { fail } from '../model/failure';
import { isEnded, type RunInfo } from '../model/run';
import type { Runs } from '../run/runs';
import { criticalPath } from '../trace/criticalPath';
import { findTask } from '../trace/findTask';
import { neighbourhood } from '../trace/neighbourhood';
import { taskDetails } from '../trace/taskDetails';
import { taskList } from '../trace/taskList';
import { taskTiles } from '../trace/taskTiles';
import { timelineLanes, timelineSlices } from '../trace/timelineSlices';
import type { TraceStore } from '../trace/traceStore';
import type { Handlers } from './server';

type ViewMethod =
  | 'runs.lanes'
  | 'runs.timeline'
  | 'runs.taskList'
  | 'runs.task'
  | 'runs.findTask'
  | 'runs.taskTiles'
  | 'runs.neighbourhood'
  | 'runs.criticalPath';

/** `now` by the clock that the trace's times are of. */
export function viewHandlers(
  runs: Pick<Runs, 'read'>,
  now: () => number = Date.now,
): Pick<Handlers, ViewMethod> {
  return {
    'runs.lanes': ({ id }) => runs.read(id, (store, run) => timelineLanes(store, endOf(run) ?? now())),
    'runs.timeline': ({ id, query }) =>
      runs.read(id, (store, run) => timelineSlices(store, query, endOf(run) ?? now())),
    'runs.taskList': ({ id, query }) => runs.read(id, (store) => taskList(store, query)),
    'runs.task': ({ id, task }) => runs.read(id, (store) => taskDetails(store, rowOf(store, task))),
    'runs.findTask': ({ id, ...query }) => runs.read(id, (store) => findTask(store, query)),
    'runs.taskTiles': ({ id, group, most }) => runs.read(id, (store) => taskTiles(store, group, most)),
    'runs.neighbourhood': ({ id, task, most }) =>
      runs.read(id, (store) => neighbourhood(store, rowOf(store, task), most)),
    'runs.criticalPath': ({ id }) => runs.read(id, (store) => criticalPath(store)),
  };
}

function endOf(run: RunInfo): number | null {
  return isEnded(run.state) ? run.endMs : null;
}

function rowOf(store: TraceStore, task: string | number): number {
  const row = typeof task === 'string' ? store.tasks.find(task) : task;
  if (row === undefined || !(row >= 0 && row < store.tasks.size)) {
    return fail({ code: 'task-not-found', task: String(task) });
  }
  return row;
}
