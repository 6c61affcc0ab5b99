/** Launch configurations: F5 without a `launch.json`, and what a sparse one leaves to the settings. */
import * as vscode from 'vscode';
import { NotReady, showNotReady } from '../messages';
import { editedPython } from '../needs';
import { selectedPython } from '../python';
import { remoteTarget } from '../remotes';
import { searchEnv } from '../searchEnv';
import { imageWish, readSettings } from '../settings';

export const DEBUG_TYPE = 'heliostat';

/** What F5 does where nothing else is configured. */
const CURRENT_FILE = {
  type: DEBUG_TYPE,
  request: 'launch',
  name: 'Debug on cluster',
  program: '${file}',
} as const;

/** What is offered without a `launch.json`; a new one begins with the manifest's `initialConfigurations`. */
export const offeredConfigurations: vscode.DebugConfigurationProvider = {
  provideDebugConfigurations: () => [CURRENT_FILE],
};

/** Completes what is started, wherever it came from. */
export class DebugConfigurations implements vscode.DebugConfigurationProvider {
  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly secrets: vscode.SecretStorage,
  ) {}

  async resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (!vscode.workspace.isTrusted) {
      await refuse('Debugging is off in Restricted Mode, since it runs the code of this folder.', {
        label: 'Manage Workspace Trust',
        command: 'workbench.trust.manage',
      });
      return undefined;
    }
    const isEmpty = !config.type && !config.request && !config.name;
    if (!isEmpty) return config;
    const document = editedPython();
    if (document) return { ...CURRENT_FILE, program: document.uri.fsPath };
    await refuse('Open a Python script first; then it can be debugged on a cluster.', {
      label: 'Open Sample',
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
      ...imageWish(settings),
      ...(python === undefined ? {} : { python }),
      ...(typeof config['address'] === 'string' ? await this.token(config['address']) : {}),
      ...config,
    };
  }

  private async token(address: string): Promise<{ token?: string }> {
    const target = await remoteTarget(this.secrets, address);
    return target.kind === 'address' && target.token !== undefined ? { token: target.token } : {};
  }
}

function refuse(words: string, way: { label: string; command: string }): Promise<void> {
  return showNotReady(new NotReady(words, [way]), {});
}
