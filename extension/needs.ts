/**
 * What commands need, and how it is found: from what the command was called about, else the only one there is, else
 * the user's pick. What cannot be found throws `NotReady` with the step that makes it work.
 */
import * as vscode from 'vscode';
import type { ClusterInfo } from '../simulator/model/cluster';
import { fail } from '../simulator/model/failure';
import { isEnded, type RunInfo } from '../simulator/model/run';
import type { App } from './app';
import { clusterDescription } from './clusterText';
import { NotReady } from './messages';
import { newestFirst, scriptName, stateText } from './runText';
import type { CommandTarget } from './target';

/** A Python file on disk, saved. */
export interface ScriptFile {
  uri: vscode.Uri;
  /** Absolute path. */
  path: string;
}

export interface Needs {
  nothing: null;
  /** The workspace is trusted. */
  trust: null;
  script: ScriptFile;
  cluster: ClusterInfo;
  anyCluster: readonly ClusterInfo[];
  run: RunInfo;
  liveRun: RunInfo;
  endedRun: RunInfo;
}

type Resolver<N extends keyof Needs> = (app: App, target: CommandTarget) => Promise<Needs[N] | undefined>;

const OPEN_SAMPLE = { label: 'Open Sample', command: 'heliostat.openSample' };
const START_CLUSTER = { label: 'Start Cluster', command: 'heliostat.startCluster' };
const RUN = { label: 'Run on Cluster', command: 'heliostat.run' };

const resolvers: { [N in keyof Needs]: Resolver<N> } = {
  nothing: () => Promise.resolve(null),
  trust: () => Promise.resolve(requireTrust()),
  script: (_app, target) => {
    requireTrust();
    return findScript(target);
  },
  cluster: (app, target) => findCluster(app, target),
  anyCluster: async (app) => {
    const clusters = await readClusters(app);
    if (clusters.length === 0) throw noCluster();
    return clusters;
  },
  run: (app, target) => findRun(app, target, 'Which run?', () => true, noRun),
  liveRun: (app, target) => findRun(app, target, 'Which run?', (run) => !isEnded(run.state), nothingRuns),
  endedRun: (app, target) => findRun(app, target, 'A task of which run?', hasKept, nothingKept),
};

/** Undefined when the user closed a question without an answer. */
export function resolveNeeds<N extends keyof Needs>(
  needs: N,
  app: App,
  target: CommandTarget,
): Promise<Needs[N] | undefined> {
  return resolvers[needs](app, target);
}

function requireTrust(): null {
  if (vscode.workspace.isTrusted) return null;
  throw new NotReady('Running scripts is off in Restricted Mode, since it runs the code of this folder.', [
    { label: 'Manage Workspace Trust', command: 'workbench.trust.manage' },
  ]);
}

async function findScript(target: CommandTarget): Promise<ScriptFile | undefined> {
  const uri = target.uri ? vscode.Uri.parse(target.uri.toString()) : editedPython()?.uri;
  if (!uri) throw new NotReady('Open a Python script first; then it can run on a cluster.', [OPEN_SAMPLE]);
  if (uri.scheme !== 'file' && uri.scheme !== 'untitled') {
    throw new NotReady(
      `Only files on disk can run, and this one is not (${uri.scheme}:). Save a copy first.`,
      [{ label: 'Save As…', command: 'workbench.action.files.saveAs' }],
    );
  }
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (uri.scheme === 'file' && document?.isDirty !== true) return { uri, path: uri.fsPath };
  // For a file without a name yet this asks for one.
  const saved = await vscode.workspace.save(uri);
  return saved && { uri: saved, path: saved.fsPath };
}

/** The active editor's Python file, or a visible one while something else (the run view, the output) has the focus. */
export function editedPython(): vscode.TextDocument | undefined {
  const { activeTextEditor, visibleTextEditors } = vscode.window;
  const editors = activeTextEditor ? [activeTextEditor, ...visibleTextEditors] : visibleTextEditors;
  return editors.find((editor) => editor.document.languageId === 'python')?.document;
}

async function findCluster(app: App, target: CommandTarget): Promise<ClusterInfo | undefined> {
  const clusters = await readClusters(app);
  if (target.clusterId !== undefined) {
    const found = clusters.find((one) => one.id === target.clusterId);
    return found ?? fail({ code: 'cluster-not-found', id: target.clusterId });
  }
  const [first] = clusters;
  if (!first) throw noCluster();
  if (clusters.length === 1) return first;
  const items = clusters.map((cluster) => ({
    label: cluster.name,
    description: clusterDescription(cluster),
    cluster,
  }));
  return (await vscode.window.showQuickPick(items, { title: 'Which cluster?' }))?.cluster;
}

async function findRun(
  app: App,
  target: CommandTarget,
  title: string,
  fits: (run: RunInfo) => boolean,
  none: () => NotReady,
): Promise<RunInfo | undefined> {
  if (target.runId !== undefined) return app.link.request('runs.get', { id: target.runId });
  app.store.start();
  const runs = newestFirst(await app.link.request('runs.list', { limit: 100 })).filter(fits);
  const [first] = runs;
  if (!first) throw none();
  if (runs.length === 1) return first;
  const items = runs.map((run) => ({ label: scriptName(run.script), description: stateText(run), run }));
  return (await vscode.window.showQuickPick(items, { title }))?.run;
}

function readClusters(app: App): Promise<ClusterInfo[]> {
  app.store.start();
  return app.link.request('clusters.list', null);
}

const noCluster = () => new NotReady('No cluster is running.', [START_CLUSTER]);
const noRun = () => new NotReady('Nothing has run yet.', [RUN, OPEN_SAMPLE]);
const hasKept = (run: RunInfo) => isEnded(run.state) && (run.keptTasks ?? 0) > 0;
const nothingKept = () =>
  new NotReady('No run has tasks to debug again: none failed whose arguments could be kept.', [RUN]);
const nothingRuns = () => new NotReady('Nothing is running.', [RUN]);
