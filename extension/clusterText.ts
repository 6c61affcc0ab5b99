/** The words for clusters, their nodes and resources in the tree. Pure. */
import { groupNames, type ClusterInfo, type NodeInfo, type NodeSample } from '../simulator/model/cluster';
import { failureWords } from '../simulator/model/failureWords';
import { obstacle } from '../simulator/model/faultRules';
import { factTable, type Row } from './rows';
import { amount, bytes, countOf, duration } from '../simulator/model/format';

export function clusterRows(clusters: readonly ClusterInfo[], nowMs: number): Row[] {
  return [...clusters].sort((a, b) => a.createdMs - b.createdMs).map((cluster) => clusterRow(cluster, nowMs));
}

/** Whether Ray answers there, so that a script can run on it. */
export function isUsable(cluster: ClusterInfo): boolean {
  return cluster.state.kind === 'ready' || cluster.state.kind === 'degraded';
}

/** `3 nodes · ray 2.60.0 · process`; while it is not ready, what happens instead. */
export function clusterDescription(cluster: ClusterInfo): string {
  const state = cluster.state;
  switch (state.kind) {
    case 'starting':
      return state.step;
    case 'stopping':
      return 'stopping';
    case 'failed':
      return failureWords(state.failure).title;
    case 'unreachable':
      return `unreachable: ${state.reason}`;
    case 'degraded':
      return `${summary(cluster)} · ${state.reason}`;
    case 'ready':
      return summary(cluster);
  }
}

function summary(cluster: ClusterInfo): string {
  const alive = cluster.nodes.filter((node) => node.state === 'alive').length;
  const parts = [countOf(alive, 'node')];
  if (cluster.rayVersion !== null) parts.push(`ray ${cluster.rayVersion}`);
  parts.push(cluster.backend);
  return parts.join(' · ');
}

function clusterRow(cluster: ClusterInfo, nowMs: number): Row {
  const description = clusterDescription(cluster);
  const failed = cluster.state.kind === 'failed';
  return {
    id: `cluster:${cluster.id}`,
    label: cluster.name,
    description,
    ...clusterIcon(cluster),
    tooltip: clusterTooltip(cluster, nowMs),
    context: clusterContext(cluster),
    spoken: `Cluster ${cluster.name}, ${cluster.state.kind}, ${description}`,
    clusterId: cluster.id,
    ...(failed ? { command: { id: 'heliostat.explainCluster', title: 'Why It Failed' } } : {}),
    children: failed ? [] : nodeRows(cluster),
    expanded: true,
  };
}

/** By group where nodes have one; those of clusters elsewhere have none. */
function nodeRows(cluster: ClusterInfo): Row[] {
  const row = (node: NodeInfo) => nodeRow(cluster, node);
  const groups = [
    ...new Set([...groupNames(cluster.spec), ...cluster.nodes.flatMap(({ group }) => group ?? [])]),
  ];
  const loose = cluster.nodes.filter((node) => node.group === null);
  if (loose.length === cluster.nodes.length) return loose.map(row);
  return groups.map((name) => {
    const nodes = cluster.nodes.filter((node) => node.group === name);
    return groupRow(cluster, name, nodes, nodes.map(row));
  });
}

/** `2 nodes`, `2 nodes · 0 to 4, as work comes`; its context says what can be done: `group.can-add.can-remove`. */
function groupRow(cluster: ClusterInfo, name: string, nodes: readonly NodeInfo[], children: Row[]): Row {
  const group = cluster.spec?.groups[groupNames(cluster.spec).indexOf(name)];
  const range =
    group?.max === undefined ? '' : ` · ${group.min ?? group.count} to ${group.max}, as work comes`;
  const description = countOf(nodes.length, 'node') + range;
  const least = nodes.some((node) => node.isHead) ? 1 : 0;
  const able = isUsable(cluster) ? ['.can-add', nodes.length > least ? '.can-remove' : ''] : [];
  return {
    id: `group:${cluster.id}:${name}`,
    label: name,
    description,
    icon: 'group-by-ref-type',
    tooltip: factTable(name, [['Nodes', description]]),
    context: `group${able.join('')}`,
    spoken: `Group ${name}, ${description}`,
    clusterId: cluster.id,
    group: name,
    children,
    expanded: true,
  };
}

/** `cluster`, then its state, then what can be done: `.dashboard` with a page of Ray's own. */
function clusterContext(cluster: ClusterInfo): string {
  const page = isUsable(cluster) && cluster.dashboardUrl !== null ? '.dashboard' : '';
  return `cluster.${cluster.state.kind}${page}`;
}

function clusterIcon(cluster: ClusterInfo): { icon: string; color?: string } {
  switch (cluster.state.kind) {
    case 'starting':
    case 'stopping':
      return { icon: 'loading~spin' };
    case 'ready':
      return { icon: cluster.backend === 'remote' ? 'remote' : 'server', color: 'testing.iconPassed' };
    case 'degraded':
    case 'unreachable':
      return { icon: 'warning', color: 'list.warningForeground' };
    case 'failed':
      return { icon: 'error', color: 'testing.iconFailed' };
  }
}

