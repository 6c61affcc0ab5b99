/** The page in a webview, whoever owns it: its files, its own connection to the engine, and what it asks of VS Code. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import type { HostRequest, HostToPage, PageToHost } from '../webview/hostMessages';
import type { EngineLink } from './engineLink';
import { panelHtml } from './panelHtml';
import { PanelRelay } from './panelRelay';

export interface PageOwner {
  context: vscode.ExtensionContext;
  link: EngineLink;
  log: vscode.LogOutputChannel;
  /** The run that the page is to show; null is the list. */
  runId(): string | null;
  /** The run to compare it with, once the page listens. */
  compareWith?(): string | undefined;
  /** What the page shows now. */
  showing(runId: string | null, title: string): void;
}

/** Fills a panel with the page until it is closed. */
export function hostPage(panel: vscode.WebviewPanel, owner: PageOwner): void {
  const { webview } = panel;
  const relay = new PanelRelay(
    () => owner.link.openRaw(),
    (message) => void webview.postMessage(message),
  );
  const { extensionUri } = owner.context;
  const media = vscode.Uri.joinPath(extensionUri, 'extension', 'media');
  panel.iconPath = {
    light: vscode.Uri.joinPath(media, 'tabLight.svg'),
    dark: vscode.Uri.joinPath(media, 'tabDark.svg'),
  };
  webview.onDidReceiveMessage((message: PageToHost) => {
    if ('engine' in message) return relay.receive(message.engine);
    answer(webview, owner, message.host).catch((error: unknown) => owner.log.error(String(error)));
  });
  panel.onDidChangeViewState(() => {
    // A hidden page is unloaded; it says hello again when it comes back.
    if (!panel.visible) relay.stop();
  });
  panel.onDidDispose(() => relay.stop());
  const dist = vscode.Uri.joinPath(extensionUri, 'dist');
  webview.html = panelHtml({
    scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.js')).toString(),
    styleUri: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.css')).toString(),
    cspSource: webview.cspSource,
    nonce: randomBytes(18).toString('base64url'),
  });
}

export function showNotice(runId: string | null, compareWith?: string): HostToPage {
  return { host: { kind: 'show', runId, ...(compareWith === undefined ? {} : { compareWith }) } };
}

export function webviewOptions(context: vscode.ExtensionContext): vscode.WebviewOptions {
  return {
    enableScripts: true,
    localResourceRoots: [vscode.Uri.joinPath(context.extensionUri, 'dist')],
  };
}

async function answer(webview: vscode.Webview, owner: PageOwner, request: HostRequest): Promise<void> {
  switch (request.kind) {
    case 'ready':
      await webview.postMessage(showNotice(owner.runId(), owner.compareWith?.()));
      return;
    case 'showing':
      owner.showing(request.runId, request.title);
      return;
    case 'openSource':
      return openSource(request.file, request.line);
    case 'openExternal':
      return openExternal(request.url);
    case 'command':
      // The page is ours, but what it shows is not: it may call our own commands and nothing else.
      if (!request.command.startsWith('heliostat.') && request.command !== 'workbench.actions.view.problems')
        return;
      await vscode.commands.executeCommand(
        request.command,
        ...(request.runId === null ? [] : [{ runId: request.runId, task: request.task }]),
      );
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
