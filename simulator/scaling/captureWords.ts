/** What has to be said about a run's trace: why it cannot be replayed, and what a replay takes for granted. */
import { countOf } from '../model/format';
import { hasReaders, isForData } from '../trace/ingestWaits';
import { shortName } from '../trace/summary';
import { NONE } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';
import type { Streams } from './capturedStreams';
import type { OwnTimes, Ran } from './capturedTasks';
import type { BesideOthers } from './beside';
import { startedMeanwhile } from './libraryWaits';

/** Tasks that waited for a CPU for more of their time than this were crowded: such a run's time says little. */
export const CROWDED = 0.2;
/** Functions that spend more of their time without a CPU wait for a disk, a network or a clock. */
const MOSTLY_IDLE = 0.3;
const NOTABLE = 0.05;
/**
 * With more of a run unseen, a prediction's range would say nothing: since nobody knows whether that time shrinks as CPUs are
 * added (`band.ts`), four times as many span a factor of 2.1. Runs of Ray Train and Serve were seen to have 80 to 98 %, of Ray
 * Tune 63; what the script computes before it connects to Ray is in neither.
 */
const MOST_UNSEEN = 0.7;

export interface CaptureOptions {
  /** How much longer GPU tasks took here than they will on a real GPU: their times are divided by it. */
  gpuRatio: number | null;
  /** Absent where the script ended by itself. */
  endedEarly?: 'cancelled' | 'failed';
  /** Whether a debugger may have held its tasks. */
  debugged?: boolean;
  /** Whether one machine played all nodes. */
  isOneMachine?: boolean;
  costs: { submitMs: number; replyMs: number; getMs: number };
}

const ENDED_EARLY = {
  cancelled: 'This run was cancelled before its end',
  failed: 'This run failed before its end',
};

export function endedEarlyWords({ endedEarly }: CaptureOptions): string | null {
  if (endedEarly === undefined) return null;
  return `${ENDED_EARLY[endedEarly]}: what is predicted is the part of the script that ran until then, not the whole.`;
}

export interface Refusals {
  refused: string[];
  /** Whether the speed of a real GPU is all that is missing. */
  needsGpuRatio: boolean;
}

/** `unseen`: see `unseenShare`. */
export function refusals(store: TraceStore, ran: Ran, unseen: number, options: CaptureOptions): Refusals {
  const refused = unknowns(store, ran, unseen);
  const needsGpuRatio = refused.length === 0 && options.gpuRatio === null && hasPretendedGpus(store);
  if (needsGpuRatio)
    refused.push(
      'Tasks that ask for a GPU ran without one here, so their time on a GPU is not known. Say how many times faster they are there (on the command line: --gpu-ratio).',
    );
  return { refused, needsGpuRatio };
}

function hasPretendedGpus({ nodes, tasks }: TraceStore): boolean {
  const isPretended = [...nodes.values()].some((node) => node.gpusSimulated);
  return isPretended && tasks.gpus.subarray(0, tasks.size).some((n) => n > 0);
}

function unknowns(store: TraceStore, { rows, unfinished }: Ran, unseen: number): string[] {
  const ran = rows.length;
  const refused: string[] = [];
  const nothingEnded = 'No task of this run ended, so there is nothing to predict from.';
  if (store.tasks.size === 0) refused.push(nothingEnded);
  else if (store.source === 'simulation')
    refused.push('This is a prediction itself. Predict from the run that it was made from.');
  else if (store.source !== 'probe')
    refused.push(
      'This run was not recorded from inside, so nobody knows which task waited for which. Run it with recording on.',
    );
  else if (ran === 0) refused.push(nothingEnded);
  else if (!hasEdges(store))
    refused.push(
      'This run does not say which result went into which task (it was recorded by an older Heliostat), so it cannot be replayed. Run it again.',
    );
  for (const { count, reason } of store.lost.values())
    refused.push(
      `${countOf(count, 'record')} of this run ${count === 1 ? 'is' : 'are'} lost (${reason}), so a replay would miss work. Run it again.`,
    );
  if (ran > 0 && unfinished > 0)
    refused.push(
      `${countOf(unfinished, 'task')} of this run never ended or were not recorded as a whole, so a replay would miss work. Run it again until they end.`,
    );
  if (unseen > MOST_UNSEEN)
    refused.push(
      `${unseenWords(unseen)}, so nobody knows how that time changes with the cluster. Run it on clusters of two sizes and compare the runs.`,
    );
  return refused;
}

/**
 * Share of the run in which the driver neither computed nor waited for tasks that are known: Ray Data, Train, Tune and
 * Serve wait in loops and threads of their own. Without them a script may sleep, but not wait for calls of Ray's own.
 */
export function unseenShare(store: TraceStore, { rows, driver }: Ran): number {
  const { tasks, libraries } = store;
  if (driver === NONE) return 0;
  const wallMs = tasks.endMs[driver]! - tasks.startMs[driver]!;
  const { knownMs, unknownMs } = waitedBy(store, rows, driver);
  const unseenMs = libraries.size > 0 ? wallMs - tasks.cpuMs[driver]! - knownMs : unknownMs;
  return wallMs > 0 && !Number.isNaN(unseenMs) ? Math.max(0, unseenMs / wallMs) : 0;
}

function unseenWords(share: number): string {
  return `For ${Math.round(share * 100)} % of this run the script waited inside Ray's libraries, in ways that are not recorded`;
}

