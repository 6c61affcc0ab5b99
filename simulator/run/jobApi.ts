/** What both kinds of place read from Ray's HTTP API: how a job ended, what it waits for, and its tasks by polling. */
import type { Failure } from '../model/failure';
import type { TraceEvent } from '../model/trace';
import type { Endpoint } from '../ray/endpoint';
import type { JobDetails } from '../ray/jobs';
import { readActors, readTasks, type Filter } from '../ray/state';
import type { JobEnd, TaskSource } from './place';

/** `started` is whether the script's process ever began; what failed before that is Ray's failure, not the script's. */
export function jobEnd(exitCode: number | null, job: JobDetails | null = null, started = true): JobEnd {
  const stopped = job?.status === 'STOPPED';
  return { exitCode, failure: stopped ? null : endFailure(exitCode, job, started), stopped };
}

function endFailure(exitCode: number | null, job: JobDetails | null, started: boolean): Failure | null {
  if (exitCode === 0 || job?.status === 'SUCCEEDED') return null;
  if (exitCode === null || !started) {
    return {
      code: 'job-not-started',
      reason: job?.errorType ?? 'The job ended before the script began.',
      message: job?.message ?? '',
    };
  }
  return { code: 'run-failed', exitCode, error: null };
}

/** What a script's exit code alone does not say: its error. */
export function withError(failure: Failure, message: string | null): Failure {
  return failure.code === 'run-failed' ? { ...failure, error: message } : failure;
}

export function describeWait(job: JobDetails | null): string {
  if (!job) return 'Waiting for Ray to take the job';
  if (job.status !== 'PENDING') return 'Starting the script';
  return job.message && !/has not started yet/i.test(job.message)
    ? job.message.split('\n')[0]!.slice(0, 200)
    : 'Ray prepares the runtime environment';
}

/**
 * Asks at most this often, and so seldom that Ray's dashboard spends a tenth of its time on the answers: for 10,000
 * tasks one takes it seconds of CPU, which the script's own tasks would lack.
 */
const ASK_EVERY_MS = 1000;
const IDLE_PER_ANSWER = 9;

/** Tasks from Ray's state API, for clusters without the probe: complete up to its limits, and it says what is missing. */
export class StateSource implements TaskSource {
  readonly name = 'state-api';
  private askAgainMs = -Infinity;
  private saidMissing = 0;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly jobId: string,
  ) {}

  async poll(isLast = false): Promise<TraceEvent[]> {
    if (!isLast && performance.now() < this.askAgainMs) return [];
    const events = await this.paced(readReported(this.endpoint, [['job_id', '=', this.jobId]]));
    const missing = events.missing - this.saidMissing;
    this.saidMissing = Math.max(this.saidMissing, events.missing);
    const lost: TraceEvent[] =
      missing > 0
        ? [{ type: 'lost', source: 'ray', count: missing, reason: "Ray's state API did not tell of them" }]
        : [];
    return [...events.tasks, ...lost, ...(await this.actors())];
  }

  isDrained(): boolean {
    return false;
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  /** An answer that never came has cost as much. */
  private paced<T>(answer: Promise<T>): Promise<T> {
    const fromMs = performance.now();
    return answer.finally(() => {
      const nowMs = performance.now();
      this.askAgainMs = nowMs + Math.max(ASK_EVERY_MS, IDLE_PER_ANSWER * (nowMs - fromMs));
    });
  }

  private async actors(): Promise<TraceEvent[]> {
    return actorEvents(this.endpoint, this.jobId);
  }
}

export async function actorEvents(endpoint: Endpoint, jobId: string): Promise<TraceEvent[]> {
  return (await readActors(endpoint, jobId)).map((actor) => ({
    type: 'actor',
    actor: actor.id,
    className: actor.className,
    state: actor.state,
    reason: actor.reason,
    timeMs: Date.now(),
  }));
}

/** How many tasks of the job Ray has told of by itself, also those whose records it has dropped since. */
export async function countEvent(endpoint: Endpoint, jobId: string): Promise<TraceEvent> {
  const { total } = await readTasks(endpoint, [['job_id', '=', jobId]], { detail: false, limit: 1 });
  return { type: 'counted', source: 'ray', tasks: total };
}

export type Reported = Extract<TraceEvent, { type: 'reported' }>;

/** Tasks as the state API reports them. */
export async function readReported(
  endpoint: Endpoint,
  filters: Filter[],
): Promise<{ tasks: Reported[]; missing: number }> {
  const page = await readTasks(endpoint, filters, { detail: true });
  return {
    missing: page.missing,
    tasks: page.tasks
      .filter((task) => task.kind !== 'driver')
      .map((task) => ({
        type: 'reported',
        task: task.id,
        parent: task.parent,
        kind: task.kind,
        function: task.name,
        state: task.state,
        attempt: task.attempt,
        node: task.rayNodeId,
        startMs: task.startMs,
        endMs: task.endMs,
        error: task.error,
      })),
  };
}
