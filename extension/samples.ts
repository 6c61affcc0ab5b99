/** Opens a copy of one of the sample scripts, which the user may change and run. */
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { App } from './app';
import { sampleTitle, unusedName } from './sampleText';

interface Sample extends vscode.QuickPickItem {
  file: string;
}

export async function openSample(app: App): Promise<void> {
  const sample = await vscode.window.showQuickPick(listSamples(app.context), {
    title: 'Open Sample',
    placeHolder: 'A copy opens, ready to run',
  });
  const folder = sample && (await pickFolder(app.context));
  if (!sample || folder === undefined) return;
  const copy = await copyInto(folder, sample.file);
  await vscode.window.showTextDocument(vscode.Uri.file(copy), { preview: false });
}

async function listSamples(context: vscode.ExtensionContext): Promise<Sample[]> {
  const folder = path.join(context.extensionPath, 'extension', 'samples');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.py')).sort();
  return Promise.all(
    files.map(async (name) => {
      const file = path.join(folder, name);
      return { label: name, detail: sampleTitle(await readFile(file, 'utf8')), file };
    }),
  );
}

/** The open folder, or one of our own; asked where there is a choice. */
async function pickFolder(context: vscode.ExtensionContext): Promise<string | undefined> {
  const own = path.join(context.globalStorageUri.fsPath, 'samples');
  const open = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file');
  if (open.length === 0 || !vscode.workspace.isTrusted) return own;
  const items = [
    ...open.map((folder) => ({ label: `$(folder) Into ${folder.name}`, folder: folder.uri.fsPath })),
    { label: '$(history) Into a folder apart', description: own, folder: own },
  ];
  return (await vscode.window.showQuickPick(items, { title: 'Where does the copy go?' }))?.folder;
}

/** Never writes over a file; one that equals the sample is used as it is. */
async function copyInto(folder: string, file: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const name = path.basename(file);
  const there = await readdir(folder);
  if (there.includes(name) && (await sameText(path.join(folder, name), file))) return path.join(folder, name);
  const copy = path.join(folder, unusedName(name, there));
  await copyFile(file, copy);
  return copy;
}

async function sameText(a: string, b: string): Promise<boolean> {
  const [textA, textB] = await Promise.all([readFile(a, 'utf8'), readFile(b, 'utf8')]);
  return textA === textB;
}
