/** The commands about clusters. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ClusterInfo } from '../simulator/model/cluster';
import type { ScriptCheck } from '../simulator/model/script';
import type { ClusterStart } from '../simulator/protocol';
import type { App } from './app';
import { PlainText } from './logFollower';
import { concernsUs } from './scriptChecks';
import { NotReady, showFailure } from './messages';
import { editedPython } from './needs';
import { ownChannel } from './ownChannel';
import { selectedPython } from './python';
import { searchEnv } from './searchEnv';
import { imageWish, readSettings } from './settings';
import { countOf } from '../simulator/model/format';

let clusterChannel: vscode.OutputChannel | undefined;

/** Starts the cluster that the active script wants, else one node. How it goes stands in the tree. */
export async function startCluster(app: App): Promise<void> {
  app.store.start();
  const document = activeScript();
  const resource = document?.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  const settings = readSettings(resource);
  const check = document && (await app.checks.get(document));
  const groups = check?.spec.nodes ?? [];
  const python = await selectedPython(resource, app.log);
  const request: ClusterStart = {
    name: document ? path.basename(document.uri.fsPath, '.py') : (vscode.workspace.name ?? 'default'),
    backend: settings.backend,
    groups: groups.length > 0 ? groups : [{ count: 1 }],
    ...(python === undefined ? {} : { python }),
    ...(settings.image === '' && settings.dockerfile === ''
      ? scriptImage(document, check)
      : imageWish(settings)),
    ...(check?.spec.network ? { network: check.spec.network } : {}),
    mounts: folders(document),
    recording: settings.recording,
    idleMinutes: settings.idleMinutes,
    orphanMinutes: settings.orphanMinutes,
    searchEnv: searchEnv(process.env),
  };
  const cluster = await app.link.request('clusters.start', request);
  await vscode.commands.executeCommand('heliostat.clusters.focus');
  tellFailure(app, cluster.id);
}

/** What the annotation says of it; paths in it begin at the script's folder. */
function scriptImage(
  document: vscode.TextDocument | undefined,
  check: ScriptCheck | undefined,
): Pick<ClusterStart, 'image' | 'dockerfile'> {
  const { image, dockerfile } = check?.spec ?? {};
  if (image !== undefined) return { image };
  if (dockerfile === undefined || !document) return {};
  return { dockerfile: path.resolve(path.dirname(document.uri.fsPath), dockerfile) };
}

/** Stops it and removes all of it; with runs on it only after a question. */
export async function stopCluster(app: App, cluster: ClusterInfo): Promise<void> {
  const busy = cluster.activeRuns.length > 0;
  if (busy && !(await confirmStop(`Stop ${cluster.name}?`, cluster.activeRuns.length))) return;
  await app.link.request('clusters.stop', { id: cluster.id, force: busy });
}

export async function stopAllClusters(app: App, clusters: readonly ClusterInfo[]): Promise<void> {
  const runs = clusters.reduce((sum, cluster) => sum + cluster.activeRuns.length, 0);
  if (runs > 0 && !(await confirmStop(`Stop ${countOf(clusters.length, 'cluster')}?`, runs))) return;
  await Promise.all(
    clusters.map((cluster) => app.link.request('clusters.stop', { id: cluster.id, force: runs > 0 })),
  );
}

/** Shows the newest part of what its nodes wrote. */
export async function showClusterLog(app: App, cluster: ClusterInfo): Promise<void> {
  const { text } = await app.link.request('clusters.log', { id: cluster.id });
  const channel = (clusterChannel ??= ownChannel(app, 'Ray cluster'));
  channel.replace(`${cluster.name} (${cluster.id})\n\n${new PlainText().push(text)}\n`);
  channel.show(true);
}

/** Why a cluster failed, with the ways out. */
export async function explainCluster(app: App, cluster: ClusterInfo): Promise<void> {
  if (cluster.state.kind !== 'failed') {
    throw new NotReady(`${cluster.name} has not failed.`, [
      { label: 'Show Cluster Log', command: 'heliostat.clusterLog' },
    ]);
  }
  await showFailure(app.log, cluster.state.failure, { clusterId: cluster.id, prefix: cluster.name });
}

/** Opens Ray's own page; where it asks for a token, that can be copied on the way. */
export async function openDashboard(app: App, cluster: ClusterInfo): Promise<void> {
  if (cluster.dashboardUrl === null) {
    throw new NotReady(`Ray's dashboard of ${cluster.name} does not answer yet.`, [
      { label: 'Show Cluster Log', command: 'heliostat.clusterLog' },
      { label: 'Refresh', command: 'heliostat.refresh' },
    ]);
  }
  const uri = vscode.Uri.parse(cluster.dashboardUrl, true);
  const { token } = await app.link.request('clusters.token', { id: cluster.id });
  if (token !== null) {
    const copy = 'Copy Token and Open';
    const chosen = await vscode.window.showInformationMessage(
      "Ray's dashboard asks for a token.",
      copy,
      'Open',
    );
    if (chosen === undefined) return;
    if (chosen === copy) await vscode.env.clipboard.writeText(token);
  }
  // In a remote window this forwards the port.
  await vscode.env.openExternal(await vscode.env.asExternalUri(uri));
}

function activeScript(): vscode.TextDocument | undefined {
  const document = editedPython();
  return document && document.uri.scheme === 'file' && concernsUs(document) ? document : undefined;
}

/** What containers must see: the folders that are open, and the script's. */
function folders(document: vscode.TextDocument | undefined): string[] {
  const open = (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === 'file')
    .map((folder) => folder.uri.fsPath);
  const own = document && path.dirname(document.uri.fsPath);
  const covered =
    own === undefined || open.some((folder) => own === folder || own.startsWith(folder + path.sep));
  return covered ? open : [...open, own];
}

/** Says so when a cluster that this window started does not come up. */
function tellFailure(app: App, clusterId: string): void {
  const subscription = app.store.onDidChange(() => {
    const cluster = app.store.clusters.find((one) => one.id === clusterId);
    if (cluster?.state.kind === 'starting') return;
    subscription.dispose();
    if (cluster?.state.kind === 'failed') {
      void showFailure(app.log, cluster.state.failure, { clusterId, prefix: cluster.name });
    }
  });
  app.context.subscriptions.push(subscription);
}

async function confirmStop(question: string, runs: number): Promise<boolean> {
  const stop = 'Stop Anyway';
  const detail = `${countOf(runs, 'run')} would end with it.`;
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, stop)) === stop;
}
