/** A cluster that we did not start: the working directory is uploaded, everything else is asked over HTTP. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sleep, type Context } from '../base/context';
import { CARRIED, type Invitation } from '../debug/invitation';
import { quoteWord, shellCommand } from '../model/shell';
import type { Endpoint } from '../ray/endpoint';
import { isJobOver, readJob, readJobLog, stopJob, submitJob, tailJob } from '../ray/jobs';
import { uploadWorkingDir } from '../ray/workingDir';
import { ForeignSource } from './foreignSource';
import { describeWait, jobEnd, StateSource } from './jobApi';
import type { JobProgress, Launch, RunPlace, TaskSource } from './place';

/** Ray gives a job's log only as one piece, so a longer one is not asked for again. */
const WHOLE_LOG_BYTES = 16 * 1048576;

export interface RemotePlaceOptions {
  clusterId: string;
  clusterName: string;
  endpoint: Endpoint;
  /** What of ours travels with the job; null without recording. */
  luggage: Luggage | null;
}

interface Luggage {
  /** The probe's files. */
  probeDir: string;
  /** Of the debug session that started the run. */
  invitation: Invitation | null;
}

export class RemotePlace implements RunPlace {
  readonly pollMs = 400;
  readonly backend = 'remote';
  readonly logEndsItself = true;
  readonly clusterId: string;
  readonly clusterName: string;
  private readonly endpoint: Endpoint;
  private readonly luggage: Luggage | null;
  private startMs: number | null = null;

  constructor({ clusterId, clusterName, endpoint, luggage }: RemotePlaceOptions) {
    this.clusterId = clusterId;
    this.clusterName = clusterName;
    this.endpoint = endpoint;
    this.luggage = luggage;
  }

  reserve(): Promise<string> {
    return Promise.resolve(`heliostat-${randomBytes(5).toString('hex')}`);
  }

  async launch(ctx: Context, submissionId: string, launch: Launch): Promise<string[]> {
    if (await readJob(this.endpoint, submissionId, ctx.signal)) return [];
    const { luggage } = this;
    const ours = luggage ? files(luggage) : {};
    const { uri, warnings } = await uploadWorkingDir(ctx, this.endpoint, launch.workingDir, ours);
    const pip = launch.dependencies.filter((requirement) => !/^ray\b/i.test(requirement));
    const script = path.relative(launch.workingDir, launch.script);
    const main = luggage?.invitation ? [`${FOLDER}/heliostat_debug_main.py`, script] : [script];
    ctx.signal.throwIfAborted();
    ctx.step('Submitting the job');
    // Not cut off when it is cancelled: Ray might take the job all the same, and what it has answered for can be stopped.
    await submitJob(this.endpoint, {
      submissionId,
      entrypoint: (luggage ? probed(launch) : '') + shellCommand(['python', ...main, ...launch.args]),
      runtimeEnv: {
        working_dir: uri,
        ...(Object.keys(launch.env).length > 0 ? { env_vars: launch.env } : {}),
        ...(pip.length > 0 ? { pip } : {}),
      },
      metadata: { heliostat_run: launch.run },
    });
    return warnings;
  }

  async progress(submissionId: string, signal: AbortSignal): Promise<JobProgress> {
    const job = await readJob(this.endpoint, submissionId, signal);
    if (job && job.status !== 'PENDING') this.startMs ??= Date.now();
    const over = job !== null && isJobOver(job.status);
    return {
      jobId: job?.jobId ?? null,
      startMs: this.startMs,
      waitingFor: describeWait(job),
      end: over ? jobEnd(job.exitCode, job, job.exitCode !== null) : null,
    };
  }

  log(submissionId: string, fromByte: number, signal: AbortSignal): AsyncIterable<Buffer> {
    return skipBytes(this.wholeLog(submissionId, signal), fromByte);
  }

  /** Ray's socket can close before it has sent anything of a short job: then its file has the rest. */
  private async *wholeLog(submissionId: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    let sentBytes = 0;
    for (let isOver = false; !isOver;) {
      for await (const piece of skipBytes(tailJob(this.endpoint, submissionId, signal), sentBytes)) {
        sentBytes += piece.length;
        yield piece;
      }
      const job = await readJob(this.endpoint, submissionId, signal);
      isOver = job === null || isJobOver(job.status);
      if (!isOver) await sleep(this.pollMs, signal);
    }
    if (sentBytes > WHOLE_LOG_BYTES) return;
    const log = await readJobLog(this.endpoint, submissionId, signal);
    if (log.length > sentBytes) yield log.subarray(sentBytes);
  }

  tasks(jobId: string): TaskSource {
    return this.luggage === null
      ? new StateSource(this.endpoint, jobId)
      : new ForeignSource(this.endpoint, jobId);
  }

  stop(submissionId: string): Promise<void> {
    return stopJob(this.endpoint, submissionId);
  }

  done(): Promise<number> {
    return Promise.resolve(0);
  }
}

/** In the uploaded directory. */
const FOLDER = '.heliostat';

function files({ probeDir, invitation }: Luggage): Record<string, Uint8Array> {
  const names = readdirSync(probeDir).filter((name) => name.endsWith('.py'));
  const probe = names.sort().map((name) => [name, readFileSync(path.join(probeDir, name))] as const);
  const all = invitation ? [...probe, [CARRIED, Buffer.from(JSON.stringify(invitation))] as const] : probe;
  return Object.fromEntries(all.map(([name, content]) => [`${FOLDER}/${name}`, content]));
}

/** What the shell puts before the driver's command. Ray starts it in the uploaded directory. */
function probed({ run }: Launch): string {
  return (
    `PYTHONPATH="$PWD/${FOLDER}\${PYTHONPATH:+:$PYTHONPATH}" ` +
    `RAY_RUNTIME_ENV_HOOK=heliostat_foreign.driver HELIOSTAT_RUN=${quoteWord(run)} `
  );
}

/** Ray's WebSocket always begins at the first byte; what is kept already is passed over. */
async function* skipBytes(pieces: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const piece of pieces) {
    if (piece.length > left) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}