function clusterTooltip(cluster: ClusterInfo, nowMs: number): string {
  const state = cluster.state;
  const detail = state.kind === 'failed' ? failureWords(state.failure).detail : '';
  return factTable(cluster.name, [
    ['State', state.kind],
    ['', clusterDescription(cluster)],
    ['', detail.slice(0, 600)],
    ['Backend', cluster.backend],
    ['Ray', cluster.rayVersion],
    ['Python', cluster.pythonVersion],
    ['Dashboard', cluster.dashboardUrl],
    ['Runs alive', cluster.activeRuns.length === 0 ? null : String(cluster.activeRuns.length)],
    ['Stops when unused in', cluster.idleStopAtMs === null ? null : duration(cluster.idleStopAtMs - nowMs)],
    ['Id', cluster.id],
  ]);
}

function nodeRow(cluster: ClusterInfo, node: NodeInfo): Row {
  const id = `node:${cluster.id}:${node.index}`;
  const description = nodeDescription(node);
  return {
    id,
    label: node.name,
    description,
    ...nodeIcon(node),
    tooltip: factTable(node.name, [
      ['State', node.state],
      ['On purpose', node.condition],
      ['Address', node.address],
      ['Ray node id', node.rayNodeId],
    ]),
    context: nodeContext(cluster, node),
    spoken: `Node ${node.name}, ${description}`,
    clusterId: cluster.id,
    node: node.index,
    children: resourceRows(id, node),
    expanded: false,
  };
}

/** `node`, its state, then what can be done to it on purpose: `.can-kill.can-pause`. */
function nodeContext(cluster: ClusterInfo, node: NodeInfo): string {
  const able = isUsable(cluster)
    ? cluster.faults.filter((kind) => obstacle(node, kind, cluster.faults) === null)
    : [];
  return [`node.${node.state}`, ...able.map((kind) => `can-${kind}`)].join('.');
}

function nodeDescription(node: NodeInfo): string {
  const state = node.condition ?? (node.state === 'alive' ? null : node.state);
  if (node.state !== 'alive') return state ?? '';
  return state === null ? nodeUse(node) : `${state} · ${nodeUse(node)}`;
}

function nodeIcon(node: NodeInfo): { icon: string; color?: string } {
  if (node.state === 'starting') return { icon: 'loading~spin' };
  if (node.condition === 'paused') return { icon: 'debug-pause', color: 'list.warningForeground' };
  if (node.condition === 'partitioned') return { icon: 'debug-disconnect', color: 'list.warningForeground' };
  if (node.condition === 'draining') return { icon: 'arrow-down', color: 'list.warningForeground' };
  if (node.state === 'dead') return { icon: 'error', color: 'testing.iconFailed' };
  return { icon: 'vm' };
}

function nodeUse(node: NodeInfo): string {
  const parts = [countOf(node.cpus, 'CPU')];
  if (node.gpus > 0) parts.push(countOf(node.gpus, 'GPU') + (node.gpusSimulated ? ' (simulated)' : ''));
  const cpuPct = node.sample?.cpuPct;
  if (cpuPct !== null && cpuPct !== undefined) parts.push(`CPU ${Math.round(cpuPct)} %`);
  return parts.join(' · ');
}

function resourceRows(nodeId: string, node: NodeInfo): Row[] {
  const sample = node.sample;
  const rows: [name: string, value: string, icon: string][] = [
    ['CPUs', claimed(sample?.cpusClaimed ?? null, node.cpus), 'chip'],
    ['Memory', memoryText(node, sample), 'database'],
  ];
  if (node.gpus > 0) {
    const simulated = node.gpusSimulated ? ' · simulated' : '';
    rows.push(['GPUs', claimed(sample?.gpusClaimed ?? null, node.gpus) + simulated, 'circuit-board']);
  }
  const storeBytes = sample?.objectStoreTotalBytes;
  if (storeBytes) {
    rows.push(['Object store', used(sample.objectStoreUsedBytes, `of ${bytes(storeBytes)} used`), 'archive']);
  }
  for (const [name, count] of Object.entries(node.resources))
    rows.push([name, amount(count), 'symbol-numeric']);
  for (const [name, value] of Object.entries(node.labels)) rows.push([name, value, 'tag']);
  return rows.map(([label, description, icon]) => ({
    id: `${nodeId}:${icon}:${label}`,
    label,
    description,
    icon,
    tooltip: factTable(label, [['', description]]),
    context: 'resource',
    spoken: `${label}: ${description}`,
    children: [],
    expanded: false,
  }));
}

function memoryText(node: NodeInfo, sample: NodeSample | null): string {
  const total = sample?.memoryTotalBytes ?? node.memoryBytes;
  return used(sample?.memoryUsedBytes ?? null, `of ${bytes(total)} used`, bytes(total));
}

function used(usedBytes: number | null, rest: string, otherwise = rest): string {
  return usedBytes === null ? otherwise : `${bytes(usedBytes)} ${rest}`;
}

function claimed(taken: number | null, total: number): string {
  return taken === null ? amount(total) : `${amount(taken)} of ${amount(total)} taken`;
}
