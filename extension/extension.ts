/** Entry point: makes the parts, wires them, registers them. Nothing here talks to the engine; the first need does. */
import * as vscode from 'vscode';
import type { App } from './app';
import { clusterRows } from './clusterText';
import { registerCommands } from './commands';
import { registerDebugging } from './debug/debugging';
import { ContextKeys } from './contextKeys';
import { EngineLink } from './engineLink';
import { EngineStore } from './engineStore';
import { FindingMarks } from './findingMarks';
import { FollowedRuns } from './followedRuns';
import { FunctionLens } from './functionLens';
import { LastViews } from './lastViews';
import { RowTree } from './rowTree';
import { RunLens } from './runLens';
import { RunOutputs } from './runOutput';
import { PANEL_TYPE, RunPanel } from './runPanel';
import { RunProblems } from './runProblems';
import { runRows } from './runText';
import { ScriptChecks, ScriptFixes } from './scriptChecks';
import { StatusItem } from './statusItem';
import { TRACE_EDITOR, TraceEditor } from './traceEditor';

const PYTHON: vscode.DocumentSelector = [
  { language: 'python', scheme: 'file' },
  { language: 'python', scheme: 'untitled' },
];

export function activate(context: vscode.ExtensionContext): void {
  const startMs = performance.now();
  const log = vscode.window.createOutputChannel('Heliostat', { log: true });
  context.subscriptions.push(log);
  try {
    start(context, log);
    log.info(`Activated in ${(performance.now() - startMs).toFixed(1)} ms.`);
  } catch (error) {
    log.error(error instanceof Error ? error : String(error));
    void vscode.window
      .showErrorMessage('Heliostat could not start.', 'Show Log')
      .then((chosen) => chosen && log.show());
  }
}

function start(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): void {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const link = own(new EngineLink(context.asAbsolutePath('dist/engine.js'), log));
  const store = own(new EngineStore(link, log));
  const checks = own(new ScriptChecks(link, log));
  const outputs = own(new RunOutputs(link, store, log));
  const panel = own(new RunPanel(context, link, log));
  const isOnScreen = (runId: string) => panel.isOnScreen(runId);
  const followed = own(new FollowedRuns({ context, link, store, outputs, log, isOnScreen }));
  const app: App = { context, log, link, store, checks, outputs, followed, panel };

  const lens = own(new RunLens(checks, store));
  const views = own(new LastViews(link, store, log));
  const functionLens = own(new FunctionLens(views));
  own(new FindingMarks(views));
  own(new RunProblems(store));
  own(new StatusItem(store));
  own(new ContextKeys(link, store));
  own(new RowTree('heliostat.clusters', store, link, ({ clusters }) => clusterRows(clusters, Date.now())));
  own(new RowTree('heliostat.runs', store, link, ({ runs }) => runRows(runs, Date.now())));
  context.subscriptions.push(
    ...registerCommands(app),
    ...registerDebugging(app),
    vscode.languages.registerCodeLensProvider(PYTHON, lens),
    vscode.languages.registerCodeLensProvider(PYTHON, functionLens),
    vscode.languages.registerCodeActionsProvider(PYTHON, new ScriptFixes(checks), ScriptFixes.metadata),
    vscode.languages.registerDocumentLinkProvider({ scheme: 'output' }, outputs),
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, panel),
    vscode.window.registerCustomEditorProvider(TRACE_EDITOR, new TraceEditor(context, link, log)),
  );
}
