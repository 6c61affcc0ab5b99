/** Clusters whose nodes are containers of this machine's Docker engine, on a network of their own. */
import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import type { Context } from '../base/context';
import { VERSION } from '../base/version';
import type { BackendInfo } from '../model/cluster';
import { FAULT_KINDS, type FaultKind } from '../model/fault';
import { fail, FailureError } from '../model/failure';
import type { Endpoint } from '../ray/endpoint';
import { knownEventUrl } from '../ray/eventReceiver';
import type {
  BackendNode,
  ClusterBackend,
  ClusterFiles,
  ClusterPlan,
  Drain,
  FaultTarget,
  NodePlan,
} from './backend';
import { clusterFiles, isClusterId, loadPlan, readToken, removeClusterFiles } from './clusterFiles';
import { findClusterIds, listContainers, removeLabelled, type ClusterContainer } from './dockerContainers';
import { connectDocker, isConnectionError, whyUnavailable, type DockerEngine } from './dockerEngine';
import { buildImage } from './dockerBuild';
import { drainContainer, faultContainer } from './dockerFaults';
import { ensureImage, hasImage } from './dockerImage';
import { tailFile } from './dockerLog';
import { CLUSTER_LABEL, containerName, cpuLimit, OWNER_LABEL, type ContainerPlace } from './dockerPlan';
import { addContainer, startContainers, writeLogs } from './dockerStart';
import { hostId, sweepOrphans } from './dockerSweep';
import { StatsSampler } from './dockerStats';
import { containerUser, type HostUser } from './dockerUser';
import { gpuPlace } from './gpuAccess';
import { findGpus } from './gpus';
import { refuseMismatch, VersionReader, versionsInName } from './imageVersions';

export interface DockerBackendOptions {
  /** `Paths.clusters`. The owner label too, so that two setups of one user never touch each other's containers. */
  clusters: string;
  env?: NodeJS.ProcessEnv;
  user?: HostUser;
}

export class DockerBackend implements ClusterBackend {
  readonly kind = 'docker';
  readonly faults = FAULT_KINDS;
  private readonly owner: string;
  private readonly stats = new StatsSampler();
  private readonly versions = new VersionReader();
  /** Ids of containers that were seen running. */
  private readonly running = new Set<string>();
  /** `<cluster>/<node>` of nodes that were cut from their network; an engine that starts later does not know. */
  private readonly cut = new Set<string>();
  private connection: Promise<DockerEngine> | null = null;

  constructor(private readonly options: DockerBackendOptions) {
    this.owner = options.clusters;
  }

  async info(): Promise<BackendInfo> {
    try {
      this.connection = null;
      const { address, facts } = await this.connect();
      return {
        kind: 'docker',
        available: true,
        reason: null,
        facts: {
          engine: `${facts.product} ${facts.version}`,
          system: facts.system,
          cgroups: facts.cgroupVersion ?? 'unknown',
          runtimes: facts.runtimes.join(', '),
          rootless: facts.rootless ? 'yes' : 'no',
          cpus: String(facts.cpus),
          socket: address.url,
        },
      };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return {
        kind: 'docker',
        available: false,
        reason: error.failure.reason,
        facts: { socket: error.failure.socket },
      };
    }
  }

  start(ctx: Context, plan: ClusterPlan, files: ClusterFiles): Promise<void> {
    return this.use(async (engine) => {
      const { dockerfile, image = '' } = plan.spec;
      if (dockerfile && !(await hasImage(engine.docker, image)))
        await buildImage(ctx, engine.docker, { image, dockerfile }, files, this.options.env ?? process.env);
      const place = await this.prepare(ctx, engine, plan, files);
      await this.checkVersions(engine, plan);
      try {
        await startContainers(ctx, { engine, plan, files, place });
      } finally {
        await writeLogs(engine, this.owner, plan, files);
      }
    });
  }

  /** The image's `python` is the one that its `ray` belongs to. */
  pythonCommand(): string {
    return 'python';
  }

  endpoint(plan: ClusterPlan, files: ClusterFiles): Promise<Endpoint | null> {
    return this.use(async ({ docker }) => {
      const containers = await listContainers(docker, this.owner, plan.id);
      const port = containers.find((container) => container.node === 0)?.dashboardPort;
      return port ? { address: `http://127.0.0.1:${port}`, token: readToken(files) } : null;
    });
  }

  nodes(plan: ClusterPlan, files: ClusterFiles, isHurried = false): Promise<BackendNode[]> {
    return this.use(async (engine) => {
      const containers = await listContainers(engine.docker, this.owner, plan.id);
      const ended = containers.filter((container) => !container.running && this.running.delete(container.id));
      if (ended.length > 0) await writeLogs(engine, this.owner, plan, files);
      for (const container of ended) this.stats.forget(container.id);
      return Promise.all(
        plan.nodes.map((node) =>
          this.readNode(
            engine,
            plan.id,
            node,
            containers.find((container) => container.node === node.index),
            isHurried,
          ),
        ),
      );
    });
  }

