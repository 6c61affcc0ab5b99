/** The commands of the debugger. */
import * as vscode from 'vscode';
import type { RunInfo } from '../../simulator/model/run';
import type { App } from '../app';
import { NotReady } from '../messages';
import type { ScriptFile } from '../needs';
import { scriptName } from '../runText';
import type { CommandTarget } from '../target';
import { bytes } from '../../simulator/model/format';
import { pickTarget } from '../pickTarget';
import { DEBUG_TYPE } from './debugConfigurations';
import { targetAttributes } from './debugTarget';

/** On a local cluster as the settings say. */
export async function debugScript(_app: App, script: ScriptFile): Promise<void> {
  await launch(script, {});
}

/** Where the user says. */
export async function debugOn(app: App, script: ScriptFile): Promise<void> {
  const target = await pickTarget(app, script, 'Debug');
  if (target) await launch(script, targetAttributes(target));
}

/** Joins a run that is under way. */
export async function attachToRun(_app: App, run: RunInfo): Promise<void> {
  const name = `Debug ${scriptName(run.script)} (running)`;
  await start(vscode.Uri.file(run.script), { type: DEBUG_TYPE, request: 'attach', name, run: run.id });
}

/** One task of an ended run, again and alone, with the arguments that were kept of it. */
export async function replayTask(app: App, run: RunInfo, target: CommandTarget): Promise<void> {
  const task = target.task ?? (await pickKept(app, run));
  if (task === undefined) return;
  const name = `Debug a task of ${scriptName(run.script)} again`;
  const replay = { run: run.id, task };
  const config = { type: DEBUG_TYPE, request: 'launch', name, program: run.script, replay };
  await start(vscode.Uri.file(run.script), config);
}

async function pickKept(app: App, run: RunInfo): Promise<string | undefined> {
  const kept = await app.link.request('runs.kept', { id: run.id });
  const items = kept
    .filter(({ why }) => why === null)
    .map(({ task, function: name, sizeBytes }) => ({
      label: name,
      description: `${task.slice(0, 8)} · arguments of ${bytes(sizeBytes)}`,
      task,
    }));
  if (items.length === 0) {
    const why = kept.map((one) => `${one.function}: ${one.why}.`).join(' ');
    throw new NotReady(`No task of this run can be debugged again. ${why}`.trim(), []);
  }
  const [only] = items;
  if (items.length === 1) return only?.task;
  return (await vscode.window.showQuickPick(items, { title: 'Which task again?' }))?.task;
}

/** Every stopped task goes on, and the driver. */
export async function continueAll(): Promise<void> {
  await ask('heliostat/continueAll');
}

/** Every task that runs stops at its next line, and the driver: to see what a run is at that does not get on. */
export async function pauseAll(): Promise<void> {
  await ask('heliostat/pauseAll');
}

async function ask(request: string): Promise<void> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== DEBUG_TYPE) {
    throw new NotReady('Nothing is being debugged on a cluster.', [
      { label: 'Debug on Cluster', command: 'heliostat.debug' },
    ]);
  }
  await session.customRequest(request);
}

async function launch({ uri, path }: ScriptFile, place: Record<string, string>): Promise<void> {
  const name = `Debug ${scriptName(path)}`;
  await start(uri, { type: DEBUG_TYPE, request: 'launch', name, program: path, ...place });
}

async function start(uri: vscode.Uri, config: vscode.DebugConfiguration): Promise<void> {
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), config);
}
