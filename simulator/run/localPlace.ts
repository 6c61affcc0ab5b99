/** A cluster of ours: slots instead of submissions, the log as a file where it can be followed, tasks from the spool. */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Context } from '../base/context';
import { modifiedMs } from '../base/files';
import type { ClusterFiles, ClusterHandle } from '../cluster/backend';
import { HEAD_LOST } from '../cluster/entry';
import { fail, toFailure } from '../model/failure';
import type { TraceEvent } from '../model/trace';
import { JobEvents } from '../ray/eventReceiver';
import { isJobOver, readJob, stopJob, type JobDetails } from '../ray/jobs';
import { SpoolReader } from '../trace/spool';
import { collectKept, spooledDir } from './keptArguments';
import { fillSlot, readExit, type Slot, type Slots } from './slots';
import { describeWait, jobEnd, StateSource } from './jobApi';
import type { JobProgress, Launch, RunPlace, TaskSource } from './place';

/** Ray's own view of the job is asked this often; our files tell the rest sooner. */
const ASK_RAY_EVERY_MS = 400;

export class LocalPlace implements RunPlace {
  readonly pollMs = 40;
  readonly clusterId: string;
  readonly clusterName: string;
  readonly backend: 'process' | 'docker';
  readonly logEndsItself = false;
  private isStarted = false;
  private askedMs = 0;
  private known: JobProgress = { jobId: null, startMs: null, waitingFor: null, end: null };

  constructor(
    private readonly handle: ClusterHandle,
    private readonly slots: Slots,
    /** Called once, when the script's process has begun. */
    private readonly onStarted: (startMs: number) => void = () => {},
  ) {
    this.clusterId = handle.plan.id;
    this.clusterName = handle.plan.name;
    this.backend = handle.plan.spec.backend;
  }

  async reserve(): Promise<string> {
    return (await this.slots.take()).submissionId;
  }

  launch(ctx: Context, submissionId: string, launch: Launch): Promise<string[]> {
    ctx.step('Starting the script');
    const { plan, backend } = this.handle;
    const env = Object.keys(launch.env).length > 0 ? { env_vars: launch.env } : {};
    const slot = this.slot(submissionId);
    const main = [...this.debugger(launch), ...this.replay(launch, slot), launch.script];
    fillSlot(slot, {
      run: launch.run,
      argv: [backend.pythonCommand(plan), ...main, ...launch.args],
      keep: launch.keepArguments,
      cwd: launch.workingDir,
      env: launch.env,
      // With the probe, workers enter the directory by themselves: a `working_dir` would cost each of them half a second.
      runtimeEnv: plan.spec.recording ? env : { working_dir: `local://${launch.workingDir}`, ...env },
    });
    return Promise.resolve([]);
  }

  async progress(submissionId: string, signal: AbortSignal): Promise<JobProgress> {
    const slot = this.slot(submissionId);
    const exitCode = await readExit(slot);
    const startMs = this.known.startMs ?? modifiedMs(path.join(slot.dir, 'started'));
    if (startMs !== null && !this.isStarted) {
      this.isStarted = true;
      this.onStarted(startMs);
    }
    // While the end is collected, the next slot can begin already.
    if (exitCode !== null) this.slots.prepare();
    if (exitCode !== null && this.known.jobId !== null) {
      return { ...this.known, startMs, end: jobEnd(exitCode) };
    }
    if (exitCode !== null || performance.now() - this.askedMs > ASK_RAY_EVERY_MS) {
      this.askedMs = performance.now();
      const job = await this.readJob(submissionId, signal);
      const over = job !== null && isJobOver(job.status);
      this.known = {
        jobId: job?.jobId ?? this.known.jobId,
        startMs,
        waitingFor: startMs === null ? describeWait(job) : null,
        end: exitCode !== null ? jobEnd(exitCode) : over ? jobEnd(job.exitCode, job, startMs !== null) : null,
      };
    }
    return { ...this.known, startMs };
  }

  log(submissionId: string, fromByte: number, signal: AbortSignal): AsyncIterable<Buffer> {
    const { backend, files, plan } = this.handle;
    return backend.tailHeadLog(files, plan, `job-driver-${submissionId}.log`, fromByte, signal);
  }

  tasks(jobId: string): TaskSource {
    return this.handle.plan.spec.recording
      ? new ProbeSource(this.handle.files, jobId)
      : new StateSource(this.handle.endpoint, jobId);
  }

  stop(submissionId: string): Promise<void> {
    return stopJob(this.handle.endpoint, submissionId);
  }

  done(submissionId: string, runDir: string): Promise<number> {
    rmSync(this.slot(submissionId).dir, { recursive: true, force: true });
    this.slots.prepare();
    return Promise.resolve(collectKept(spooledDir(this.handle.files.shared, path.basename(runDir)), runDir));
  }

  /** Nobody answers any more where the head is gone; one that is only busy is asked again. */
  private async readJob(submissionId: string, signal: AbortSignal): Promise<JobDetails | null> {
    const { backend, endpoint, files, plan } = this.handle;
    try {
      return await readJob(endpoint, submissionId, signal);
    } catch (thrown) {
      if (toFailure(thrown).code !== 'ray-unreachable') throw thrown;
      const [head] = await backend.nodes(plan, files).catch(() => []);
      if (head?.alive === false) fail({ code: 'cluster-lost', id: plan.id, detail: HEAD_LOST });
      throw thrown;
    }
  }

  private debugger({ debug }: Launch): string[] {
    return debug ? [path.join(this.handle.files.probe, 'heliostat_debug_main.py')] : [];
  }

  /** The slot holds the arguments as long as the run lasts: every node sees it. */
  private replay({ replay: wanted }: Launch, slot: Slot): string[] {
    if (!wanted) return [];
    const kept = path.join(slot.dir, 'arguments');
    if (!existsSync(wanted.file)) {
      const reason = 'Its arguments are not there any more.';
      fail({ code: 'replay-impossible', task: wanted.replay.task, reason });
    }
    copyFileSync(wanted.file, kept);
    const { cpus, gpus, resources, stop } = wanted.replay;
    const main = path.join(this.handle.files.probe, 'heliostat_replay.py');
    return [main, kept, JSON.stringify({ cpus, gpus, resources, stop })];
  }

  private slot(submissionId: string): Slot {
    return { submissionId, dir: path.join(this.handle.files.slots, submissionId) };
  }
}

class ProbeSource implements TaskSource {
  readonly name = 'probe';
  private readonly reader: SpoolReader;
  /** What the probe cannot see, from Ray. */
  private readonly events: JobEvents;

  constructor(files: ClusterFiles, jobId: string) {
    this.reader = new SpoolReader(files.spool, jobId);
    this.events = new JobEvents(files.dir, jobId);
  }

  async poll(): Promise<TraceEvent[]> {
    return [...(await this.reader.read()), ...this.events.read()];
  }

  isDrained(): boolean {
    return this.reader.driverLeft;
  }

  dispose(): Promise<void> {
    return this.reader.remove();
  }
}