  async *tailHeadLog(
    _files: ClusterFiles,
    plan: ClusterPlan,
    name: string,
    fromByte: number,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer, void> {
    const head = plan.nodes.find((node) => node.isHead);
    if (!head) return;
    const { docker } = await this.connect();
    const file = `/tmp/ray/session_latest/logs/${path.basename(name)}`;
    yield* tailFile(docker, containerName(plan.id, head), file, fromByte, signal);
  }

  addNode(ctx: Context, plan: ClusterPlan, files: ClusterFiles, node: NodePlan): Promise<void> {
    return this.use(async (engine) => {
      const place = await this.prepare(ctx, engine, plan, files);
      await addContainer(ctx, { engine, plan, files, place }, node);
    });
  }

  removeNode(plan: ClusterPlan, node: NodePlan): Promise<void> {
    return this.use(async ({ docker }) => {
      const containers = await listContainers(docker, this.owner, plan.id);
      const found = containers.find((container) => container.node === node.index);
      if (found) await docker.getContainer(found.id).remove({ force: true, v: true });
    });
  }

  fault(target: FaultTarget, kind: Exclude<FaultKind, 'drain'>): Promise<void> {
    return this.use(async (engine) => {
      await faultContainer({ engine, owner: this.owner }, target, kind);
      const key = `${target.plan.id}/${target.node.index}`;
      if (kind === 'partition') this.cut.add(key);
      if (kind === 'heal' || kind === 'kill') this.cut.delete(key);
    });
  }

  drain(target: FaultTarget, drain: Drain): Promise<string | null> {
    return this.use((engine) => drainContainer({ engine, owner: this.owner }, target, drain));
  }

  async remove(ctx: Omit<Context, 'signal'>, id: string): Promise<void> {
    if (!isClusterId(id)) return;
    ctx.step('Removing containers');
    const files = clusterFiles(this.options.clusters, id);
    try {
      await this.use(({ docker }) => removeLabelled(docker, this.owner, id));
    } catch (error) {
      // Without an engine nothing can be removed, but a directory whose plan was never written needs no engine.
      if (!isUnavailable(error) || loadPlan(files).kind !== 'none') throw error;
    }
    await removeClusterFiles(files);
  }

  /** Empty where no engine answers: what does not run here cannot have anything of ours. */
  async found(): Promise<string[]> {
    try {
      return await this.use(({ docker }) => findClusterIds(docker, this.owner));
    } catch (error) {
      if (isUnavailable(error)) return [];
      throw error;
    }
  }

  async sweep(): Promise<string[]> {
    try {
      return await this.use(({ docker }) => sweepOrphans(docker));
    } catch (error) {
      if (isUnavailable(error)) return [];
      throw error;
    }
  }

  private async prepare(
    ctx: Context,
    { docker, facts }: DockerEngine,
    plan: ClusterPlan,
    files: ClusterFiles,
  ): Promise<ContainerPlace> {
    const image = plan.spec.image ?? '';
    const labels = { [CLUSTER_LABEL]: plan.id, [OWNER_LABEL]: this.owner };
    const inside = await ensureImage(ctx, docker, image, labels);
    const user = containerUser(this.options.user ?? currentUser(), facts, inside.user, files.shared);
    if (user.home) mkdirSync(user.home, { recursive: true, mode: 0o700 });
    const gpus = gpuPlace(facts, findGpus(process.env));
    return {
      owner: this.owner,
      host: hostId(),
      version: VERSION,
      user,
      engine: facts,
      image,
      gpus,
      eventUrl: knownEventUrl(files.dir),
      imageEnv: inside.env,
    };
  }

  /** Before anything starts: fails as `image-mismatch`. An image without Ray is left to the start, which shows what it says. */
  private async checkVersions({ docker }: DockerEngine, { id, spec }: ClusterPlan): Promise<void> {
    const { image = '', expected } = spec;
    if (!expected) return;
    const labels = { [CLUSTER_LABEL]: id, [OWNER_LABEL]: this.owner };
    const inside = versionsInName(image) ?? (await this.versions.read(docker, image, labels));
    if (inside) refuseMismatch(image, inside, expected);
  }

  private async readNode(
    { docker, facts }: DockerEngine,
    clusterId: string,
    node: NodePlan,
    container: ClusterContainer | undefined,
    isHurried: boolean,
  ): Promise<BackendNode> {
    const { index } = node;
    if (!container?.running) return { index, alive: false, address: null, condition: null, sample: null };
    this.running.add(container.id);
    const isCut = this.cut.has(`${clusterId}/${index}`);
    const condition = container.state === 'paused' ? 'paused' : isCut ? 'partitioned' : null;
    const sample = await this.stats.sample(docker, container.id, cpuLimit(node, facts.cpus), isHurried);
    return { index, alive: true, address: container.address, condition, sample };
  }

  private connect(): Promise<DockerEngine> {
    if (this.connection) return this.connection;
    const connection = connectDocker(this.options.env);
    this.connection = connection;
    connection.catch(() => this.disconnect(connection));
    return connection;
  }

  private disconnect(connection: Promise<DockerEngine>): void {
    if (this.connection === connection) this.connection = null;
  }

  /** Runs with a connection. One that is lost is a failure, and made anew the next time. */
  private async use<T>(work: (engine: DockerEngine) => Promise<T>): Promise<T> {
    const connection = this.connect();
    const engine = await connection;
    try {
      return await work(engine);
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      this.disconnect(connection);
      const reason = whyUnavailable(error, engine.address, true);
      return fail({ code: 'docker-unavailable', socket: engine.address.url, reason });
    }
  }
}

function currentUser(): HostUser {
  const { uid, gid } = userInfo();
  return { platform: process.platform, uid, gid };
}

function isUnavailable(
  error: unknown,
): error is FailureError & { failure: { code: 'docker-unavailable'; reason: string; socket: string } } {
  return error instanceof FailureError && error.failure.code === 'docker-unavailable';
}
