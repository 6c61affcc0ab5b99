/** What can be done to a node that is a container: its end, its freezing, its network, its memory. */
import path from 'node:path';
import type { FaultKind } from '../model/fault';
import { fail } from '../model/failure';
import { lastLines } from './rayCommand';
import type { Drain, FaultTarget } from './backend';
import { listContainers, type ClusterContainer } from './dockerContainers';
import { messageOf, statusOf, type DockerEngine } from './dockerEngine';
import { execIn } from './dockerExec';
import { changeNetwork } from './dockerNetwork';
import { GCS_PORT } from './dockerPlan';
import { drainArgs, refusalOf } from './drainNode';

export interface DockerFaultPlace {
  engine: DockerEngine;
  owner: string;
}

/** Fails as `fault-impossible` with the engine's or the kernel's words. */
export async function faultContainer(
  place: DockerFaultPlace,
  target: FaultTarget,
  kind: Exclude<FaultKind, 'drain'>,
): Promise<void> {
  const { docker } = place.engine;
  const found = await findNode(place, target);
  const container = docker.getContainer(found.id);
  const refuse = (reason: string) => fail({ code: 'fault-impossible', node: target.node.name, kind, reason });
  try {
    switch (kind) {
      case 'kill':
        // A frozen process would die only when it is thawed (cgroup v1).
        if (found.state === 'paused') await container.unpause();
        await container.kill();
        return;
      case 'pause':
        await freeze(() => container.pause());
        return;
      case 'resume':
        await container.unpause();
        return;
      case 'partition':
      case 'heal': {
        const refusal = await changeNetwork(
          place,
          target,
          kind === 'heal' ? ['join', found.gateway ?? ''] : ['cut'],
        );
        if (refusal !== null) refuse(`The network could not be changed: ${refusal}.`);
        return;
      }
      case 'oom':
        return await fillMemory(place, target, found, refuse);
    }
  } catch (error) {
    if (statusOf(error) === null) throw error;
    refuse(messageOf(error));
  }
}

/** By `ray drain-node` in the head's container. */
export async function drainContainer(
  place: DockerFaultPlace,
  target: FaultTarget,
  drain: Drain,
): Promise<string | null> {
  const head = target.plan.nodes.find((node) => node.isHead) ?? target.node;
  const found = await findNode(place, { ...target, node: head });
  const address = `${found.address ?? '127.0.0.1'}:${GCS_PORT}`;
  const command = ['ray', ...drainArgs(target, address, drain)];
  const { output, exitCode } = await execIn(place.engine.docker, found.id, command);
  return exitCode === 0 ? null : refusalOf(output);
}

/** With cgroup v1, freezing a container in which much begins and ends fails now and then ("unable to freeze"). */
async function freeze(pause: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await pause();
      return;
    } catch (error) {
      if (attempt === FREEZE_TRIES || !/unable to freeze/.test(messageOf(error))) throw error;
    }
  }
}

const FREEZE_TRIES = 10;

async function fillMemory(
  place: DockerFaultPlace,
  { files }: FaultTarget,
  found: ClusterContainer,
  refuse: (reason: string) => never,
): Promise<void> {
  const hog = path.join(files.probe, 'heliostat_hog.py');
  const { output } = await execIn(place.engine.docker, found.id, ['python', hog]);
  const [, no] = /heliostat:no:(.*)/.exec(output) ?? [];
  if (no !== undefined) refuse(`${no}.`);
  if (/heliostat:held/.test(output)) {
    refuse(
      'Its memory was full for 20 seconds, and neither Ray nor the kernel ended a worker: nothing ran there.',
    );
  }
  if (!/heliostat:killed/.test(output) && output.trim() !== '') refuse(lastLines(output));
}

async function findNode(place: DockerFaultPlace, { plan, node }: FaultTarget): Promise<ClusterContainer> {
  const containers = await listContainers(place.engine.docker, place.owner, plan.id);
  const found = containers.find((container) => container.node === node.index);
  return (
    found ?? fail({ code: 'cluster-lost', id: plan.id, detail: `${node.name} has no container any more.` })
  );
}
