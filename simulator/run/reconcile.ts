/** After a run's end: what the probe could not see, from Ray, and what Ray counts against what is shown. */
import { sleep } from '../base/context';
import type { Endpoint } from '../ray/endpoint';
import type { Filter } from '../ray/state';
import { accounts } from '../trace/summary';
import { creationOf, kindById } from '../trace/taskIds';
import { NONE, STATES } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';
import { actorEvents, countEvent, readReported, type Reported } from './jobApi';
import type { TaskSource } from './place';

/** Records that a killed worker or a slow flush sends after the script's end are waited for so long. */
const LATE_MS = 1500;
/** Ray's processes report what they did once a second. */
const COUNT_AGAIN_MS = 600;
const COUNTS = 3;
/** So many tasks are asked for one by one. */
const MOST_ASKED = 200;
const OPEN: ReadonlySet<string> = new Set(['waiting', 'running']);

/** Reads what still arrives: all that is there, and while tasks are open, until nothing has come for a while. */
export async function readLate(tasks: TaskSource, store: TraceStore): Promise<void> {
  const signal = new AbortController().signal;
  let sinceMs = performance.now();
  for (let isFirst = true; ; isFirst = false) {
    const events = await tasks.poll(isFirst).catch(() => []);
    for (const event of events) store.apply(event);
    if (events.length > 0) sinceMs = performance.now();
    else if (!hasOpenTasks(store) || performance.now() - sinceMs > LATE_MS) return;
    if (events.length === 0) await sleep(150, signal);
  }
}

/** Tasks whose worker died left no end: Ray knows. So do actors. Fails when Ray does not answer. */
export async function reconcile(endpoint: Endpoint, jobId: string, store: TraceStore): Promise<void> {
  for (const event of await actorEvents(endpoint, jobId)) store.apply(event);
  await count(endpoint, jobId, store);
  // Ray counts more than is shown also where attempts died with their workers: their number is asked for.
  if (!hasOpenTasks(store) && accounts(store).lost === store.lostCount()) return;
  const filters: Filter[] = [
    ['job_id', '=', jobId],
    ['state', '!=', 'FINISHED'],
  ];
  for (const event of (await readReported(endpoint, filters)).tasks)
    if (!isServants(event, store)) store.apply(event);
  // What its worker did not live to tell may have finished all the same. Ray takes one id a question.
  for (const task of openTasks(store).slice(0, MOST_ASKED))
    for (const event of (await readReported(endpoint, [['task_id', '=', task]])).tasks) store.apply(event);
}

/** Ids of tasks that were submitted and of whose end nobody has told. */
function openTasks({ tasks }: TraceStore): string[] {
  const ids: string[] = [];
  for (let row = 0; row < tasks.size; row++)
    if (!tasks.isDriver(row) && tasks.fn[row] !== NONE && OPEN.has(STATES[tasks.state[row]!]!)) ids.push(tasks.id(row));
  return ids;
}

/** Whether a task that the probe has not told of is Ray's own: from such a task, or a call on an actor of a library. */
export function isServants(event: Reported, { tasks }: TraceStore): boolean {
  const nameOf = (task: string) => tasks.functionName(tasks.find(task) ?? NONE);
  if (nameOf(event.task) !== null) return false;
  // What a call of Ray's own submits is its own as well.
  if (event.parent !== '' && kindById(event.parent) !== 'driver' && nameOf(event.parent) === null)
    return true;
  if (event.kind !== 'actor-task') return false;
  return (
    /\.__ray_(?!call__)\w+$/.test(event.function) ||
    nameOf(creationOf(event.task))?.startsWith('ray.') === true
  );
}

async function count(endpoint: Endpoint, jobId: string, store: TraceStore): Promise<void> {
  for (let times = 1; times <= COUNTS; times++) {
    store.apply(await countEvent(endpoint, jobId));
    const { countedByRay, tasks } = accounts(store);
    if (countedByRay === null || countedByRay >= tasks) return;
    if (times < COUNTS) await sleep(COUNT_AGAIN_MS, new AbortController().signal);
  }
}

function hasOpenTasks(store: TraceStore): boolean {
  const { waiting, running } = store.counts();
  return waiting + running > 0;
}
