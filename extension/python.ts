/** Which Python the user selected: the setting, else what VS Code's Python extensions say, else nobody. */
import * as vscode from 'vscode';
import { readSettings } from './settings';

/** Of `ms-python.vscode-python-envs`; only what is read here. */
interface EnvironmentsApi {
  getEnvironment?(
    scope: vscode.Uri | undefined,
  ): Promise<{ execInfo?: { run?: { executable?: string } } } | undefined>;
}

/** Of `ms-python.python`; only what is read here. */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(path: { path: string }): Promise<{ executable?: { uri?: vscode.Uri } } | undefined>;
  };
}

const ENVIRONMENTS = 'ms-python.vscode-python-envs';
const PYTHON = 'ms-python.python';

/** An absolute path of an executable; undefined leaves the choice to the engine. */
export async function selectedPython(
  resource: vscode.Uri | undefined,
  log: vscode.LogOutputChannel,
): Promise<string | undefined> {
  const setting = readSettings(resource).python;
  if (setting !== '') return setting;
  try {
    return (await fromEnvironments(resource)) ?? (await fromPython(resource));
  } catch (error) {
    log.warn(`VS Code's Python extension did not say which Python is selected: ${String(error)}`);
    return undefined;
  }
}

/** The command of the installed Python extension that selects an interpreter; undefined where none is installed. */
export function selectionCommand(): string | undefined {
  if (vscode.extensions.getExtension(ENVIRONMENTS)) return 'python-envs.set';
  return vscode.extensions.getExtension(PYTHON) ? 'python.setInterpreter' : undefined;
}

async function fromEnvironments(resource: vscode.Uri | undefined): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<EnvironmentsApi | undefined>(ENVIRONMENTS);
  const api = extension && (await extension.activate());
  const environment = await api?.getEnvironment?.(resource);
  return environment?.execInfo?.run?.executable || undefined;
}

async function fromPython(resource: vscode.Uri | undefined): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi | undefined>(PYTHON);
  const environments = (extension && (await extension.activate()))?.environments;
  if (!environments) return undefined;
  const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
  return resolved?.executable?.uri?.fsPath;
}
