/** Registers the debugger with VS Code, and has the runs that it starts followed like all others. */
import * as vscode from 'vscode';
import type { App } from '../app';
import { DEBUG_TYPE, DebugConfigurations, offeredConfigurations } from './debugConfigurations';
import { EngineDebugAdapter } from './engineDebugAdapter';

export function registerDebugging(app: App): vscode.Disposable[] {
  const { Dynamic } = vscode.DebugConfigurationProviderTriggerKind;
  return [
    vscode.debug.registerDebugConfigurationProvider(
      DEBUG_TYPE,
      new DebugConfigurations(app.log, app.context.secrets),
    ),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, offeredConfigurations, Dynamic),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, {
      createDebugAdapterDescriptor: () =>
        new vscode.DebugAdapterInlineImplementation(new EngineDebugAdapter(app.link)),
    }),
    vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
      if (session.type !== DEBUG_TYPE || event !== 'heliostatRun') return;
      follow(app, (body as { run: string }).run).catch((error: unknown) => app.log.warn(String(error)));
    }),
  ];
}

async function follow(app: App, id: string): Promise<void> {
  app.store.start();
  app.followed.follow(await app.link.request('runs.get', { id }));
}
