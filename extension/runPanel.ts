/** The run view inside VS Code: one panel per window, restored after a reload, with a connection of its own. */
import * as vscode from 'vscode';
import type { EngineLink } from './engineLink';
import { hostPage, showNotice, webviewOptions } from './pageHost';

export const PANEL_TYPE = 'heliostat.run';

export class RunPanel implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private runId: string | null = null;
  private compareWith: string | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly link: EngineLink,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /**
   * Shows a run, or the list of runs, beside the editor; a panel that is open already turns to it. With a second run
   * the two are compared.
   */
  show(runId: string | null, compareWith?: string): void {
    this.runId = runId;
    this.compareWith = compareWith;
    if (this.panel) {
      this.panel.reveal(undefined, true);
      void this.panel.webview.postMessage(showNotice(runId, compareWith));
      return;
    }
    this.adopt(
      vscode.window.createWebviewPanel(
        PANEL_TYPE,
        'Ray run',
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { ...webviewOptions(this.context), enableFindWidget: true },
      ),
    );
  }

  /** Whether the user sees this run's page now. */
  isOnScreen(runId: string): boolean {
    return this.panel?.visible === true && this.runId === runId;
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const saved = typeof state === 'object' && state !== null && 'runId' in state ? state.runId : null;
    this.runId = typeof saved === 'string' ? saved : null;
    panel.webview.options = webviewOptions(this.context);
    this.panel?.dispose();
    this.adopt(panel);
    return Promise.resolve();
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    hostPage(panel, {
      context: this.context,
      link: this.link,
      log: this.log,
      runId: () => this.runId,
      compareWith: () => this.compareWith,
      showing: (runId, title) => {
        // Once shown, the page remembers by itself what it compares.
        this.compareWith = undefined;
        this.runId = runId;
        panel.title = title;
      },
    });
    panel.onDidDispose(() => {
      if (this.panel === panel) this.panel = undefined;
    });
  }
}
