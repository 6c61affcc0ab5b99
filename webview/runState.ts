/** How a run's state reads and looks: a word, an icon, a tone. */
import type { TemplateResult } from 'lit';
import type { RunInfo, RunState } from '../simulator/model/run';
import { icon, spinner } from './icons';

export type Tone = 'busy' | 'good' | 'bad' | 'quiet';

export interface StateLook {
  word: string;
  tone: Tone;
  icon: TemplateResult;
}

export function stateLook(state: RunState): StateLook {
  switch (state.kind) {
    case 'preparing':
      return { word: 'Preparing', tone: 'busy', icon: spinner() };
    case 'running':
      return { word: 'Running', tone: 'busy', icon: spinner() };
    case 'stopping':
      return { word: 'Stopping', tone: 'busy', icon: spinner() };
    case 'succeeded':
      return { word: 'Succeeded', tone: 'good', icon: icon('check') };
    case 'cancelled':
      return { word: 'Cancelled', tone: 'quiet', icon: icon('slash') };
    case 'failed':
      // The script itself may have been fine: its cluster went away under it.
      return state.failure.code === 'cluster-lost'
        ? { word: 'Lost', tone: 'bad', icon: icon('unplugged') }
        : { word: 'Failed', tone: 'bad', icon: icon('error') };
  }
}

/** In place of the state of a run that was never made. */
export const PREDICTED: StateLook = { word: 'Predicted', tone: 'quiet', icon: icon('path') };

/** How long the script has run, or, before it runs, how long it has been prepared. `nowMs` is by the engine's clock. */
export function runDurationMs(run: RunInfo, nowMs: number): number {
  return (run.endMs ?? nowMs) - (run.startMs ?? run.createdMs);
}

/** Whether the script's process was ever started. */
export function hasStarted(run: RunInfo): boolean {
  return run.startMs !== null;
}
