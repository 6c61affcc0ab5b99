/** One more node of a process cluster that is up. */
import { sleep, type Context } from '../base/context';
import { fail } from '../model/failure';
import type { ClusterFiles, ClusterPlan, NodePlan } from './backend';
import { NodeCommands } from './nodeCommands';
import { endProcesses } from './nodeProcesses';
import { readPorts } from './processPorts';
import { failStart, runRay } from './rayCommand';

const TRIES = 3;
/** Names of sockets hold the attempt; those of the cluster's start are below. */
const FIRST_ATTEMPT = 100;

/** Fails as `cluster-start-failed` with the output of the last try; nothing of the node runs then. */
export async function addProcessNode(
  ctx: Context,
  { clusters, plan, files }: { clusters: string; plan: ClusterPlan; files: ClusterFiles },
  node: NodePlan,
): Promise<void> {
  const ports =
    readPorts(files) ?? fail({ code: 'cluster-lost', id: plan.id, detail: 'Its ports are not known.' });
  const commands = new NodeCommands(plan, files, ports);
  for (let attempt = 1; ; attempt++) {
    const command = commands.worker(node, FIRST_ATTEMPT + attempt);
    const running = runRay(command);
    const cancelled = sleep(COMMAND_MS, ctx.signal).catch(() => -1);
    const code = await Promise.race([running.exited, cancelled.then(() => -1)]);
    if (code === 0) return;
    await endProcesses(clusters, plan.id, { graceMs: 0, node: node.index });
    if (ctx.signal.aborted) fail({ code: 'cancelled' });
    if (attempt === TRIES) failStart(`Adding ${node.name}`, command, running.output());
  }
}

/** Ray gives up by itself long before. */
const COMMAND_MS = 180_000;
