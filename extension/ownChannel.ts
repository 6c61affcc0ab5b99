/** An output channel that goes with the extension. */
import * as vscode from 'vscode';
import type { App } from './app';

export function ownChannel(app: App, name: string): vscode.OutputChannel {
  const channel = vscode.window.createOutputChannel(name);
  app.context.subscriptions.push(channel);
  return channel;
}
