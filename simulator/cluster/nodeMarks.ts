/** What two readings of a cluster's nodes say has happened between them. Pure. */
import type { NodeInfo } from '../model/cluster';
import type { ClusterMark } from '../model/fault';
import { endOf, HEAD_LOST, type Entry } from './entry';

/** A mark for each node that was alive before and is no more. */
export function nodeMarks(entry: Entry, before: readonly NodeInfo[]): ClusterMark[] {
  return entry.nodes.flatMap((node) => {
    const was = before.find((one) => one.index === node.index);
    if (was?.state !== 'alive' || node.state !== 'dead') return [];
    const words = node.isHead
      ? HEAD_LOST
      : `Ray lost ${node.name}: it ${endOf(entry, node).slice(node.name.length + 1)}.`;
    return [{ timeMs: Date.now(), node: node.index, kind: 'lost' as const, words }];
  });
}
