/** What the manifest's `when` clauses look at. */
import * as vscode from 'vscode';
import { isEnded } from '../simulator/model/run';
import type { EngineLink } from './engineLink';
import type { EngineStore } from './engineStore';
import { concernsUs } from './scriptChecks';

export class ContextKeys implements vscode.Disposable {
  private readonly values = new Map<string, string>();
  private readonly disposables: vscode.Disposable[];

  constructor(link: EngineLink, store: EngineStore) {
    const ofStore = () => {
      this.set('heliostat.engine', link.state.kind);
      this.set('heliostat.loaded', store.loaded);
      this.set('heliostat.hasClusters', store.clusters.length > 0);
      this.set('heliostat.hasRuns', store.runs.length > 0);
      this.set(
        'heliostat.hasLiveRuns',
        store.runs.some((run) => !isEnded(run.state)),
      );
    };
    const ofDocuments = () => {
      const scripts = vscode.workspace.textDocuments.filter(concernsUs);
      this.set(
        'heliostat.rayScripts',
        scripts.map((document) => document.uri.fsPath),
      );
    };
    this.disposables = [
      store.onDidChange(ofStore),
      link.onState(ofStore),
      vscode.workspace.onDidOpenTextDocument(ofDocuments),
      vscode.workspace.onDidCloseTextDocument(ofDocuments),
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document.languageId === 'python') ofDocuments();
      }),
    ];
    ofStore();
    ofDocuments();
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private set(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (this.values.get(key) === text) return;
    this.values.set(key, text);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
