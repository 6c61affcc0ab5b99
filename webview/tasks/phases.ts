/** What a task spent its time on, from its submission to its end, where it is known; in order and without gaps. */
import type { TaskBrief } from '../../simulator/model/views';
import * as format from '../../simulator/model/format';

export type PhaseKind = 'data' | 'queue' | 'fetch' | 'run';

export interface Phase {
  kind: PhaseKind;
  fromMs: number;
  toMs: number;
}

export const PHASE_WORDS: Record<PhaseKind, string> = {
  data: 'waited for data',
  queue: 'queued',
  fetch: 'fetched its arguments',
  run: 'ran',
};

/** `nowMs` ends what goes on. Phases that took nothing are left out, but for the run itself. */
export function phasesOf(task: TaskBrief, nowMs: number): Phase[] {
  const startMs = task.startMs ?? nowMs;
  const submitMs = Math.min(task.submitMs ?? startMs, startMs);
  const readyMs = clamp(task.argsReadyMs ?? submitMs, submitMs, startMs);
  const fetchMs = task.startMs === null ? startMs : clamp(startMs - (task.fetchMs ?? 0), readyMs, startMs);
  const phases: Phase[] = [
    { kind: 'data', fromMs: submitMs, toMs: readyMs },
    { kind: 'queue', fromMs: readyMs, toMs: fetchMs },
    { kind: 'fetch', fromMs: fetchMs, toMs: startMs },
  ];
  const result = phases.filter((phase) => phase.toMs > phase.fromMs);
  if (task.startMs !== null)
    result.push({ kind: 'run', fromMs: startMs, toMs: task.endMs ?? Math.max(startMs, nowMs) });
  return result;
}

/** `queued 12 ms`, `ran 1.2 s`, `still runs after 3 s`. */
export function phaseWords(task: TaskBrief, phase: Phase): string {
  const took = format.duration(phase.toMs - phase.fromMs);
  if (phase.kind === 'run' && task.endMs === null && task.state === 'running') return `running for ${took}`;
  if (phase.kind === 'queue' && task.startMs === null) return `in the queue for ${took}`;
  return `${PHASE_WORDS[phase.kind]} ${phase.kind === 'fetch' ? `in ${took}` : took}`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
