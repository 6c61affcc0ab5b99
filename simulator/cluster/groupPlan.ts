/** Groups whose number of nodes changes: planned as if each had its most, so that those that come later fit too. Pure. */
import { groupName, type NodeGroup } from '../model/cluster';
import type { NodePlan } from './backend';
import { NODE_LABEL, planNodes, type MachineFacts } from './nodePlan';

export interface GroupPlan {
  /** With names; one group of one node where nothing was said. */
  groups: (NodeGroup & { name: string })[];
  /** The nodes that a cluster begins with. */
  nodes: NodePlan[];
  /** One node of each group, for those that are added. */
  templates: NodePlan[];
}

/** Fails as `nodes-impossible`, also when the most that may come does not fit. */
export function planGroups(wanted: readonly NodeGroup[], machine: MachineFacts): GroupPlan {
  const groups = (wanted.length === 0 ? [{ count: 1 }] : wanted).map((group, index) => ({
    ...group,
    name: groupName(group, index),
  }));
  const most = planNodes(
    groups.map((group) => ({ ...group, count: Math.max(1, group.count, group.max ?? 0) })),
    machine,
  );
  const ofGroup = (name: string) => most.filter((node) => node.group === name);
  const nodes = groups.flatMap(({ name, count }, index) =>
    ofGroup(name).slice(0, index === 0 ? Math.max(1, count) : count),
  );
  return {
    groups,
    nodes: nodes.map((node, index) => numbered(node, index)),
    templates: groups.map(({ name }) => ofGroup(name).at(-1)!),
  };
}

/** A node like the template, with its own index and GPUs that no other node has; simulated ones where none are left. */
export function nodeLike(
  template: NodePlan,
  index: number,
  others: readonly NodePlan[],
  machine: MachineFacts,
): NodePlan {
  const taken = new Set(others.flatMap((node) => node.gpuIds));
  const left = machine.gpuIds.filter((id) => !taken.has(id));
  const isReal = template.gpus <= left.length;
  const gpuIds = isReal ? left.slice(0, template.gpus) : [];
  return numbered({ ...template, gpuIds, gpusSimulated: !isReal }, index);
}

function numbered(node: NodePlan, index: number): NodePlan {
  return {
    ...node,
    index,
    isHead: index === 0,
    name: index === 0 ? 'head' : `node ${index}`,
    labels: { ...node.labels, [NODE_LABEL]: String(index) },
  };
}
