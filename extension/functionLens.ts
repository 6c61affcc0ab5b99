/** Above each remote function: how its tasks went in the last run. */
import * as vscode from 'vscode';
import { definitionLine, functionLens } from './functionText';
import type { LastViews } from './lastViews';

export class FunctionLens implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscription: vscode.Disposable;
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(private readonly views: LastViews) {
    this.subscription = views.onDidChange(() => this.changed.fire());
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const view = this.views.of(document.uri.fsPath);
    const lines = document.getText().split(/\r\n|\n|\r/);
    return (view?.functions ?? []).flatMap((fn) => {
      const title = functionLens(fn);
      if (title === null || fn.source?.file !== document.uri.fsPath) return [];
      const line = definitionLine(lines, fn.name, fn.source.line);
      if (line === null) return [];
      const command = {
        title,
        tooltip: `In ${view!.run.id}, the last run of this script`,
        command: 'heliostat.openRun',
        arguments: [{ uri: document.uri, runId: view!.run.id }],
      };
      return [new vscode.CodeLens(new vscode.Range(line, 0, line, 0), command)];
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
