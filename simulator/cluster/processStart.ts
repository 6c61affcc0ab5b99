/** Starts the nodes of a plan as processes of this machine: the head, and the others as soon as its GCS listens. */
import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { sleep, until, type Context } from '../base/context';
import { freePorts } from '../base/ports';
import { fail, toFailure } from '../model/failure';
import { newEventAddress } from '../ray/eventReceiver';
import { readNodes } from '../ray/nodes';
import type { ClusterFiles, ClusterPlan, NodePlan } from './backend';
import { readToken } from './clusterFiles';
import { GcsWatch, saysPortTaken } from './gcsWatch';
import { NodeCommands } from './nodeCommands';
import { NODE_LABEL } from './nodePlan';
import { endProcesses } from './nodeProcesses';
import { writePorts } from './processPorts';
import { failStart, runRay, type RayCommand, type RunningCommand } from './rayCommand';

const TRIES = 4;
const POLL_MS = 50;
/** Ray gives up by itself after half a minute or so; this is for a machine on its knees. */
const COMMAND_MS = 180_000;
const READY_MS = 60_000;

/** How one try ended, when not with a failure. */
type Outcome = 'up' | 'port-taken' | 'too-slow';

/** One start of one cluster. */
export class ProcessStart {
  private readonly commands: RunningCommand[] = [];
  /** After a try in which this machine was too busy for Ray's own limits, nodes start one after the other. */
  private isBusy = false;

  constructor(
    private readonly ctx: Context,
    private readonly clusters: string,
    private readonly plan: ClusterPlan,
    private readonly files: ClusterFiles,
  ) {}

