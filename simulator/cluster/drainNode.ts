/** Ray's own notice that a node will go: `ray drain-node` (ray/scripts/scripts.py), which speaks to the GCS. Pure. */
import { stripColours } from '../base/text';
import { fail } from '../model/failure';
import type { Drain, FaultTarget } from './backend';

/** The arguments after `ray`. Fails as `fault-impossible` for a node that Ray does not know. */
export function drainArgs({ rayNodeId, node }: FaultTarget, address: string, drain: Drain): string[] {
  if (rayNodeId === null)
    return fail({
      code: 'fault-impossible',
      node: node.name,
      kind: 'drain',
      reason: 'Ray does not know it yet.',
    });
  const isIdle = drain.reason === 'idle';
  return [
    'drain-node',
    `--address=${address}`,
    `--node-id=${rayNodeId}`,
    `--reason=DRAIN_NODE_REASON_${isIdle ? 'IDLE_TERMINATION' : 'PREEMPTION'}`,
    `--reason-message=${isIdle ? 'It has been idle for long enough.' : 'Drained on purpose.'}`,
    ...(drain.deadlineMs === null
      ? []
      : [`--deadline-remaining-seconds=${Math.max(1, Math.round(drain.deadlineMs / 1000))}`]),
  ];
}

/** The newest line that says something. */
export function refusalOf(output: string): string {
  const lines = stripColours(output)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (lines.at(-1) ?? 'Ray gave no reason').replace(/^Error: /, '');
}
