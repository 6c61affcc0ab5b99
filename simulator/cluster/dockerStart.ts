/** Starting a cluster: its network, one container per node, and the wait until Ray knows them all. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ContainerCreateOptions } from 'dockerode';
import type { Context } from '../base/context';
import { fail } from '../model/failure';
import type { ClusterFiles, ClusterPlan, NodePlan } from './backend';
import { listContainers } from './dockerContainers';
import { messageOf, statusOf, type DockerEngine } from './dockerEngine';
import { newEventUrl } from './dockerEvents';
import { containerLog } from './dockerLog';
import {
  clusterLabels,
  containerOptions,
  dockerRunCommand,
  networkName,
  slug,
  type ContainerPlace,
} from './dockerPlan';
import { shapeNetwork } from './dockerNetwork';
import { waitForNodes } from './dockerWait';

const LOG_FILE_LINES = 2000;
/** What to do about a refusal that an engine says in words of its own. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/device driver|nvidia|CDI|\/dev\/(kfd|dri)/i, '`heliostat doctor` says what containers need to use GPUs.'],
  // Podman's own package only recommends it.
  [/container-init binary/, 'Podman starts containers by catatonit: sudo apt-get install catatonit'],
];

/** Everything that one start needs. */
export interface ClusterStart {
  engine: DockerEngine;
  plan: ClusterPlan;
  files: ClusterFiles;
  place: ContainerPlace;
}

/** Returns when all nodes are alive in Ray; see `ClusterBackend.start`. */
export async function startContainers(ctx: Context, start: ClusterStart): Promise<void> {
  const { plan } = start;
  ctx.step('Starting the head');
  await settle(ctx.signal, [createNetwork(start)]);
  const [eventUrl = null] = await settle(ctx.signal, [newEventUrl(start)]);
  const known = { ...start, place: { ...start.place, eventUrl } };
  const containers = await settle(
    ctx.signal,
    plan.nodes.map((node) => createContainer(known, node)),
  );
  const [head, ...workers] = containers;
  // The head's address must resolve before the others look it up; beyond that they wait for it by themselves.
  if (head) await settle(ctx.signal, [head.run()]);
  if (workers.length > 0) ctx.step(`Starting ${workers.length} more node${workers.length === 1 ? '' : 's'}`);
  await settle(
    ctx.signal,
    workers.map((worker) => worker.run()),
  );
  await waitForNodes(ctx, start);
  await shapeNetwork(ctx, start, plan.nodes);
}

/** One more node of a cluster that is up. Nothing of it stays when it throws. */
export async function addContainer(ctx: Context, start: ClusterStart, node: NodePlan): Promise<void> {
  const [container] = await settle(ctx.signal, [createContainer(start, node)]);
  try {
    await container?.run();
    // Only this one is watched and given another chance: others may be dead on purpose.
    await waitForNodes(ctx, { ...start, plan: { ...start.plan, nodes: [node] } });
    await shapeNetwork(ctx, start, [node]);
  } catch (thrown) {
    await container?.remove();
    throw thrown;
  }
}

/** Copies each container's output to its file in the cluster's directory. */
export async function writeLogs(
  engine: DockerEngine,
  owner: string,
  plan: ClusterPlan,
  files: ClusterFiles,
): Promise<void> {
  const containers = await listContainers(engine.docker, owner, plan.id);
  mkdirSync(files.logs, { recursive: true, mode: 0o700 });
  for (const node of plan.nodes) {
    const container = containers.find((candidate) => candidate.node === node.index);
    const log = container ? await containerLog(engine.docker, container.id, LOG_FILE_LINES) : '';
    if (log !== '') writeFileSync(path.join(files.logs, `${slug(node)}.log`), log, { mode: 0o600 });
  }
}

/** All of them have ended when it throws, be it for the first that failed or since the signal fired. */
async function settle<T>(signal: AbortSignal, begun: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(begun);
  if (signal.aborted) fail({ code: 'cancelled' });
  const values: T[] = [];
  for (const outcome of settled) {
    if (outcome.status === 'rejected') throw outcome.reason;
    values.push(outcome.value);
  }
  return values;
}

async function createNetwork({ engine, plan, place }: ClusterStart): Promise<void> {
  const name = networkName(plan.id);
  const labels = clusterLabels(plan, place);
  try {
    await engine.docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: true, Labels: labels });
  } catch (error) {
    const flags = Object.entries(labels).map(([key, value]) => `--label=${key}=${value}`);
    startFailed(error, 'create the network', `docker network create ${flags.join(' ')} ${name}`);
  }
}

async function createContainer(
  start: ClusterStart,
  node: NodePlan,
): Promise<{ run(): Promise<void>; remove(): Promise<unknown> }> {
  const options = containerOptions(start.plan, node, start.files, start.place);
  try {
    const container = await start.engine.docker.createContainer(options);
    return {
      run: () => runContainer(options, node, () => container.start()),
      remove: () => container.remove({ force: true, v: true }),
    };
  } catch (error) {
    return startFailed(error, `create the container of ${node.name}`, dockerRunCommand(options));
  }
}

async function runContainer(
  options: ContainerCreateOptions,
  node: NodePlan,
  run: () => Promise<unknown>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    startFailed(error, `start the container of ${node.name}`, dockerRunCommand(options));
  }
}

/** A refusal of the engine, with what to paste into a shell to see it again. */
function startFailed(error: unknown, step: string, command: string): never {
  if (statusOf(error) === null) throw error;
  const said = messageOf(error);
  const hint = HINTS.find(([about]) => about.test(said))?.[1];
  fail({ code: 'cluster-start-failed', step, command, output: hint ? `${said}\n${hint}` : said });
}
