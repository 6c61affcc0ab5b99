/** What the manifest's `when` clauses look at. */
import * as vscode from 'vscode';
import { isEnded } from '../simulator/model/run';
import type { EngineLink } from './engineLink';
import type { EngineStore } from './engineStore';
import { concernsUs } from './scriptChecks';

export class ContextKeys implements vscode.Disposable {
  private readonly values = new Map<string, unknown>();
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
    const ofEditor = () => {
      const document = vscode.window.activeTextEditor?.document;
      // A webview in front leaves no active text editor; the title menu of the editor beside it must not blink.
      if (document) this.set('heliostat.isRayScript', concernsUs(document));
    };
    this.disposables = [
      store.onDidChange(ofStore),
      link.onState(ofStore),
      vscode.window.onDidChangeActiveTextEditor(ofEditor),
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document === vscode.window.activeTextEditor?.document) ofEditor();
      }),
    ];
    ofStore();
    ofEditor();
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private set(key: string, value: unknown): void {
    if (this.values.get(key) === value) return;
    this.values.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