/** Of calls of Ray's own nothing but the id is known; where what Ray Train started reads data, that is what was waited for. */
function waitedBy(store: TraceStore, rows: readonly number[], waiting: number) {
  const { tasks, waits, waitEdges } = store;
  const sums = { knownMs: 0, unknownMs: 0 };
  const isRead = hasReaders(store);
  for (let wait = 0; wait < waits.size; wait++) {
    const count = waitEdges.count(wait);
    // Nobody came back from a `ray.wait` that timed out: the next one of its line says for whom it was.
    if (waits.task[wait] !== waiting || count === 0 || isForData(store, wait)) continue;
    const on = waitEdges.task.subarray(waitEdges.first(wait), waitEdges.first(wait) + count);
    const ms = waits.endMs[wait]! - waits.startMs[wait]!;
    const isKnown = on.some((task) => !tasks.isDriver(task) && tasks.fn[task] !== NONE);
    const meanwhile = isKnown || !isRead ? [] : startedMeanwhile(store, rows, wait);
    const knownMs = isKnown ? ms : spanMs(store, meanwhile);
    sums.knownMs += knownMs;
    sums.unknownMs += ms - knownMs;
  }
  return sums;
}

/** From the submission of the first, in whose order they are, to the last end. */
function spanMs({ tasks }: TraceStore, rows: readonly number[]): number {
  const [first] = rows;
  if (first === undefined) return 0;
  return rows.reduce((last, row) => Math.max(last, tasks.endMs[row]!), -Infinity) - tasks.submitMs[first]!;
}

export function assumptionsOf(
  store: TraceStore,
  { untimed }: Ran,
  times: OwnTimes,
  unseen: number,
  beside: BesideOthers,
  options: CaptureOptions,
): string[] {
  const words: string[] = [];
  if (unseen > NOTABLE)
    words.push(
      `${unseenWords(unseen)}: that is taken to last as long elsewhere, and the range allows for it to go with the number of CPUs.`,
    );
  if (options.debugged)
    words.push(
      'A debugger was attached to this run: what it stopped counts as work. Run the script without it for a prediction to rely on.',
    );
  if (untimed > 0)
    words.push(
      `When ${untimed} of the tasks ran was lost with their node: they are taken to be like the others of their function.`,
    );
  const lostNodes = new Set(store.marks.filter(({ kind }) => kind === 'lost').map(({ node }) => node)).size;
  if (lostNodes > 0)
    words.push(
      `This run lost ${lostNodes === 1 ? 'a node' : `${lostNodes} nodes`}: a prediction loses none, so what the loss cost is not in it.`,
    );
  if (times.crowding === null)
    words.push('How long tasks waited for a CPU of this machine was not measured: their wall time is taken.');
  else if (times.crowding > CROWDED)
    words.push(
      `Here tasks waited for a CPU for ${Math.round(times.crowding * 100)} % of their time; that is taken out. A run with fewer CPUs per node than this machine has cores would be surer.`,
    );
  const idle = idleFunctions(store, times);
  if (idle.length > 0)
    words.push(
      `Time without a CPU (disk, network or sleep) is taken to last as long elsewhere, also where a local disk stands for S3: ${idle.join(', ')}.`,
    );
  words.push(...besideWords(store, beside));
  if (options.gpuRatio !== null && options.gpuRatio !== 1)
    words.push(`Tasks with a GPU are taken to be ${options.gpuRatio} times faster than here.`);
  if (store.tasks.resourceSets.values.some((set) => set.includes('"node:')))
    words.push('Tasks that ask for a certain node (`node:…`) are taken to run on any.');
  words.push('One CPU of a node is taken to be as fast as one of this machine.');
  return words;
}

/** `load (80 %)`, of functions that take a notable part of the run's time and spend much of it without a CPU. */
function idleFunctions(store: TraceStore, times: OwnTimes): string[] {
  const totalMs = times.sumMs.reduce((sum, ms) => sum + ms, 0);
  return [...times.idleShare.entries()]
    .filter(([fn, share]) => share > MOSTLY_IDLE && times.sumMs[fn]! > NOTABLE * totalMs)
    .map(([fn, share]) => `${shortName(store.tasks.functions.values[fn]!)} (${Math.round(share * 100)} %)`);
}

function besideWords({ tasks }: TraceStore, { functions }: BesideOthers): string[] {
  return functions.map(({ fn, leastCores, mostCores, longer }) => {
    const name = shortName(tasks.functions.values[fn]!);
    return `${name} computed ${Math.round((longer - 1) * 100)} % longer where others kept ${mostCores.toFixed(1)} cores busy beside it than where they kept ${leastCores.toFixed(1)}, as where memory is shared. That is left in, and the range allows for it to go where fewer compute on a machine.`;
  });
}

export const ENDLESS =
  "The script's own start and end are not recorded, so there is nothing to compare with.";

export const UNREAD =
  'This run does not say who took what Ray Data made (an older Heliostat recorded it, or its Python is older than 3.11), so nobody knows how that goes elsewhere. Run it again.';

export function streamAssumptions({ idleMs, latencyMs }: Streams): string[] {
  if (latencyMs.length === 0) return [];
  const longest = (values: readonly number[]) =>
    Math.round(values.reduce((most, value) => Math.max(most, value), 0));
  return [
    `Ray Data is taken to read ahead on all CPUs that are free, with room for what it reads, and to be as quick as here: a CPU gets its next task after ${longest([...idleMs.values()])} ms, a reader what was made after ${longest(latencyMs)} ms.`,
  ];
}

/** A probe that records edges also records what each task holds. */
function hasEdges(store: TraceStore): boolean {
  const { tasks } = store;
  for (let row = 0; row < tasks.size; row++) if (!Number.isNaN(tasks.cpus[row]!)) return true;
  return tasks.size === 0;
}
