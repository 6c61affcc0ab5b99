/** Marks the lines where the last run of a script did something that costs much for nothing, until the line is edited. */
import * as vscode from 'vscode';
import type { Finding } from '../simulator/model/finding';
import type { FunctionSummary } from '../simulator/model/trace';
import type { LastViews } from './lastViews';
import { isCurrent } from './runProblems';

const SOURCE = 'Heliostat run';

export class FindingMarks implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('heliostat-findings');
  private readonly disposables: vscode.Disposable[];
  private readonly files = new Map<string, vscode.Uri[]>();

  constructor(private readonly views: LastViews) {
    this.disposables = [
      this.collection,
      views.onDidChange((script) => this.show(script)),
      vscode.workspace.onDidChangeTextDocument((event) => this.clearEdited(event)),
    ];
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private show(script: string): void {
    for (const file of this.files.get(script) ?? []) this.collection.delete(file);
    const view = this.views.of(script);
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const finding of view?.findings ?? []) {
      const fn = view!.functions.find((one) => one.id === finding.function);
      const at = finding.site ?? fn?.source ?? null;
      if (!at || !isCurrent(at.file, view!.run)) continue;
      const list = byFile.get(at.file) ?? [];
      list.push(toDiagnostic(finding, at.line, fn));
      byFile.set(at.file, list);
    }
    const uris = [...byFile].map(([file, diagnostics]) => {
      const uri = vscode.Uri.file(file);
      this.collection.set(uri, diagnostics);
      return uri;
    });
    this.files.set(script, uris);
  }

  /** An edit answers what stands on its line; what stands below it would point at the wrong one. */
  private clearEdited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const left = [...(this.collection.get(document.uri) ?? [])];
    if (left.length === 0 || contentChanges.length === 0) return;
    const kept = left.filter((one) =>
      contentChanges.every(({ range, text }) => {
        const lines = text.split('\n').length - 1 - (range.end.line - range.start.line);
        return (
          range.start.line > one.range.end.line || (lines === 0 && range.end.line < one.range.start.line)
        );
      }),
    );
    this.collection.set(document.uri, kept);
  }
}

function toDiagnostic(finding: Finding, line: number, fn: FunctionSummary | undefined): vscode.Diagnostic {
  const at = new vscode.Range(Math.max(0, line - 1), 0, Math.max(0, line - 1), 1000);
  const diagnostic = new vscode.Diagnostic(at, finding.words, vscode.DiagnosticSeverity.Information);
  diagnostic.source = SOURCE;
  diagnostic.code = finding.kind;
  if (fn?.source) {
    const definition = new vscode.Range(fn.source.line - 1, 0, fn.source.line - 1, 1000);
    const location = new vscode.Location(vscode.Uri.file(fn.source.file), definition);
    diagnostic.relatedInformation = [
      new vscode.DiagnosticRelatedInformation(location, `${fn.name} is defined here`),
    ];
  }
  return diagnostic;
}
