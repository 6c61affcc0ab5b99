/** Starts the nodes of a plan as processes of this machine: the head, and the others as soon as its GCS listens. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import net from 'node:net';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { sleep, until, type Context } from '../base/context';
import { freePorts } from '../base/ports';
import { fail, toFailure } from '../model/failure';
import type { Endpoint } from '../ray/endpoint';
import { readNodes } from '../ray/nodes';
import type { ClusterFiles, ClusterPlan, NodePlan } from './backend';
import { readToken } from './clusterFiles';
import { visibleGpus } from './machine';
import { nodeEnvironment } from './nodeEnvironment';
import { NODE_LABEL } from './nodePlan';
import { endProcesses } from './nodeProcesses';
import { writePorts, type NodePorts } from './processPorts';
import { failStart, runRay, type RayCommand, type RunningCommand } from './rayCommand';
import { rayStartArgs, type RayStartPlace } from './rayStart';

const HEAD_TRIES = 4;
const WORKER_TRIES = 3;
const POLL_MS = 50;
/** Ray gives up by itself after half a minute or so; this is for a machine on its knees. */
const COMMAND_MS = 180_000;
const READY_MS = 60_000;
/** A GCS whose port is taken says so within this time of its start. */
const GCS_SETTLE_MS = 300;

type Outcome = 'up' | 'port-taken';

/** One start of one cluster. */
export class ProcessStart {
  private readonly commands: RunningCommand[] = [];

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
      for (let attempt = 1; (await this.tryOnce(attempt)) === 'port-taken'; attempt++) {
        this.ctx.log.info(`${this.plan.id}: a port was taken meanwhile; trying others.`);
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
    const ports = await choosePorts();
    await mkdir(this.files.ray, { recursive: true, mode: 0o700 });
    this.ctx.step('Starting the head');
    const command = this.headCommand(ports, attempt);
    const head = this.launch(command);
    const giveUp = new AbortController();
    const workers = this.startWorkers(head, ports, AbortSignal.any([this.ctx.signal, giveUp.signal]));
    // Read below, after the head's: a worker's failure is often only the echo of the head's.
    workers.catch(() => {});
    try {
      if ((await this.untilHeadUp(head, command, attempt)) === 'port-taken') return 'port-taken';
      await workers;
      await this.untilReady(ports, command);
    } finally {
      giveUp.abort();
    }
    writePorts(this.files, ports);
    return 'up';
  }

  private async untilHeadUp(head: RunningCommand, command: RayCommand, attempt: number): Promise<Outcome> {
    const mayRetry = attempt < HEAD_TRIES;
    // `ray start` would wait 40 seconds for a GCS that could not listen.
    const code = await this.untilExit(head, command, 'the head', () => mayRetry && this.isGcsPortTaken());
    if (code === 'given-up') return 'port-taken';
    if (code === 0) return 'up';
    if (mayRetry && PORT_TAKEN.test(head.output())) return 'port-taken';
    return failStart('Starting the head', command, head.output());
  }

