/** The commands of the debugger. */
import * as vscode from 'vscode';
import type { RunInfo } from '../../simulator/model/run';
import type { App } from '../app';
import { NotReady } from '../messages';
import type { ScriptFile } from '../needs';
import { scriptName } from '../runText';
import { DEBUG_TYPE } from './debugConfigurations';

export async function debugScript(_app: App, script: ScriptFile): Promise<void> {
  const name = `Debug ${scriptName(script.path)}`;
  await start(script.uri, { type: DEBUG_TYPE, request: 'launch', name, program: script.path });
}

/** Joins a run that is under way. */
export async function attachToRun(_app: App, run: RunInfo): Promise<void> {
  const name = `Debug ${scriptName(run.script)} (running)`;
  await start(vscode.Uri.file(run.script), { type: DEBUG_TYPE, request: 'attach', name, run: run.id });
}

/** Every stopped task goes on, and the driver. */
export async function continueAll(): Promise<void> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== DEBUG_TYPE) {
    throw new NotReady('Nothing is being debugged on a cluster.', [
      { label: 'Debug on Cluster', command: 'heliostat.debug' },
    ]);
  }
  await session.customRequest('heliostat/continueAll');
}

async function start(uri: vscode.Uri, config: vscode.DebugConfiguration): Promise<void> {
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), config);
}
