/** What the last run of each open script showed that tells times: pulled once when the run has ended. */
import * as vscode from 'vscode';
import { tellsTimes, type RunInfo } from '../simulator/model/run';
import type { RunView } from '../simulator/model/trace';
import type { EngineLink } from './engineLink';
import type { EngineStore } from './engineStore';
import { concernsUs } from './scriptChecks';

export class LastViews implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<string>();
  private readonly disposables: vscode.Disposable[];
  private readonly views = new Map<string, { runId: string; view: RunView | null }>();
  /** Fires with a script's path. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly link: EngineLink,
    private readonly store: EngineStore,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.disposables = [
      this.changed,
      store.onDidChange(() => this.update()),
      vscode.workspace.onDidOpenTextDocument(() => this.update()),
    ];
  }

  of(script: string): RunView | null {
    return this.views.get(script)?.view ?? null;
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private update(): void {
    for (const { uri } of vscode.workspace.textDocuments.filter(concernsUs)) {
      const run = this.store.newestRunOf(uri.fsPath, tellsTimes);
      if (run && this.views.get(uri.fsPath)?.runId !== run.id) void this.pull(uri.fsPath, run);
    }
  }

  private async pull(script: string, run: RunInfo): Promise<void> {
    const entry: { runId: string; view: RunView | null } = { runId: run.id, view: null };
    this.views.set(script, entry);
    try {
      entry.view = await this.link.request('runs.view', { id: run.id });
      if (this.views.get(script) === entry) this.changed.fire(script);
    } catch (error) {
      this.log.warn(`The view of ${run.id} could not be read: ${String(error)}`);
    }
  }
}
