/** Launch configurations: F5 without a `launch.json`, and what a sparse one leaves to the settings. */
import * as vscode from 'vscode';
import { editedPython } from '../needs';
import { selectedPython } from '../python';
import { searchEnv } from '../searchEnv';
import { readSettings } from '../settings';

export const DEBUG_TYPE = 'heliostat';

/** What F5 does where nothing else is configured. */
const CURRENT_FILE = {
  type: DEBUG_TYPE,
  request: 'launch',
  name: 'Debug on cluster',
  program: '${file}',
} as const;

export class DebugConfigurations implements vscode.DebugConfigurationProvider {
  constructor(private readonly log: vscode.LogOutputChannel) {}

  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    return [CURRENT_FILE];
  }

  async resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (!vscode.workspace.isTrusted) {
      await refuse('Debugging is off in Restricted Mode, since it runs the code of this folder.', {
        title: 'Manage Workspace Trust',
        command: 'workbench.trust.manage',
      });
      return undefined;
    }
    const isEmpty = !config.type && !config.request && !config.name;
    if (!isEmpty) return config;
    const document = editedPython();
    if (document) return { ...CURRENT_FILE, program: document.uri.fsPath };
    await refuse('Open a Python script first; then it can be debugged on a cluster.', {
      title: 'Open Sample',
      command: 'heliostat.openSample',
    });
    return undefined;
  }

  /** By now `${file}` and the like are paths. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    _folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration> {
    if (config.request !== 'launch' || typeof config['program'] !== 'string') return config;
    const uri = vscode.Uri.file(config['program']);
    await vscode.workspace.textDocuments.find((one) => one.uri.fsPath === uri.fsPath && one.isDirty)?.save();
    const settings = readSettings(uri);
    const python = await selectedPython(uri, this.log);
    return {
      backend: settings.backend,
      idleMinutes: settings.idleMinutes,
      searchEnv: searchEnv(process.env),
      ...(settings.image === '' ? {} : { image: settings.image }),
      ...(python === undefined ? {} : { python }),
      ...config,
    };
  }
}

async function refuse(words: string, way: { title: string; command: string }): Promise<void> {
  const chosen = await vscode.window.showWarningMessage(words, way.title);
  if (chosen !== undefined) await vscode.commands.executeCommand(way.command);
}
