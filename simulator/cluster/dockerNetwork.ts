/**
 * A node's network, changed from a helper container that shares the node's network namespace and may administer it. The
 * user's own container never gets that right.
 */
import path from 'node:path';
import type { Context } from '../base/context';
import { fail } from '../model/failure';
import type { FaultTarget, NodePlan } from './backend';
import { listContainers } from './dockerContainers';
import { runToEnd } from './dockerExec';
import type { DockerFaultPlace } from './dockerFaults';
import type { ClusterStart } from './dockerStart';
import { CLUSTER_LABEL, containerName, OWNER_LABEL } from './dockerPlan';

/** `words` are the action of `probe/heliostat_network.py` and its arguments. Null, or what the kernel refuses. */
export async function changeNetwork(
  { engine, owner }: DockerFaultPlace,
  { plan, files, node }: Pick<FaultTarget, 'plan' | 'files' | 'node'>,
  words: string[],
): Promise<string | null> {
  const containers = await listContainers(engine.docker, owner, plan.id);
  const own = containers.find((container) => container.node === node.index);
  if (!own) return 'the node has no container';
  const { output } = await runToEnd(engine.docker, {
    Image: own.image,
    Cmd: ['python', path.join(files.probe, 'heliostat_network.py'), ...words],
    Entrypoint: [],
    User: '0:0',
    Labels: { [CLUSTER_LABEL]: plan.id, [OWNER_LABEL]: owner },
    HostConfig: {
      NetworkMode: `container:${containerName(plan.id, node)}`,
      CapAdd: ['NET_ADMIN'],
      Mounts: [{ Type: 'bind', Source: files.probe, Target: files.probe, ReadOnly: true }],
      ...(engine.facts.userNamespaces ? { UsernsMode: 'host' } : {}),
      ...(engine.facts.selinux ? { SecurityOpt: ['label=disable'] } : {}),
    },
  });
  if (/heliostat:ok/.test(output)) return null;
  const [, no] = /heliostat:no:(.*)/.exec(output) ?? [];
  return no?.trim() ?? (output.trim().split('\n').at(-1) || 'the helper container printed nothing');
}

/** Holds what leaves each node to the cluster's wish. Fails as `cluster-start-failed` with what the kernel lacks. */
export async function shapeNetwork(
  ctx: Context,
  start: ClusterStart,
  nodes: readonly NodePlan[],
): Promise<void> {
  const { engine, plan, files, place } = start;
  const { network } = plan.spec;
  if (!network) return;
  ctx.step('Slowing the network down');
  const words = ['shape', String(network.bytesPerSecond ?? 0), String(network.latencyUs ?? 0)];
  for (const node of nodes) {
    if (ctx.signal.aborted) fail({ code: 'cancelled' });
    const refusal = await changeNetwork({ engine, owner: place.owner }, { plan, files, node }, words);
    if (refusal === null) continue;
    fail({
      code: 'cluster-start-failed',
      step: `slow the network of ${node.name} down: ${refusal}`,
      command: `sudo modprobe ${network.latencyUs ? 'sch_netem' : 'sch_tbf'}`,
      output: 'Take `network` (or its `latency`) out of the annotation, or use a kernel that has it.',
    });
  }
}
