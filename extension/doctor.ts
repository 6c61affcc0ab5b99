/** What this machine has for clusters, in an output channel of its own. */
import * as vscode from 'vscode';
import { doctorLines } from '../simulator/model/doctor';
import type { App } from './app';
import { ownChannel } from './ownChannel';
import { searchEnv } from './searchEnv';

let channel: vscode.OutputChannel | undefined;

export async function showDoctor(app: App): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;
  const report = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Examining this machine' },
    () => app.link.request('doctor', { searchEnv: searchEnv(process.env), ...(folder ? { folder } : {}) }),
  );
  channel ??= ownChannel(app, 'Heliostat Doctor');
  channel.replace(`${doctorLines(report).join('\n')}\n`);
  channel.show(true);
}
