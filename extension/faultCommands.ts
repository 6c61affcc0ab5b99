/** The commands that do something to a node on purpose. */
import * as vscode from 'vscode';
import type { ClusterInfo } from '../simulator/model/cluster';
import { DRAIN_DEADLINE_MS, type FaultKind } from '../simulator/model/fault';
import type { App } from './app';
import { NotReady } from './messages';
import type { CommandTarget } from './target';

/** A command for one kind of fault, on the node that the tree names. */
export function faultCommand(
  kind: FaultKind,
): (app: App, cluster: ClusterInfo, target: CommandTarget) => Promise<void> {
  return async (app, cluster, target) => {
    const node = cluster.nodes.find((one) => one.index === target.node);
    if (!node)
      throw new NotReady('Choose a node in the Clusters view.', [
        { label: 'Show Clusters', command: 'heliostat.clusters.focus' },
      ]);
    const deadlineMs = kind === 'drain' ? await askDeadline(node.name) : null;
    if (deadlineMs === undefined) return;
    if (kind === 'kill' && node.isHead && !(await confirmHead(cluster))) return;
    const { words } = await app.link.request('clusters.fault', {
      id: cluster.id,
      node: node.index,
      kind,
      ...(deadlineMs === null ? {} : { deadlineMs }),
    });
    app.log.info(`${cluster.name}: ${words}`);
    vscode.window.setStatusBarMessage(words, 5000);
  };
}

async function askDeadline(name: string): Promise<number | undefined> {
  const seconds = await vscode.window.showInputBox({
    title: `Drain ${name}`,
    prompt: 'Seconds until the node ends, as a cloud gives notice',
    value: String(DRAIN_DEADLINE_MS / 1000),
    validateInput: (text) =>
      /^[1-9]\d{0,4}$/.test(text.trim()) ? null : 'A whole number of seconds from 1.',
  });
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

async function confirmHead(cluster: ClusterInfo): Promise<boolean> {
  const kill = 'Kill Head';
  const detail = "The cluster's state lives on its head alone: everything that runs on it ends.";
  return (
    (await vscode.window.showWarningMessage(
      `Kill the head of ${cluster.name}?`,
      { modal: true, detail },
      kill,
    )) === kill
  );
}
