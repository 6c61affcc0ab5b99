/** Ways to change the annotation so that a request fits: a larger group of nodes, or one more node. */
import { LEAST_NODE_BYTES, type NodeGroup } from '../model/cluster';
import type { QuickFix } from '../model/script';
import { entryTexts, type ClusterEditor, type GroupChange } from './clusterEditor';
import { distance, isFeasible, meets, memoryFor, nodeShapes, own, type NodeShape } from './clusterShape';
import { isLabelValue } from './labelSyntax';
import { maxNodes } from './nodeGroups';
import type { Need, RayRequest } from './rayRequests';

export interface FixContext {
  /** All of the script's requests: a fix for one must not break another. */
  requests: readonly RayRequest[];
  groups: readonly NodeGroup[];
  hostCpus: number;
  editor: ClusterEditor;
}

/** At most two, the smaller change first; none when nothing written in the annotation can help. */
export function clusterFixes(request: RayRequest, context: FixContext): QuickFix[] {
  return [raiseNearest(request, context), addNode(request, context)].filter((fix) => fix !== null);
}

/** Changes the group that lacks least. */
function raiseNearest(request: RayRequest, context: FixContext): QuickFix | null {
  const { groups, editor } = context;
  const nearest = nodeShapes(groups, context.hostCpus)
    .map((shape, index) => ({ shape, index, distance: distance(request, shape) }))
    .sort((a, b) => a.distance - b.distance);
  for (const { shape, index } of nearest) {
    const group = groups[index];
    const change = group && raise(request.needs, shape);
    if (!change || !helps(request, context, groups.with(index, merged(group, change)))) continue;
    const edits = editor.change(index, change);
    const where = groups.length === 1 ? 'the nodes' : `node group ${index + 1}`;
    if (edits) return { title: `Set ${entryTexts(change).join(', ')} for ${where}`, edits };
  }
  return null;
}

function addNode(request: RayRequest, context: FixContext): QuickFix | null {
  const { groups, editor, hostCpus } = context;
  if (groups.reduce((sum, { count }) => sum + count, 1) > maxNodes) return null;
  const shape = nodeShapes([...groups, { count: 1 }], hostCpus).at(-1);
  // The memory of a node that names none is the machine's to decide, so a task's wish is written down.
  const change = raise(request.needs, shape && { ...shape, memory: 0 });
  if (!change || !helps(request, context, [...groups, { count: 1, ...change }])) return null;
  const edits = editor.add(change);
  const asked = entryTexts(change).join(', ');
  const title = groups.length > 0 ? `Add a node with ${asked}` : `Ask for a node with ${asked}`;
  return edits && { title, edits };
}

/** What a node must get to meet the needs; null when it would have to lose something, or get something absurd. */
function raise(needs: readonly Need[], shape: NodeShape | undefined): GroupChange | null {
  if (!shape) return null;
  const change: GroupChange = {};
  for (const need of needs) {
    if (meets(shape, need)) continue;
    if (need.kind === 'label') {
      const value = need.condition.values.find(isLabelValue);
      if (need.condition.negated || value === undefined || own(shape.labels, need.name) !== undefined)
        return null;
      change.labels = withEntry(change.labels, need.name, value);
      continue;
    }
    const amount = Math.ceil(need.amount);
    if (!Number.isSafeInteger(amount)) return null;
    if (need.kind === 'resource') change.resources = withEntry(change.resources, need.name, amount);
    else if (need.kind === 'CPU') change.cpus = amount;
    else if (need.kind === 'GPU') change.gpus = amount;
    else change.memoryBytes = Math.max(LEAST_NODE_BYTES, memoryFor(amount));
  }
  return change;
}

/** Whether the request fits then, and nothing is infeasible that was not before. */
function helps(request: RayRequest, context: FixContext, groups: readonly NodeGroup[]): boolean {
  const before = nodeShapes(context.groups, context.hostCpus);
  const after = nodeShapes(groups, context.hostCpus);
  if (!isFeasible(request, after)) return false;
  return context.requests.every((other) => isFeasible(other, after) || !isFeasible(other, before));
}

function merged(group: NodeGroup, change: GroupChange): NodeGroup {
  return {
    ...group,
    ...change,
    ...(change.resources && { resources: { ...group.resources, ...change.resources } }),
    ...(change.labels && { labels: { ...group.labels, ...change.labels } }),
  };
}

/** Also right for a name such as `__proto__`. */
function withEntry<T>(record: Record<string, T> | undefined, name: string, value: T): Record<string, T> {
  return Object.fromEntries([...Object.entries(record ?? {}), [name, value]]);
}
