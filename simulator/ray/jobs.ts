/** Ray's Jobs REST API (ray/dashboard/modules/job/job_head.py), and the log over its WebSocket. */
import { WebSocket } from 'ws';
import { fail, FailureError } from '../model/failure';
import { number, object, text } from './decode';
import type { Endpoint } from './endpoint';
import { authHeaders, rayRequest } from './http';

export interface JobSubmission {
  entrypoint: string;
  submissionId: string;
  runtimeEnv: Record<string, unknown>;
  metadata: Record<string, string>;
}

export type JobStatus = 'PENDING' | 'RUNNING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED';

export interface JobDetails {
  status: JobStatus;
  /** Hex; null until the script connects to Ray. */
  jobId: string | null;
  message: string | null;
  /** Ray's own word, for instance `RUNTIME_ENV_SETUP_FAILURE`. */
  errorType: string | null;
  exitCode: number | null;
}

export function isJobOver(status: JobStatus): boolean {
  return status === 'STOPPED' || status === 'SUCCEEDED' || status === 'FAILED';
}

/** Returns at once; what goes wrong later stands in the job's status. A submission id can be used once. */
export async function submitJob(endpoint: Endpoint, job: JobSubmission): Promise<void> {
  await rayRequest(endpoint, '/api/jobs/', {
    method: 'POST',
    // The first job of a cluster waits until the dashboard's job module has connected as a driver.
    timeoutMs: 60_000,
    body: {
      entrypoint: job.entrypoint,
      submission_id: job.submissionId,
      runtime_env: job.runtimeEnv,
      metadata: job.metadata,
    },
  });
}

/** Null when the cluster knows no such job. */
export async function readJob(
  endpoint: Endpoint,
  submissionId: string,
  signal?: AbortSignal,
): Promise<JobDetails | null> {
  const answer = await rayRequest(endpoint, `/api/jobs/${submissionId}`, {
    accept: [404],
    ...(signal ? { signal } : {}),
  });
  if (answer.status === 404) return null;
  const body = object(answer.body);
  return {
    status: (text(body['status']) ?? 'PENDING') as JobStatus,
    jobId: text(body['job_id']),
    message: text(body['message']),
    errorType: text(body['error_type']),
    exitCode: number(body['driver_exit_code']),
  };
}

/** SIGTERM to the job's processes, SIGKILL after Ray's 3 s. A job that is over already is left alone. */
export async function stopJob(endpoint: Endpoint, submissionId: string): Promise<void> {
  await rayRequest(endpoint, `/api/jobs/${submissionId}/stop`, { method: 'POST', accept: [400, 404] });
}

/** All of a job's log as it is now, in one piece. */
export async function readJobLog(
  endpoint: Endpoint,
  submissionId: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const answer = await rayRequest(endpoint, `/api/jobs/${submissionId}/logs`, { signal });
  return Buffer.from(text(object(answer.body)['logs']) ?? '');
}

/**
 * The job's whole log from its first byte, as it grows, in pieces about a second apart. Ends quietly when Ray closes
 * the socket, which it also does when a job died: read the status again afterwards.
 */
export async function* tailJob(
  endpoint: Endpoint,
  submissionId: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const url = `${endpoint.address.replace(/^http/, 'ws')}/api/jobs/${submissionId}/logs/tail`;
  const socket = new WebSocket(url, { headers: authHeaders(endpoint), maxPayload: 256 * 1048576 });
  const queue: Buffer[] = [];
  let ended = false;
  let error: Error | null = null;
  let wake = () => {};
  const notify = () => wake();
  socket.on('message', (data: Buffer) => {
    queue.push(data);
    // Ray sends as fast as it reads; a slow disk here must not grow our memory.
    if (queue.length > 16) socket.pause();
    notify();
  });
  socket.on('close', () => ((ended = true), notify()));
  socket.on('error', (thrown) => ((error = thrown), (ended = true), notify()));
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      const piece = queue.shift();
      if (piece) {
        if (queue.length < 8) socket.resume();
        yield piece;
      } else if (ended) {
        if (error && !signal.aborted) unreachable(endpoint, error);
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    signal.removeEventListener('abort', abort);
    socket.terminate();
  }
}

function unreachable(endpoint: Endpoint, error: Error): never {
  if (error instanceof FailureError) throw error;
  return fail({ code: 'ray-unreachable', address: endpoint.address, detail: error.message });
}
