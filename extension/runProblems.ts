/** Shows the error of a script's newest run on the line where it happened, until the script runs again or the line changes. */
import { statSync } from 'node:fs';
import * as vscode from 'vscode';
import { isEnded, type RunInfo, type RunProblem, type TraceFrame } from '../simulator/model/run';
import type { EngineStore } from './engineStore';
import { newestFirst } from './runText';

const SOURCE = 'Heliostat run';

export class RunProblems implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('heliostat-run');
  private readonly disposables: vscode.Disposable[];
  /** Per script: the run whose end was dealt with, and the files that it marked. */
  private readonly handled = new Map<string, { runId: string; files: vscode.Uri[] }>();

  constructor(private readonly store: EngineStore) {
    this.disposables = [
      this.collection,
      store.onDidChange(() => this.update()),
      vscode.workspace.onDidChangeTextDocument((event) => this.clearEdited(event)),
    ];
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private update(): void {
    const seen = new Set<string>();
    for (const run of newestFirst(this.store.runs)) {
      if (seen.has(run.script)) continue;
      seen.add(run.script);
      const before = this.handled.get(run.script);
      if (before?.runId === run.id) continue;
      for (const file of before?.files ?? []) this.collection.delete(file);
      this.handled.delete(run.script);
      if (isEnded(run.state)) this.handled.set(run.script, { runId: run.id, files: this.show(run) });
    }
  }

  private show(run: RunInfo): vscode.Uri[] {
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const problem of run.state.kind === 'failed' ? run.problems : []) {
      if (!problem.at || !isCurrent(problem.at.file, run)) continue;
      const list = byFile.get(problem.at.file) ?? [];
      list.push(toDiagnostic(problem, problem.at));
      byFile.set(problem.at.file, list);
    }
    return [...byFile].map(([file, diagnostics]) => {
      const uri = vscode.Uri.file(file);
      this.collection.set(uri, diagnostics);
      return uri;
    });
  }

  /** An edit of the line answers its problem; edits elsewhere only move it. */
  private clearEdited(event: vscode.TextDocumentChangeEvent): void {
    const diagnostics = this.collection.get(event.document.uri);
    if (!diagnostics || diagnostics.length === 0) return;
    let left = [...diagnostics];
    for (const change of event.contentChanges) {
      const touched = (one: vscode.Diagnostic) => one.range.intersection(change.range) !== undefined;
      left = left.filter((one) => !touched(one)).map((one) => moved(one, change));
    }
    this.collection.set(event.document.uri, left);
  }
}

function moved(one: vscode.Diagnostic, change: vscode.TextDocumentContentChangeEvent): vscode.Diagnostic {
  const lines = change.text.split('\n').length - 1 - (change.range.end.line - change.range.start.line);
  if (lines === 0 || one.range.start.isBefore(change.range.start)) return one;
  const range = new vscode.Range(one.range.start.translate(lines), one.range.end.translate(lines));
  const copy = new vscode.Diagnostic(range, one.message, one.severity);
  copy.source = SOURCE;
  copy.relatedInformation = one.relatedInformation ?? [];
  return copy;
}

/** Whether the file is one that the user works on and that has not changed since the run began. */
export function isCurrent(file: string, run: RunInfo): boolean {
  const uri = vscode.Uri.file(file);
  const document = openDocument(uri);
  if (!vscode.workspace.getWorkspaceFolder(uri) && !document) return false;
  if (document?.isDirty === true) return false;
  try {
    return statSync(file).mtimeMs <= (run.startMs ?? run.createdMs);
  } catch {
    return false;
  }
}

function toDiagnostic(problem: RunProblem, at: TraceFrame): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(lineRange(at), problem.message, vscode.DiagnosticSeverity.Error);
  diagnostic.source = SOURCE;
  diagnostic.relatedInformation = problem.frames
    .filter((frame) => frame.inWorkspace && !(frame.file === at.file && frame.line === at.line))
    .reverse()
    .map((frame) => {
      const location = new vscode.Location(vscode.Uri.file(frame.file), lineRange(frame));
      return new vscode.DiagnosticRelatedInformation(location, `called from ${frame.function}`);
    });
  return diagnostic;
}

/** The line's text without its indentation; the whole line where the document is not open. */
function lineRange(frame: TraceFrame): vscode.Range {
  const line = Math.max(0, frame.line - 1);
  const document = openDocument(vscode.Uri.file(frame.file));
  if (!document || line >= document.lineCount) return new vscode.Range(line, 0, line, 1000);
  const text = document.lineAt(line);
  return new vscode.Range(line, text.firstNonWhitespaceCharacterIndex, line, text.range.end.character);
}

function openDocument(uri: vscode.Uri): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
}
