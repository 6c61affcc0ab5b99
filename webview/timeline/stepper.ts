/** From task to task of one lane, by arrow keys: as far as the run goes, also where the next one is not loaded. */
import type { TaskDetails, TimelineSlices } from '../../simulator/model/views';
import type { Ask } from '../ask';
import type { Camera } from './camera';
import { nextSlice, type FoundSlice } from './sliceAt';
import type { SliceLoader } from './sliceLoader';
import { spanOf, type TimeWindow } from './timeScale';

export interface StepperHost {
  runId(): string;
  /** The run's span as it is known now. */
  bounds(): TimeWindow;
  /** The selected task. */
  selected(): TaskDetails | null;
  /** Selects what was found, and brings its lane into sight. */
  take(found: FoundSlice, lane: number): Promise<void>;
}

/** Where a step starts. */
interface From {
  lane: number;
  middleMs: number;
  /** -1 without a task. */
  row: number;
}

/** Looked through first where the next task is not loaded, in widths of the drawing; then the rest of the run. */
const FIRST_LOOK = 8;

export class Stepper {
  constructor(
    private readonly ask: Ask,
    private readonly loader: SliceLoader,
    private readonly camera: Camera,
    private readonly host: StepperHost,
  ) {}

  /** To the next task of the selected one's lane; without one, of the first worker's. One key after the other. */
  step(step: 1 | -1): void {
    this.loader.whenThere(async () => {
      const from = this.from();
      const near = this.loader.near;
      if (!from || !near) return;
      const loaded = holds(near, from) ? nextSlice(near, from.lane, from.middleMs, step, from.row) : null;
      const found = loaded ?? (await this.further(from, step, near.binMs));
      if (!found) return;
      this.camera.panTo(found);
      await this.host.take(found, from.lane);
    });
  }

  private from(): From | null {
    const details = this.host.selected();
    if (!details) {
      const lane = this.loader.lanes?.lanes.findIndex(({ kind }) => kind === 'worker') ?? -1;
      return lane === -1 ? null : { lane, middleMs: this.camera.window.fromMs, row: -1 };
    }
    const { task, lanes } = details;
    const lane = lanes[task.id];
    if (lane === undefined || task.startMs === null) return null;
    return { lane, middleMs: (task.startMs + (task.endMs ?? task.startMs)) / 2, row: task.row };
  }

  /** From the engine; null without one, too. */
  private async further(
    { lane, middleMs, row }: From,
    step: 1 | -1,
    binMs: number,
  ): Promise<FoundSlice | null> {
    const { fromMs, toMs } = this.host.bounds();
    const roomMs = step === 1 ? toMs - middleMs : middleMs - fromMs;
    const firstMs = Math.min(roomMs, spanOf(this.camera.window) * FIRST_LOOK);
    const id = this.host.runId();
    for (const lookMs of firstMs < roomMs ? [firstMs, roomMs] : [roomMs]) {
      if (!(lookMs > 0)) return null;
      const ends = step === 1 ? [middleMs, middleMs + lookMs] : [middleMs - lookMs, middleMs];
      const query = { fromMs: ends[0]!, toMs: ends[1]!, binMs, firstLane: lane, lastLane: lane + 1 };
      const slices = await this.ask('runs.timeline', { id, query }).catch(() => null);
      const found = slices && nextSlice(slices, lane, middleMs, step, row);
      if (found) return found;
    }
    return null;
  }
}

function holds(slices: TimelineSlices, { lane, middleMs }: From): boolean {
  return (
    slices.firstLane <= lane && slices.lastLane > lane && slices.fromMs <= middleMs && slices.toMs >= middleMs
  );
}
