/** Commands that bring a group of nodes to another number while its cluster runs. */
import * as vscode from 'vscode';
import { groupNames, type ClusterInfo } from '../simulator/model/cluster';
import { countOf } from '../simulator/model/format';
import type { App } from './app';
import { NotReady } from './messages';
import type { CommandTarget } from './target';

type ClusterCommand = (app: App, cluster: ClusterInfo, target: CommandTarget) => Promise<void>;

/** One more, or one less. */
export function stepCommand(step: 1 | -1): ClusterCommand {
  return async (app, cluster, target) => {
    const group = await groupOf(cluster, target);
    if (group !== undefined) await scale(app, cluster, group, size(cluster, group) + step);
  };
}

/** To the number that is typed in. */
export const scaleCommand: ClusterCommand = async (app, cluster, target) => {
  const group = await groupOf(cluster, target);
  if (group === undefined) return;
  const typed = await vscode.window.showInputBox({
    title: `Scale ${group} of ${cluster.name}`,
    prompt: 'Number of nodes, the head included',
    value: String(size(cluster, group)),
    validateInput: (text) => (/^\d{1,2}$/.test(text.trim()) ? null : 'A whole number.'),
  });
  if (typed !== undefined) await scale(app, cluster, group, Number(typed));
};

async function scale(app: App, cluster: ClusterInfo, group: string, count: number): Promise<void> {
  await vscode.window.withProgress(
    { location: { viewId: 'heliostat.clusters' }, title: `${group}: ${countOf(count, 'node')}` },
    async () => {
      const { words } = await app.link.request('clusters.scale', { id: cluster.id, group, count });
      app.log.info(`${cluster.name}: ${words}`);
      vscode.window.setStatusBarMessage(words, 5000);
    },
  );
}

/** That of the row, else the only one, else the one that is picked. */
async function groupOf(cluster: ClusterInfo, target: CommandTarget): Promise<string | undefined> {
  if (target.group !== undefined) return target.group;
  const names = groupNames(cluster.spec);
  if (names.length === 0)
    throw new NotReady('The nodes of this cluster are not ours to add or remove.', [
      { label: 'Start Cluster', command: 'heliostat.startCluster' },
    ]);
  return names.length === 1
    ? names[0]
    : vscode.window.showQuickPick(names, { title: `Which group of ${cluster.name}?` });
}

function size(cluster: ClusterInfo, group: string): number {
  return cluster.nodes.filter((node) => node.group === group && node.state !== 'dead').length;
}
