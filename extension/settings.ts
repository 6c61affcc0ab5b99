/** The only reader of the configuration. Every key here is declared in the manifest; a test compares them. */
import * as vscode from 'vscode';

export interface Settings {
  /** Absolute path of an interpreter; empty lets VS Code's selection or the engine decide. */
  python: string;
  backend: 'auto' | 'process' | 'docker';
  /** Image for Docker nodes; empty lets the engine choose. */
  image: string;
  /** Absolute path of a Dockerfile instead; empty for none. */
  dockerfile: string;
  recording: boolean;
  /** 0 is never. */
  idleMinutes: number;
  /** 0 is never. */
  orphanMinutes: number;
  openRunView: boolean;
  /** `http(s)://host:port` of clusters elsewhere. */
  remoteAddresses: string[];
}

const SECTION = 'heliostat';

/** The settings that hold for a file, or for the window. */
export function readSettings(resource?: vscode.Uri): Settings {
  const config = vscode.workspace.getConfiguration(SECTION, resource ?? null);
  return {
    python: expand(config.get('python', ''), resource),
    backend: oneOf(config.get('backend', 'auto'), ['auto', 'process', 'docker']),
    image: config.get('image', '').trim(),
    dockerfile: expand(config.get('dockerfile', ''), resource),
    recording: config.get('recording', true),
    idleMinutes: Math.max(0, config.get('idleMinutes', 10)),
    orphanMinutes: Math.max(0, config.get('orphanMinutes', 60)),
    openRunView: config.get('openRunView', true),
    remoteAddresses: config.get<string[]>('remoteAddresses', []),
  };
}

/** What requests say of the image; nothing where the settings leave it to the script and the engine. */
export function imageWish({ image, dockerfile }: Settings): { image?: string; dockerfile?: string } {
  if (image !== '') return { image };
  return dockerfile === '' ? {} : { dockerfile };
}

/** Writes the interpreter for the workspace where there is one, else for the user; undefined removes it. */
export async function writePython(executable: string | undefined, resource?: vscode.Uri): Promise<void> {
  const folder = vscode.workspace.workspaceFolders !== undefined;
  await vscode.workspace
    .getConfiguration(SECTION, resource ?? null)
    .update(
      'python',
      executable,
      folder ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
    );
}

/** Addresses are the user's own, never a workspace's. */
export async function writeRemoteAddresses(addresses: readonly string[]): Promise<void> {
  await vscode.workspace
    .getConfiguration(SECTION)
    .update('remoteAddresses', [...addresses], vscode.ConfigurationTarget.Global);
}

function expand(text: string, resource: vscode.Uri | undefined): string {
  const folder = resource && vscode.workspace.getWorkspaceFolder(resource);
  const root = (folder ?? vscode.workspace.workspaceFolders?.[0])?.uri.fsPath ?? '';
  return text
    .trim()
    .replaceAll('${workspaceFolder}', root)
    .replace(/^~(?=\/)/, process.env['HOME'] ?? '~');
}

function oneOf<T extends string>(value: string, allowed: readonly [T, ...T[]]): T {
  return allowed.find((one) => one === value) ?? allowed[0];
}
