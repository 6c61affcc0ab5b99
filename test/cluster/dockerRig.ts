/** A home of its own on the Docker engine of this machine, plans for it, and what is left on the engine afterwards. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { silentLog, type Context } from '../../simulator/base/context';
import type { ClusterFiles, ClusterPlan } from '../../simulator/cluster/backend';
import {
  clusterFiles,
  createClusterFiles,
  newClusterId,
  writePlan,
} from '../../simulator/cluster/clusterFiles';
import { DockerBackend } from '../../simulator/cluster/dockerBackend';
import type { HostUser } from '../../simulator/cluster/dockerUser';
import { planNodes } from '../../simulator/cluster/nodePlan';
import type { NodeGroup } from '../../simulator/model/cluster';

/** `.ci/buildTestImage.sh` builds it. */
export const TEST_IMAGE = process.env['HELIOSTAT_TEST_IMAGE'] ?? 'heliostat-test:ray2.60.0-py311';

const GIB = 1024 ** 3;
export const SMALL_NODE: NodeGroup = { count: 1, cpus: 1, memoryBytes: 1.25 * GIB };

/** Null when clusters can be started; otherwise why not, which is printed too. */
export async function whyNoDocker(): Promise<string | null> {
  const reason = await findObstacle();
  if (reason !== null) process.stderr.write(`Skipping tests of Docker clusters: ${reason}\n`);
  return reason;
}

async function findObstacle(): Promise<string | null> {
  const info = await new DockerBackend({ clusters: '/tmp/nowhere' }).info();
  if (!info.available) return info.reason;
  const images = await new Docker().listImages({ filters: JSON.stringify({ reference: [TEST_IMAGE] }) });
  return images.length > 0 ? null : `There is no image ${TEST_IMAGE}; .ci/buildTestImage.sh builds it.`;
}

/** Containers and networks of the whole engine that name a folder anywhere in their description. */
export async function mentioning(docker: Docker, folder: string): Promise<string[]> {
  const containers = await docker.listContainers({ all: true });
  const details = await Promise.all(
    containers.map((one) =>
      docker
        .getContainer(one.Id)
        .inspect()
        .catch(() => null),
    ),
  );
  const all = [...details.filter((one) => one !== null), ...(await docker.listNetworks())];
  return all.filter((one) => JSON.stringify(one).includes(folder)).map((one) => one.Name);
}

export class DockerRig {
  readonly docker = new Docker();
  /** Stands for the user's folder; containers see it. */
  readonly workspace: string;
  readonly clusters: string;
  readonly backend: DockerBackend;
  private readonly dir: string;

  constructor(user?: HostUser) {
    this.dir = mkdtempSync(path.join(tmpdir(), 'hsd-'));
    this.workspace = path.join(this.dir, 'work space');
    this.clusters = path.join(this.dir, 'c');
    mkdirSync(this.workspace);
    this.backend = new DockerBackend({ clusters: this.clusters, ...(user ? { user } : {}) });
  }

  /** A cluster on disk, as the engine leaves it before it asks a backend to start it. */
  prepare(groups: NodeGroup[], image = TEST_IMAGE): { plan: ClusterPlan; files: ClusterFiles } {
    const id = newClusterId(this.clusters);
    const files = clusterFiles(this.clusters, id);
    createClusterFiles(files, path.resolve('simulator/probe'));
    const plan: ClusterPlan = {
      id,
      name: 'test',
      spec: { backend: 'docker', groups, image, mounts: [this.workspace], recording: true },
      nodes: planNodes(groups, { cpus: 16, memoryBytes: 64 * GIB, shmBytes: Infinity, gpuIds: [] }),
      createdMs: Date.now(),
      idleMinutes: 0,
      origin: null,
    };
    writePlan(files, plan);
    return { plan, files };
  }

  context(signal = new AbortController().signal, step: (text: string) => void = () => {}): Context {
    return { log: silentLog, signal, step };
  }

  /** What a command prints in a node's container. */
  async exec(plan: ClusterPlan, node: string, command: string[]): Promise<string> {
    const exec = await this.docker
      .getContainer(`heliostat-${plan.id}-${node}`)
      .exec({ Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true });
    const stream = await exec.start({ hijack: true, Tty: true });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8').trim();
  }

  /** Command lines of what follows files in the head's container. */
  async followers(plan: ClusterPlan): Promise<string[]> {
    // Podman's own list of a container's processes is empty.
    const list = 'for file in /proc/[0-9]*/cmdline; do tr "\\0" " " <"$file"; echo; done 2>/dev/null';
    const commands = (await this.exec(plan, 'head', ['sh', '-c', list])).split('\n');
    return commands.filter((command) => command.includes('tail -c'));
  }

  /** Names of all containers and networks that this rig's clusters have. */
  async leftOvers(): Promise<string[]> {
    const filters = JSON.stringify({ label: [`heliostat.owner=${this.clusters}`] });
    const containers = await this.docker.listContainers({ all: true, filters });
    const networks = await this.docker.listNetworks({ filters });
    return [...containers.flatMap((one) => one.Names), ...networks.map((one) => one.Name)];
  }

  async end(): Promise<void> {
    for (const id of await this.backend.found()) await this.backend.remove(this.context(), id);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
