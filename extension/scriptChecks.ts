/** What the engine says of the scripts that are open, read from the text in the editor; and its diagnostics. */
import * as vscode from 'vscode';
import { toFailure } from '../simulator/model/failure';
import type { ScriptCheck, ScriptDiagnostic, TextRange } from '../simulator/model/script';
import type { EngineLink } from './engineLink';
import { mayUseRay } from './scriptText';

const DEBOUNCE_MS = 300;
const SOURCE = 'Heliostat';

interface Checked {
  version: number;
  check: Promise<ScriptCheck | undefined>;
}

/** Checks Python documents that mention Ray: when they are opened or changed, at most every 300 ms. */
export class ScriptChecks implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('heliostat');
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly checked = new Map<string, Checked>();
  private readonly newest = new Map<string, ScriptCheck>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly disposables: vscode.Disposable[];

  /** Fires when a document's answer is new. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly link: EngineLink,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.disposables = [
      this.collection,
      this.changed,
      vscode.workspace.onDidOpenTextDocument((document) => this.later(document, 0)),
      vscode.workspace.onDidChangeTextDocument((event) => this.later(event.document, DEBOUNCE_MS)),
      vscode.workspace.onDidCloseTextDocument((document) => this.forget(document)),
      this.link.onState((state) => {
        if (state.kind === 'connected') this.checkAgain();
      }),
    ];
    for (const document of vscode.workspace.textDocuments) this.later(document, 0);
  }

  /** The check of the document as it is now; undefined when it does not concern us or the engine cannot say. */
  get(document: vscode.TextDocument): Promise<ScriptCheck | undefined> {
    if (!concernsUs(document)) return Promise.resolve(undefined);
    const key = document.uri.toString();
    const known = this.checked.get(key);
    if (known?.version === document.version) return known.check;
    const check = this.ask(document);
    this.checked.set(key, { version: document.version, check });
    return check;
  }

  /** The last answer, which may be of an earlier text. */
  last(uri: vscode.Uri): ScriptCheck | undefined {
    return this.newest.get(uri.toString());
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  private later(document: vscode.TextDocument, delayMs: number): void {
    if (document.languageId !== 'python') return;
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    if (!concernsUs(document)) return this.forget(document);
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        void this.get(document);
      }, delayMs),
    );
  }

  private async ask(document: vscode.TextDocument): Promise<ScriptCheck | undefined> {
    const { uri, version } = document;
    const key = uri.toString();
    try {
      const check = await this.link.request('script.check', { path: uri.fsPath, text: document.getText() });
      if (document.version !== version || document.isClosed) return check;
      this.newest.set(key, check);
      this.collection.set(uri, check.diagnostics.map(toDiagnostic));
      this.changed.fire();
      return check;
    } catch (error) {
      this.log.warn(`${uri.fsPath} was not checked: ${toFailure(error).code}`);
      return undefined;
    }
  }

  /** After a lost engine, answers that never came are asked for again. */
  private checkAgain(): void {
    for (const document of vscode.workspace.textDocuments) {
      if (this.newest.has(document.uri.toString())) continue;
      this.checked.delete(document.uri.toString());
      this.later(document, 0);
    }
  }

  private forget(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    this.checked.delete(key);
    if (this.newest.delete(key)) this.changed.fire();
    this.collection.delete(document.uri);
  }
}

/** Offers the repairs that came with a diagnostic. */
export class ScriptFixes implements vscode.CodeActionProvider {
  static readonly metadata: vscode.CodeActionProviderMetadata = {
    providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
  };

  constructor(private readonly checks: ScriptChecks) {}

  async provideCodeActions(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
    const check = await this.checks.get(document);
    const touched = check?.diagnostics.filter((one) => toRange(one.range).intersection(range)) ?? [];
    return touched.flatMap((diagnostic) =>
      diagnostic.fixes.map((fix, index) => {
        const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
        action.diagnostics = [toDiagnostic(diagnostic)];
        action.isPreferred = index === 0;
        action.edit = new vscode.WorkspaceEdit();
        for (const edit of fix.edits) action.edit.replace(document.uri, toRange(edit.range), edit.newText);
        return action;
      }),
    );
  }
}

export function toRange(range: TextRange): vscode.Range {
  return new vscode.Range(range.startLine, range.startColumn, range.endLine, range.endColumn);
}

/** Whether a document is a Python file (or will be one) that mentions Ray or carries script metadata. */
export function concernsUs(document: vscode.TextDocument): boolean {
  const { scheme } = document.uri;
  return (
    document.languageId === 'python' &&
    (scheme === 'file' || scheme === 'untitled') &&
    mayUseRay(document.getText())
  );
}

function toDiagnostic(one: ScriptDiagnostic): vscode.Diagnostic {
  const severity =
    one.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
  const diagnostic = new vscode.Diagnostic(toRange(one.range), one.message, severity);
  diagnostic.source = SOURCE;
  diagnostic.code = one.code;
  return diagnostic;
}
