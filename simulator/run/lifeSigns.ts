/** When a run was last known to live: the end of one whose cluster vanished, since nobody saw the end itself. */
import { modifiedMs } from '../base/files';
import type { Failure } from '../model/failure';
import { duration } from '../model/format';
import type { RunInfo } from '../model/run';
import type { RunRecords } from './record';

/** How often a sign of life is put on record, for the next engine. */
const NOTE_EVERY_MS = 5000;

export class LifeSigns {
  private seenMs: number;
  private notedMs = 0;
  private readonly isResumed: boolean;

  constructor(
    private readonly info: RunInfo,
    private readonly records: RunRecords,
  ) {
    this.isResumed = info.submissionId !== null;
    // What is written to the record is written because something was seen.
    this.seenMs = (this.isResumed ? modifiedMs(records.files(info.id).recordFile) : null) ?? info.createdMs;
  }

  /** It answers. */
  seen(): void {
    this.seenMs = Date.now();
    if (this.seenMs - this.notedMs < NOTE_EVERY_MS) return;
    this.notedMs = this.seenMs;
    this.records.seen(this.info.id);
  }

  /** A run that goes on under another engine had a cluster: where there is none, it is lost. */
  lossOf(failure: Failure): Failure {
    const { clusterId } = this.info;
    const isMissing = failure.code === 'cluster-not-found' && clusterId !== null;
    const lost: Failure =
      this.isResumed && isMissing
        ? { code: 'cluster-lost', id: clusterId, detail: 'It was not there any more.' }
        : failure;
    if (lost.code !== 'cluster-lost' || !this.isResumed) return lost;
    const silentMs = Date.now() - this.endMs(lost);
    const { detail } = lost;
    return {
      ...lost,
      detail: `${detail} The run's last sign of life was ${duration(silentMs)} before that was noticed.`,
    };
  }

  /** The end of a run that failed so: now, or the last sign of life where its cluster is gone. */
  endMs(failure: Failure): number {
    const nowMs = Date.now();
    if (failure.code !== 'cluster-lost' && failure.code !== 'ray-unreachable') return nowMs;
    const { info } = this;
    const ofCluster = failure.code === 'cluster-lost' ? (failure.seenMs ?? 0) : 0;
    const ofLog = modifiedMs(this.records.files(info.id).log) ?? 0;
    return Math.min(nowMs, Math.max(info.startMs ?? info.createdMs, this.seenMs, ofLog, ofCluster));
  }
}
