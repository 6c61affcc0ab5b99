/** A cluster that we did not start: the working directory is uploaded, everything else is asked over HTTP. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sleep, type Context } from '../base/context';
import { quoteWord, shellCommand } from '../model/shell';
import type { Endpoint } from '../ray/endpoint';
import { isJobOver, readJob, readJobLog, stopJob, submitJob, tailJob } from '../ray/jobs';
import { uploadWorkingDir } from '../ray/workingDir';
import { ForeignSource } from './foreignSource';
import { describeWait, jobEnd, StateSource } from './jobApi';
import type { JobProgress, Launch, RunPlace, TaskSource } from './place';

/** Ray gives a job's log only as one piece, so a longer one is not asked for again. */
const WHOLE_LOG_BYTES = 16 * 1048576;

export class RemotePlace implements RunPlace {
  readonly pollMs = 400;
  readonly backend = 'remote';
  readonly logEndsItself = true;
  private startMs: number | null = null;

  constructor(
    readonly clusterId: string,
    readonly clusterName: string,
    private readonly endpoint: Endpoint,
    /** The probe's files, which travel with the job; null without recording. */
    private readonly probeDir: string | null,
  ) {}

  reserve(): Promise<string> {
    return Promise.resolve(`heliostat-${randomBytes(5).toString('hex')}`);
  }

  async launch(ctx: Context, submissionId: string, launch: Launch): Promise<string[]> {
    if (await readJob(this.endpoint, submissionId, ctx.signal)) return [];
    const probe = this.probeDir === null ? {} : probeFiles(this.probeDir);
    const { uri, warnings } = await uploadWorkingDir(ctx, this.endpoint, launch.workingDir, probe);
    const pip = launch.dependencies.filter((requirement) => !/^ray\b/i.test(requirement));
    const script = path.relative(launch.workingDir, launch.script);
    ctx.step('Submitting the job');
    await submitJob(this.endpoint, {
      submissionId,
      entrypoint:
        (this.probeDir === null ? '' : probed(launch)) + shellCommand(['python', script, ...launch.args]),
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
    return this.probeDir === null
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
const PROBE_FOLDER = '.heliostat';

function probeFiles(dir: string): Record<string, Uint8Array> {
  const names = readdirSync(dir).filter((name) => name.endsWith('.py'));
  return Object.fromEntries(
    names.sort().map((name) => [`${PROBE_FOLDER}/${name}`, readFileSync(path.join(dir, name))]),
  );
}

/** What the shell puts before the driver's command. Ray starts it in the uploaded directory. */
function probed({ run }: Launch): string {
  return (
    `PYTHONPATH="$PWD/${PROBE_FOLDER}\${PYTHONPATH:+:$PYTHONPATH}" ` +
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
