/** What the timeline says of itself and of its lanes. */
import type { RunView } from '../../simulator/model/trace';
import type { Lane } from '../../simulator/model/views';
import * as format from '../../simulator/model/format';

/** For people who do not see the drawing; the table of tasks has all that is in it. */
export function describe({ nodes, functions }: RunView): string {
  const what = `${format.countOf(functions.length, 'function')} on ${format.countOf(nodes.length, 'node')}`;
  const keys =
    'W and S zoom, A and D move, up and down arrows scroll, left and right arrows go from task to task, ' +
    'Enter opens the task, F fits it, 0 fits all, slash searches.';
  return `Timeline of ${what}. ${keys}`;
}

/** Only a worker's first lane has a name. */
export function laneName(lane: Lane | undefined): string {
  if (!lane) return '';
  if (lane.kind === 'driver') return 'Driver';
  if (lane.depth > 0) return '';
  return lane.pid === null ? 'worker' : `pid ${lane.pid}`;
}
