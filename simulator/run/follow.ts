/** Follows a job from its launch to its end: log, progress, tasks. Collects; decides nothing about the run's state. */
import { sleep, type Context } from '../base/context';
import type { TraceEvent } from '../model/trace';
import { FailureError, toFailure, type Failure } from '../model/failure';
import type { JobEnd, JobProgress, RunPlace, TaskSource } from './place';
import type { RunLog } from './runLog';

export interface Follower {
  onProgress(progress: JobProgress): void;
  onSource(source: TaskSource['name']): void;
  onEvents(events: TraceEvent[]): void;
  onOutput(): void;
}

const TASKS_EVERY_MS = 150;
/** After the script's end its last output and records may take so long to arrive. */
const DRAIN_MS = 350;
/** Ray's log socket closes by itself this long after the job's end at the latest. */
const SOCKET_DRAIN_MS = 4000;
/** Ray may not answer for so long before the cluster counts as lost. */
const LOST_AFTER_MS = 20_000;

export interface Followed {
  end: JobEnd;
  tasks: TaskSource | null;
}

/** Returns when the script has ended and what it printed is here. Fails as `ray-unreachable` when the cluster is gone. */
export async function follow(
  ctx: Context,
  place: RunPlace,
  submissionId: string,
  log: RunLog,
  follower: Follower,
): Promise<Followed> {
  const stopLog = new AbortController();
  const onAbort = () => stopLog.abort();
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  const logging = copyLog(place, submissionId, log, stopLog.signal, follower, ctx);
  try {
    const watch = new Watch(ctx, place, submissionId, follower);
    const end = await watch.untilEnd();
    await drain(place, logging, log, watch, ctx);
    return { end, tasks: watch.tasks };
  } finally {
    ctx.signal.removeEventListener('abort', onAbort);
    stopLog.abort();
    await logging;
  }
}

class Watch {
  tasks: TaskSource | null = null;
  private tasksMs = 0;
  private polling: Promise<void> | null = null;
  private answeredMs = performance.now();

  constructor(
    private readonly ctx: Context,
    private readonly place: RunPlace,
    private readonly submissionId: string,
    private readonly follower: Follower,
  ) {}

  async untilEnd(): Promise<JobEnd> {
    for (;;) {
      const progress = await this.ask();
      if (progress) {
        this.follower.onProgress(progress);
        if (progress.jobId !== null && this.tasks === null) {
          this.tasks = this.place.tasks(progress.jobId);
        }
        if (progress.end) return progress.end;
      }
      if (performance.now() - this.tasksMs > TASKS_EVERY_MS) void this.pollTasks();
      await sleep(this.place.pollMs, this.ctx.signal);
    }
  }

  /** One at a time. Ray may need half a minute for an answer, and the job's end is not to be seen later for that. */
  pollTasks(): Promise<void> {
    return (this.polling ??= this.readTasks().finally(() => (this.polling = null)));
  }

  private async readTasks(): Promise<void> {
    this.tasksMs = performance.now();
    try {
      if (!this.tasks) return;
      const events = await this.tasks.poll();
      // The probe of a cluster that is not ours may be there only now.
      this.follower.onSource(this.tasks.name);
      if (events.length > 0) this.follower.onEvents(events);
    } catch (thrown) {
      this.ctx.log.warn(`Reading tasks: ${JSON.stringify(toFailure(thrown))}`);
    }
  }

  /** Null while Ray does not answer; that becomes a failure only after a while, since a busy head is slow. */
  private async ask(): Promise<JobProgress | null> {
    try {
      const progress = await this.place.progress(this.submissionId, this.ctx.signal);
      this.answeredMs = performance.now();
      return progress;
    } catch (thrown) {
      const isLost = performance.now() - this.answeredMs > LOST_AFTER_MS;
      if (!(thrown instanceof FailureError) || !isPassing(thrown.failure) || isLost) throw thrown;
      return null;
    }
  }
}

/** What says nothing of the job: no answer, or an error of an overloaded dashboard or of a proxy before it. */
function isPassing(failure: Failure): boolean {
  if (failure.code === 'ray-answer') return failure.status >= 500 || failure.status === 429;
  return failure.code === 'ray-unreachable';
}

async function copyLog(
  place: RunPlace,
  submissionId: string,
  log: RunLog,
  signal: AbortSignal,
  follower: Follower,
  ctx: Context,
): Promise<void> {
  // The socket is refused while Ray has not taken the job yet, and breaks when the network does: begin again.
  while (!signal.aborted) {
    try {
      for await (const piece of place.log(submissionId, log.sizeBytes, signal)) {
        log.append(piece);
        follower.onOutput();
      }
      return;
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (failure.code === 'cancelled') return;
      ctx.log.info(`Reading the log again: ${JSON.stringify(failure)}`);
      await sleep(500, signal).catch(() => {});
    }
  }
}

/** Waits for the tail of the output and of the task records, within bounds. */
async function drain(
  place: RunPlace,
  logging: Promise<void>,
  log: RunLog,
  watch: Watch,
  ctx: Context,
): Promise<void> {
  if (place.logEndsItself) await Promise.race([logging, sleep(SOCKET_DRAIN_MS, ctx.signal)]);
  const endMs = performance.now() + DRAIN_MS;
  let sizeBytes = -1;
  while (performance.now() < endMs) {
    await Promise.race([watch.pollTasks(), sleep(DRAIN_MS, ctx.signal)]);
    const isQuiet = log.sizeBytes === sizeBytes;
    if (isQuiet && (watch.tasks === null || watch.tasks.isDrained())) return;
    sizeBytes = log.sizeBytes;
    await sleep(70, ctx.signal);
  }
}
