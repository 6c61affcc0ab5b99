/** The wait between a cluster's containers having started and Ray knowing all of its nodes. */
import { until, type Context, type Probed } from '../base/context';
import { fail, FailureError } from '../model/failure';
import { compareVersions, OLDEST_RAY } from '../base/pythonVersion';
import type { Endpoint } from '../ray/endpoint';
import { readNodes, readRayVersion } from '../ray/nodes';
import type { NodePlan } from './backend';
import { readToken } from './clusterFiles';
import { listContainers, type ClusterContainer } from './dockerContainers';
import { containerLog } from './dockerLog';
import { clusterLabels, containerOptions, dockerRunCommand, slug } from './dockerPlan';
import type { ClusterStart } from './dockerStart';
import { readImageVersions } from './imageVersions';
import { NODE_LABEL as RAY_NODE_LABEL } from './nodePlan';

/** On a busy machine a head takes half a minute, and nodes wait for it. */
const READY_DEADLINE_MS = 180_000;
const POLL_MS = 150;
/** Raylets that start together on a busy machine sometimes fail to register; they then get another chance. */
const MAX_RESTARTS = 2;
const LOG_LINES = 40;
/** Podman's own package does not bring them along. */
const PODMAN_NAMES =
  'If its log says that it cannot reach the head: with Podman, containers find one another where its network backend is netavark with aardvark-dns (sudo apt-get install netavark aardvark-dns).';

/** Returns once Ray knows every node as alive. Fails with the output of the node that cannot start. */
export async function waitForNodes(ctx: Context, start: ClusterStart): Promise<void> {
  const watch = new StartWatch(ctx, start);
  await until(
    ctx.signal,
    { deadlineMs: READY_DEADLINE_MS, everyMs: POLL_MS, onTimeout: (reason) => watch.timedOut(reason) },
    () => watch.probe(),
  );
}

/** Looks at containers and at Ray in turn, and gives containers that ended too early another chance. */
class StartWatch {
  private readonly restarts = new Map<number, number>();
  private versionSeen = false;
  private said = '';

  constructor(
    private readonly ctx: Context,
    private readonly start: ClusterStart,
  ) {}

  async probe(): Promise<Probed<null>> {
    const { engine, plan, files, place } = this.start;
    const containers = await listContainers(engine.docker, place.owner, plan.id);
    await this.reviveEnded(containers);
    const port = containers.find((container) => container.node === 0)?.dashboardPort;
    if (!port) return this.notYet("Waiting for Ray's dashboard");
    const endpoint = { address: `http://127.0.0.1:${port}`, token: readToken(files) };
    try {
      if (!this.versionSeen) await this.checkVersion(endpoint);
      const nodes = await readNodes(endpoint, { signal: this.ctx.signal });
      const up = new Set(nodes.filter((node) => node.alive).map((node) => node.labels[RAY_NODE_LABEL]));
      const missing = plan.nodes.filter((node) => !up.has(String(node.index)));
      if (missing.length === 0) return { value: null };
      return this.notYet(`Waiting for ${missing.map((node) => node.name).join(', ')}`);
    } catch (error) {
      return this.notYet(`Waiting for Ray's dashboard${whyNotYet(this.ctx.signal, error)}`);
    }
  }

  private async checkVersion(endpoint: Endpoint): Promise<void> {
    const version = await readRayVersion(endpoint, { timeoutMs: 2000, signal: this.ctx.signal });
    refuseOldRay(version, this.start.place.image);
    this.versionSeen = true;
  }

  timedOut(reason: string): never {
    const { engine, plan, files, place } = this.start;
    const head = plan.nodes[0];
    const command = head ? dockerRunCommand(containerOptions(plan, head, files, place)) : '';
    const output = engine.facts.product === 'Podman' ? `${reason}\n${PODMAN_NAMES}` : reason;
    fail({ code: 'cluster-start-failed', step: 'wait for all nodes', command, output });
  }

  private notYet(words: string): { notYet: string } {
    if (words !== this.said) this.ctx.step(words);
    this.said = words;
    return { notYet: words };
  }

  private async reviveEnded(containers: readonly ClusterContainer[]): Promise<void> {
    const { engine, plan } = this.start;
    for (const node of plan.nodes) {
      const container = containers.find((candidate) => candidate.node === node.index);
      if (container?.running) continue;
      const restarts = this.restarts.get(node.index) ?? 0;
      if (!container || restarts >= MAX_RESTARTS) await this.nodeFailed(node, container);
      else {
        this.restarts.set(node.index, restarts + 1);
        const output = await containerLog(engine.docker, container.id, LOG_LINES);
        this.ctx.log.warn(`${slug(node)} ended while it started, and is started again:\n${output}`);
        if (restarts === 0) await this.refuseOldImage();
        await engine.docker.getContainer(container.id).start();
      }
    }
  }

  /** An old Ray ends at an option that it does not know; its version says more than its usage text. */
  private async refuseOldImage(): Promise<void> {
    const { engine, plan, place } = this.start;
    const versions = await readImageVersions(engine.docker, place.image, clusterLabels(plan, place));
    refuseOldRay(versions?.ray ?? null, place.image);
  }

  private async nodeFailed(node: NodePlan, container: ClusterContainer | undefined): Promise<never> {
    const { engine, plan, files, place } = this.start;
    return fail({
      code: 'cluster-start-failed',
      step: `start Ray on ${node.name}`,
      command: dockerRunCommand(containerOptions(plan, node, files, place)),
      output: container
        ? await containerLog(engine.docker, container.id, LOG_LINES)
        : 'The container was removed meanwhile.',
    });
  }
}

/** A head that comes up first does not answer and then answers with errors; everything else is thrown on. */
function whyNotYet(signal: AbortSignal, error: unknown): string {
  if (signal.aborted) fail({ code: 'cancelled' });
  if (error instanceof FailureError && error.failure.code === 'ray-unreachable') return '';
  if (error instanceof FailureError && error.failure.code === 'ray-answer')
    return `: ${error.failure.status}`;
  throw error;
}

function refuseOldRay(version: string | null, image: string): void {
  if (version !== null && compareVersions(version, OLDEST_RAY) < 0) {
    fail({ code: 'ray-too-old', version, oldest: OLDEST_RAY, where: `the image ${image}` });
  }
}
