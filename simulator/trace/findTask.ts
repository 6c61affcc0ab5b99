/** The next task in time that a text finds: by function, error or the beginning of its id. */
import type { TaskBrief } from '../model/views';
import { taskBrief } from './taskBrief';
import { taskRowsMatching } from './taskList';
import type { TraceStore } from './traceStore';

export interface FindQuery {
  text: string;
  timeMs: number;
  backwards?: boolean;
}

/** Of those that have begun; null when there is none on that side. */
export function findTask(store: TraceStore, query: FindQuery): TaskBrief | null {
  const { startMs } = store.tasks;
  const sign = query.backwards === true ? -1 : 1;
  let best = -1;
  for (const row of taskRowsMatching(store, query.text)) {
    const ahead = sign * (startMs[row]! - query.timeMs);
    if (ahead > 0 && (best === -1 || sign * (startMs[row]! - startMs[best]!) < 0)) best = row;
  }
  return best === -1 ? null : taskBrief(store, best);
}
