/** The run view inside VS Code: one panel per window, restored after a reload, with a connection of its own. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import type { HostRequest, HostToPage, PageToHost } from '../webview/hostMessages';
import type { EngineLink } from './engineLink';
import { panelHtml } from './panelHtml';
import { PanelRelay } from './panelRelay';

export const PANEL_TYPE = 'heliostat.run';

export class RunPanel implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private runId: string | null = null;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly link: EngineLink,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Shows a run, or the list of runs, beside the editor; a panel that is open already turns to it. */
  show(runId: string | null): void {
    this.runId = runId;
    if (this.panel) {
      this.panel.reveal(undefined, true);
      void this.panel.webview.postMessage(this.showNotice());
      return;
    }
    this.adopt(
      vscode.window.createWebviewPanel(
        PANEL_TYPE,
        'Ray run',
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { ...this.webviewOptions(), enableFindWidget: true },
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
    panel.webview.options = this.webviewOptions();
    this.panel?.dispose();
    this.adopt(panel);
    return Promise.resolve();
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    const { webview } = panel;
    const relay = new PanelRelay(
      () => this.link.openRaw(),
      (message) => void webview.postMessage(message),
    );
    const media = vscode.Uri.joinPath(this.context.extensionUri, 'extension', 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, 'tabLight.svg'),
      dark: vscode.Uri.joinPath(media, 'tabDark.svg'),
    };
    webview.onDidReceiveMessage((message: PageToHost) => {
      if ('engine' in message) return relay.receive(message.engine);
      this.answer(panel, message.host).catch((error: unknown) => this.log.error(String(error)));
    });
    panel.onDidChangeViewState(() => {
      // A hidden page is unloaded; it says hello again when it comes back.
      if (!panel.visible) relay.stop();
    });
    panel.onDidDispose(() => {
      relay.stop();
      if (this.panel === panel) this.panel = undefined;
    });
    const dist = vscode.Uri.joinPath(this.context.extensionUri, 'dist');
    webview.html = panelHtml({
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.css')).toString(),
      cspSource: webview.cspSource,
      nonce: randomBytes(18).toString('base64url'),
    });
  }

  private async answer(panel: vscode.WebviewPanel, request: HostRequest): Promise<void> {
    switch (request.kind) {
      case 'ready':
        await panel.webview.postMessage(this.showNotice());
        return;
      case 'showing':
        this.runId = request.runId;
        panel.title = request.title;
        return;
      case 'openSource':
        return openSource(request.file, request.line);
      case 'openExternal':
        return openExternal(request.url);
      case 'command':
        // The page is ours, but what it shows is not: it may call our own commands and nothing else.
        if (
          !request.command.startsWith('heliostat.') &&
          request.command !== 'workbench.actions.view.problems'
        )
          return;
        await vscode.commands.executeCommand(
          request.command,
          ...(request.runId === null ? [] : [{ runId: request.runId }]),
        );
    }
  }

  private showNotice(): HostToPage {
    return { host: { kind: 'show', runId: this.runId } };
  }

  private webviewOptions(): vscode.WebviewOptions {
    return {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(this.context.extensionUri, 'dist')],
    };
  }
}

/** Opens a file at a line, from 1, in an editor that is not the panel's own group where there is one. */
async function openSource(file: string, line: number): Promise<void> {
  if (!path.isAbsolute(file)) return;
  const group = vscode.window.visibleTextEditors[0]?.viewColumn ?? vscode.ViewColumn.One;
  const start = new vscode.Position(Math.max(0, line - 1), 0);
  try {
    await vscode.window.showTextDocument(vscode.Uri.file(file), {
      viewColumn: group,
      preview: true,
      selection: new vscode.Range(start, start),
    });
  } catch {
    void vscode.window.showWarningMessage(`${file} is not on this machine.`);
  }
}

async function openExternal(url: string): Promise<void> {
  const uri = vscode.Uri.parse(url, true);
  if (uri.scheme !== 'http' && uri.scheme !== 'https') return;
  // In a remote window this forwards the port.
  await vscode.env.openExternal(await vscode.env.asExternalUri(uri));
}
