/** The states of tasks: their order, their words and their bars, the same wherever they are shown. */
import { isEnded, type RunInfo, type TaskCounts } from '../simulator/model/run';
import type { FunctionSummary, NodeSeries, RunView, TaskKind, TaskState } from '../simulator/model/trace';
import * as format from '../simulator/model/format';

/** From left to right in every bar. */
export const STATE_ORDER: readonly TaskState[] = ['finished', 'failed', 'running', 'waiting'];

const KIND_WORDS: Record<TaskKind, string> = {
  driver: 'driver',
  task: 'task',
  'actor-creation': 'actor',
  'actor-task': 'actor task',
};

export function kindWord(kind: TaskKind): string {
  return KIND_WORDS[kind];
}

export type StateWords = Record<TaskState, string>;

const LIVE_WORDS: StateWords = {
  finished: 'finished',
  failed: 'failed',
  running: 'running',
  waiting: 'waiting',
};

/** What the states are called in this run: nothing waits any more once it has ended. */
export function stateWords(run: RunInfo): StateWords {
  return isEnded(run.state) ? { ...LIVE_WORDS, waiting: 'never finished' } : LIVE_WORDS;
}

/** A task that had not ended when its run did never will. */
export function settledState(run: RunInfo, state: TaskState): TaskState {
  return isEnded(run.state) && state === 'running' ? 'waiting' : state;
}

/** The view with what ran when the run ended counted as never finished. */
export function settled(view: RunView): RunView {
  if (!isEnded(view.run.state)) return view;
  const settle = (counts: TaskCounts): TaskCounts => ({
    ...counts,
    running: 0,
    waiting: counts.waiting + counts.running,
  });
  return {
    ...view,
    run: { ...view.run, taskCounts: settle(view.run.taskCounts) },
    functions: view.functions.map((fn) => ({ ...fn, counts: settle(fn.counts) })),
  };
}

export interface Segment {
  state: TaskState;
  /** Shares of the whole, 0–1. */
  start: number;
  size: number;
}

const LEAST_SHARE = 0.015;

/** The bar's segments; a state that has any task is never too small to be seen. */
export function segments(counts: TaskCounts): Segment[] {
  const present = STATE_ORDER.filter((state) => counts[state] > 0);
  const total = present.reduce((sum, state) => sum + counts[state], 0);
  const raw = present.map((state) => Math.max(LEAST_SHARE, counts[state] / total));
  const sum = raw.reduce((a, b) => a + b, 0);
  let start = 0;
  return present.map((state, index) => {
    const size = raw[index]! / sum;
    const segment = { state, start, size };
    start += size;
    return segment;
  });
}

/** `2 failed`, `8 running`, `312 waiting`: what needs a look first. All finished is one word. */
export function openStates(counts: TaskCounts, names: StateWords): string[] {
  const words = (['failed', 'running', 'waiting'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${format.shortCount(counts[state])} ${names[state]}`);
  return words.length === 0 && counts.total > 0 ? ['finished'] : words;
}

/** In a sentence, for people who do not see the drawing. */
export function countsSentence(counts: TaskCounts, names: StateWords): string {
  const parts = STATE_ORDER.filter((state) => counts[state] > 0).map(
    (state) => `${format.count(counts[state])} ${names[state]}`,
  );
  return parts.length > 0 ? parts.join(', ') : 'no tasks';
}

/** `1 GPU · simulated`; empty for functions that ask for none. */
export function gpuLabel(fn: FunctionSummary, nodes: readonly NodeSeries[]): string {
  if (fn.gpus === 0) return '';
  const withGpus = nodes.filter((node) => node.gpus > 0);
  const simulated = withGpus.length > 0 && withGpus.every((node) => node.gpusSimulated);
  return `${format.amount(fn.gpus)} GPU${fn.gpus > 1 ? 's' : ''}${simulated ? ' · simulated' : ''}`;
}
