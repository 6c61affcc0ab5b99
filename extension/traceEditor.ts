/** A trace file, opened by double click, as the run page shows it: read only, by the engine. */
import * as vscode from 'vscode';
import { failureWords } from '../simulator/model/failureWords';
import { toFailure } from '../simulator/model/failure';
import type { EngineLink } from './engineLink';
import { hostPage, webviewOptions } from './pageHost';

export const TRACE_EDITOR = 'heliostat.trace';

export class TraceEditor implements vscode.CustomReadonlyEditorProvider {
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly link: EngineLink,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = webviewOptions(this.context);
    let runId: string;
    try {
      runId = (await this.link.request('runs.openFile', { path: uri.fsPath })).id;
    } catch (thrown) {
      const { title, detail } = failureWords(toFailure(thrown));
      panel.webview.html = messagePage(title, detail);
      return;
    }
    hostPage(panel, {
      context: this.context,
      link: this.link,
      log: this.log,
      runId: () => runId,
      showing: () => undefined,
    });
  }
}

/** What is said where the page would stand; texts may hold anything. */
function messagePage(title: string, detail: string): string {
  const safe = (text: string): string =>
    text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'"></head>
<body><h2>${safe(title)}</h2><p>${safe(detail)}</p></body></html>`;
}