  /** Returns when Ray's dashboard answers and Ray knows every node. Once it has thrown, nothing runs any more. */
  async run(): Promise<void> {
    const onAbort = () => void this.endAll();
    this.ctx.signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (let attempt = 1; ; attempt++) {
        const outcome = await this.tryOnce(attempt);
        if (outcome === 'up') return;
        this.ctx.log.info(`${this.plan.id}: once more, since its head said ${outcome}.`);
        this.isBusy ||= outcome === 'too-slow';
        await this.endAll();
        rmSync(this.files.ray, { recursive: true, force: true });
      }
    } catch (thrown) {
      await this.endAll();
      if (this.ctx.signal.aborted) fail({ code: 'cancelled' });
      throw thrown;
    } finally {
      this.ctx.signal.removeEventListener('abort', onAbort);
    }
  }

  private async tryOnce(attempt: number): Promise<Outcome> {
    const [gcs = 0, dashboard = 0, dashboardMetrics = 0, autoscalerMetrics = 0, events = 0] =
      await freePorts(5);
    const ports = { gcs, dashboard, dashboardMetrics, autoscalerMetrics };
    if (this.plan.spec.recording) newEventAddress(this.files.dir, events);
    await mkdir(this.files.ray, { recursive: true, mode: 0o700 });
    this.ctx.step('Starting the head');
    const commands = new NodeCommands(this.plan, this.files, ports);
    const gcsWatch = new GcsWatch(this.files.ray, ports.gcs);
    const command = commands.head(attempt);
    const head = this.launch(command);
    const giveUp = new AbortController();
    const stop = AbortSignal.any([this.ctx.signal, giveUp.signal]);
    const listening = this.isBusy ? head.exited : gcsWatch.untilListening(head.exited, stop);
    const workers = listening.then(() => this.startWorkers(commands, head, stop));
    // Read below, after the head's: a worker's failure is often only the echo of the head's.
    workers.catch(() => {});
    try {
      const outcome = await this.untilHeadUp(head, command, gcsWatch, attempt < TRIES);
      if (outcome !== 'up') return outcome;
      await workers;
      await this.untilReady(ports.dashboard, command);
    } finally {
      giveUp.abort();
    }
    writePorts(this.files, ports);
    return 'up';
  }

  private async untilHeadUp(
    head: RunningCommand,
    command: RayCommand,
    gcs: GcsWatch,
    mayRetry: boolean,
  ): Promise<Outcome> {
    const code = await this.untilExit(head, command, 'the head', () => mayRetry && gcs.isPortTaken());
    if (code === 'given-up') return 'port-taken';
    if (code === 0) return 'up';
    if (mayRetry && saysPortTaken(head.output())) return 'port-taken';
    if (mayRetry && TOO_SLOW.test(head.output())) return 'too-slow';
    return failStart('Starting the head', command, head.output());
  }

  private async startWorkers(commands: NodeCommands, head: RunningCommand, stop: AbortSignal): Promise<void> {
    const waiting = this.plan.nodes.filter((node) => !node.isHead);
    if (waiting.length === 0) return;
    this.ctx.step(`Starting ${waiting.length} more node${waiting.length === 1 ? '' : 's'}`);
    const startNext = async () => {
      for (let node = waiting.shift(); node; node = waiting.shift())
        await this.startWorker(node, commands, head, stop);
    };
    const atOnce = this.isBusy ? 1 : Math.max(2, availableParallelism());
    await Promise.all(Array.from({ length: atOnce }, startNext));
  }

  private async startWorker(
    node: NodePlan,
    commands: NodeCommands,
    head: RunningCommand,
    stop: AbortSignal,
  ): Promise<void> {
    let isHeadUp = false;
    void head.exited.then(() => (isHeadUp = true));
    for (let attempt = 1, counted = 0; ; attempt++) {
      if (stop.aborted) fail({ code: 'cancelled' });
      // What fails because the head takes its time does not count.
      if (isHeadUp) counted++;
      const command = commands.worker(node, attempt);
      const running = this.launch(command);
      if ((await this.untilExit(running, command, node.name, () => stop.aborted)) === 0) return;
      if (stop.aborted) fail({ code: 'cancelled' });
      if (counted === TRIES) failStart(`Starting ${node.name}`, command, running.output());
      this.ctx.log.warn(`${this.plan.id}: ${node.name} did not come up; once more.\n${running.output()}`);
      await endProcesses(this.clusters, this.plan.id, { graceMs: 0, node: node.index });
      await head.exited;
    }
  }

  /** The exit code, or `given-up` as soon as `giveUp` says so. Fails when the command takes too long. */
  private async untilExit(
    running: RunningCommand,
    command: RayCommand,
    what: string,
    giveUp: () => boolean,
  ): Promise<number | 'given-up'> {
    const endMs = performance.now() + COMMAND_MS;
    for (;;) {
      const code = await Promise.race([running.exited, sleep(POLL_MS * 2).then(() => null)]);
      if (this.ctx.signal.aborted) fail({ code: 'cancelled' });
      if (code !== null) return code;
      if (giveUp()) return 'given-up';
      if (performance.now() > endMs) {
        failStart(`Starting ${what}: no end after ${COMMAND_MS / 1000} s`, command, running.output());
      }
    }
  }

  private async untilReady(dashboardPort: number, head: RayCommand): Promise<void> {
    const step = "Waiting for Ray's dashboard";
    this.ctx.step(step);
    const endpoint = { address: `http://127.0.0.1:${dashboardPort}`, token: readToken(this.files) };
    const signal = this.ctx.signal;
    const onTimeout = (reason: string) => failStart(step, head, reason);
    await until(signal, { deadlineMs: READY_MS, everyMs: POLL_MS, onTimeout }, async () => {
      try {
        const known = (await readNodes(endpoint, { signal })).filter((node) => node.alive);
        const indices = new Set(known.map((node) => node.labels[NODE_LABEL]));
        const missing = this.plan.nodes.filter((node) => !indices.has(String(node.index)));
        if (missing.length === 0) return { value: null };
        return { notYet: `Ray does not know ${missing.map((node) => node.name).join(', ')} yet.` };
      } catch (thrown) {
        return { notYet: `The dashboard does not answer: ${JSON.stringify(toFailure(thrown))}` };
      }
    });
  }

  private launch(command: RayCommand): RunningCommand {
    const running = runRay(command);
    this.commands.push(running);
    return running;
  }

  private async endAll(): Promise<void> {
    await endProcesses(this.clusters, this.plan.id, { graceMs: 0 });
    await Promise.all(this.commands.map((command) => command.exited));
  }
}

/** What Ray prints when one of its own time limits was too short for this machine at this moment. */
const TOO_SLOW = /timed out|has become overloaded|failed to start the dashboard|failed to start gcs/i;
