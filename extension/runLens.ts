/** `▶ Run on cluster` over a script's entry point, and how its newest run goes. */
import * as vscode from 'vscode';
import type { EngineStore } from './engineStore';
import { lensTexts } from './lensText';
import { concernsUs, toRange, type ScriptChecks } from './scriptChecks';

export class RunLens implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[];
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(
    private readonly checks: ScriptChecks,
    private readonly store: EngineStore,
  ) {
    let shown = '';
    this.disposables = [
      this.changed,
      checks.onDidChange(() => this.changed.fire()),
      store.onDidChange(() => {
        // Lenses are asked for again only when one of an open script would differ.
        const now = JSON.stringify(
          vscode.workspace.textDocuments
            .filter(concernsUs)
            .map((document) => lensTexts(store.newestRunOf(document.uri.fsPath))),
        );
        if (now === shown) return;
        shown = now;
        this.changed.fire();
      }),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!concernsUs(document)) return [];
    this.store.start();
    const check = await this.checks.get(document);
    // Without the engine's word the lens stands on top; a click says why the engine is silent.
    if (check && (!check.usesRay || !check.entryPoint)) return [];
    const range = check?.entryPoint ? toRange(check.entryPoint) : new vscode.Range(0, 0, 0, 0);
    return lensTexts(this.store.newestRunOf(document.uri.fsPath)).map(
      (text) =>
        new vscode.CodeLens(range, {
          title: text.title,
          tooltip: text.tooltip,
          command: text.command,
          arguments: [{ uri: document.uri, ...(text.runId === undefined ? {} : { runId: text.runId }) }],
        }),
    );
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }
}
