/** What can be done to a node that is a group of processes: end it, freeze it, thaw it. */
import path from 'node:path';
import { signalProcess } from '../base/processes';
import type { FaultKind } from '../model/fault';
import { fail } from '../model/failure';
import type { Drain, FaultTarget } from './backend';
import { drainArgs, refusalOf } from './drainNode';
import { addressOf } from './nodeCommands';
import { withoutForeign } from './nodeEnvironment';
import { clusterProcesses, endProcesses } from './nodeProcesses';
import { readPorts } from './processPorts';
import { runRay } from './rayCommand';

/** Processes have no network and no memory limit of their own. */
export const PROCESS_FAULTS: readonly FaultKind[] = ['kill', 'pause', 'resume', 'drain'];

/** `kind` is one of `PROCESS_FAULTS`. */
export async function faultProcesses(
  clusters: string,
  { plan, node }: FaultTarget,
  kind: Exclude<FaultKind, 'drain'>,
): Promise<void> {
  switch (kind) {
    case 'kill':
      return endProcesses(clusters, plan.id, { graceMs: 0, node: node.index });
    case 'pause':
    case 'resume': {
      const own = (await clusterProcesses(clusters, plan.id)).filter((one) => one.node === node.index);
      for (const { pid } of own) signalProcess(pid, kind === 'pause' ? 'SIGSTOP' : 'SIGCONT');
      return;
    }
    default:
      // Refused before, since `PROCESS_FAULTS` has only those above.
      throw new Error(`A node that is processes knows no ${kind}.`);
  }
}

/** By `ray drain-node`, run with the cluster's own Python. */
export async function drainProcesses(target: FaultTarget, drain: Drain): Promise<string | null> {
  const { plan, files } = target;
  const ports =
    readPorts(files) ?? fail({ code: 'cluster-lost', id: plan.id, detail: 'Its ports are not known.' });
  const address = `${addressOf(0) ?? '127.0.0.1'}:${ports.gcs}`;
  const running = runRay({
    python: plan.spec.python ?? 'python3',
    args: drainArgs(target, address, drain),
    env: { ...withoutForeign(process.env), RAY_AUTH_MODE: 'token', RAY_AUTH_TOKEN_PATH: files.tokenFile },
    cwd: files.ray,
    logFile: path.join(files.logs, 'drain.log'),
  });
  return (await running.exited) === 0 ? null : refusalOf(running.output());
}
