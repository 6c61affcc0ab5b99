import { describe, expect, it } from 'vitest';
import { drainArgs, refusalOf } from '../../../simulator/cluster/drainNode';
import type { FaultTarget } from '../../../simulator/cluster/backend';
import { FAULT_KINDS, type FaultKind } from '../../../simulator/model/fault';
import { obstacle } from '../../../simulator/model/faultRules';
import type { NodeInfo } from '../../../simulator/model/cluster';
import { aNode } from '../extension/sampleData';

function possible(node: Partial<NodeInfo>, able: readonly FaultKind[] = FAULT_KINDS): FaultKind[] {
  const full = aNode({ index: 1, name: 'node 1', isHead: false, ...node });
  return FAULT_KINDS.filter((kind) => obstacle(full, kind, able) === null);
}

describe('what can be done to a node', () => {
  it('depends on what it is going through', () => {
    expect(possible({})).toEqual(['kill', 'pause', 'drain', 'partition', 'oom']);
    expect(possible({ condition: 'paused' })).toEqual(['kill', 'resume']);
    expect(possible({ condition: 'partitioned' })).toContain('heal');
    expect(possible({ condition: 'draining' })).not.toContain('drain');
    expect(possible({ state: 'dead' })).toEqual([]);
  });

  it('ends also what Ray has given up while it was frozen', () => {
    expect(possible({ state: 'dead', condition: 'paused' })).toEqual(['kill', 'resume']);
  });

  it('leaves out the drain of a head, and what the backend cannot do', () => {
    expect(possible({ isHead: true })).not.toContain('drain');
    expect(possible({}, ['kill', 'pause', 'resume', 'drain'])).toEqual(['kill', 'pause', 'drain']);
    expect(obstacle(aNode(), 'partition', ['kill'])).toMatch(/no network of their own.*Docker/);
  });
});

describe("Ray's notice to a node", () => {
  const target = { node: { name: 'node 1' }, rayNodeId: 'ab' } as FaultTarget;

  it('names the node, the reason and whole seconds', () => {
    expect(drainArgs(target, '10.0.0.2:6379', { reason: 'preempted', deadlineMs: 5400 })).toEqual([
      'drain-node',
      '--address=10.0.0.2:6379',
      '--node-id=ab',
      '--reason=DRAIN_NODE_REASON_PREEMPTION',
      '--reason-message=Drained on purpose.',
      '--deadline-remaining-seconds=5',
    ]);
    expect(drainArgs(target, 'x:1', { reason: 'idle', deadlineMs: null }).join(' ')).not.toContain(
      'deadline',
    );
  });

  it('is refused in words', () => {
    const output = 'WARNING something\n\u001b[31mError: The drain request is not accepted: busy\u001b[0m\n\n';
    expect(refusalOf(output)).toBe('The drain request is not accepted: busy');
    expect(refusalOf('')).toBe('Ray gave no reason');
  });

  it('is not sent to a node that Ray does not know', () => {
    expect(() =>
      drainArgs({ ...target, rayNodeId: null }, 'x:1', { reason: 'idle', deadlineMs: null }),
    ).toThrow('fault-impossible');
  });
});