  private async startWorkers(head: RunningCommand, ports: NodePorts, stop: AbortSignal): Promise<void> {
    const waiting = this.plan.nodes.filter((node) => !node.isHead);
    if (waiting.length === 0) return;
    await this.untilGcs(head, ports, stop);
    this.ctx.step(`Starting ${waiting.length} more node${waiting.length === 1 ? '' : 's'}`);
    const startNext = async () => {
      for (let node = waiting.shift(); node; node = waiting.shift())
        await this.startWorker(node, ports, stop);
    };
    await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, startNext));
  }

  private async startWorker(node: NodePlan, ports: NodePorts, stop: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (stop.aborted) fail({ code: 'cancelled' });
      const command = this.command(node, ports, attempt, {
        role: { kind: 'worker', address: `${address(0) ?? '127.0.0.1'}:${ports.gcs}` },
        ...this.placeOf(node),
      });
      const running = this.launch(command);
      if ((await this.untilExit(running, command, node.name, () => stop.aborted)) === 0) return;
      if (stop.aborted) fail({ code: 'cancelled' });
      if (attempt === WORKER_TRIES) failStart(`Starting ${node.name}`, command, running.output());
      this.ctx.log.warn(`${this.plan.id}: ${node.name} did not come up; once more.\n${running.output()}`);
      await endProcesses(this.clusters, this.plan.id, { graceMs: 0, node: node.index });
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

  /** Returns when the GCS listens (workers may begin to load Ray then), or the head's command has ended. */
  private async untilGcs(head: RunningCommand, ports: NodePorts, stop: AbortSignal): Promise<void> {
    const ended = head.exited.then(() => true);
    let listensSinceMs: number | null = null;
    for (;;) {
      if (await Promise.race([ended, sleep(POLL_MS, stop).then(() => false)])) return;
      // Without its output file, what listens is not our GCS.
      if (!existsSync(this.gcsLog('out')) || !(await listens(ports.gcs))) continue;
      listensSinceMs ??= performance.now();
      if (performance.now() - listensSinceMs > GCS_SETTLE_MS && !this.isGcsPortTaken()) return;
    }
  }

  private async untilReady(ports: NodePorts, head: RayCommand): Promise<void> {
    const step = "Waiting for Ray's dashboard";
    this.ctx.step(step);
    const endpoint: Endpoint = {
      address: `http://127.0.0.1:${ports.dashboard}`,
      token: readToken(this.files),
    };
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

  private headCommand(ports: NodePorts, attempt: number): RayCommand {
    const head = this.plan.nodes[0]!;
    return this.command(head, ports, attempt, {
      role: {
        kind: 'head',
        port: ports.gcs,
        dashboardHost: '127.0.0.1',
        dashboardPort: ports.dashboard,
        tracingHook: this.plan.spec.recording ? TRACING_HOOK : null,
      },
      ...this.placeOf(head),
    });
  }

  private placeOf(node: NodePlan): Omit<RayStartPlace, 'role'> {
    const nodeIp = address(node.index);
    return {
      ...(nodeIp ? { nodeIp } : {}),
      tempDir: this.files.ray,
      block: false,
      // All nodes write into one log directory.
      logMonitor: node.isHead,
    };
  }

  private command(node: NodePlan, ports: NodePorts, attempt: number, place: RayStartPlace): RayCommand {
    const { plan, files } = this;
    return {
      python: plan.spec.python ?? 'python3',
      args: rayStartArgs(node, place),
      env: nodeEnvironment(
        process.env,
        { plan, files, ports, visibleGpus: visibleGpus(process.env) },
        node,
        attempt,
      ),
      cwd: files.ray,
      logFile: path.join(files.logs, `${node.name.replace(' ', '-')}.log`),
    };
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

  private isGcsPortTaken(): boolean {
    const file = this.gcsLog('err');
    return existsSync(file) && PORT_TAKEN.test(readFileSync(file, 'utf8'));
  }

  private gcsLog(kind: 'out' | 'err'): string {
    return path.join(this.files.ray, 'session_latest', 'logs', `gcs_server.${kind}`);
  }
}

const TRACING_HOOK = 'heliostat_probe:start';
const PORT_TAKEN = /already (in use|occupied|used)/i;

/**
 * Every node has an address of its own: Ray finds logs and resources of nodes by address, and mixes up nodes that
 * share one. On Linux all of 127.0.0.0/8 is loopback; elsewhere only 127.0.0.1 is there, and Ray chooses.
 */
function address(index: number): string | null {
  return process.platform === 'linux' ? `127.0.0.${index + 2}` : null;
}

async function choosePorts(): Promise<NodePorts> {
  const [gcs = 0, dashboard = 0, dashboardMetrics = 0, autoscalerMetrics = 0] = await freePorts(4);
  return { gcs, dashboard, dashboardMetrics, autoscalerMetrics };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
