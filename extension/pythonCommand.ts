/** Lets the user choose the Python that scripts run with. */
import * as vscode from 'vscode';
import { editedPython } from './needs';
import { selectionCommand } from './python';
import { writePython } from './settings';

interface Choice extends vscode.QuickPickItem {
  choose(): Promise<unknown>;
}

export async function selectPython(): Promise<void> {
  const resource = editedPython()?.uri;
  const command = selectionCommand();
  const choices: Choice[] = [
    {
      label: '$(folder-opened) Browse…',
      description: 'pick an interpreter that has Ray',
      choose: async () => {
        const picked = await vscode.window.showOpenDialog({
          title: 'Python Interpreter',
          openLabel: 'Select',
        });
        if (picked?.[0]) await writePython(picked[0].fsPath, resource);
      },
    },
    {
      label: '$(sparkle) Let Heliostat choose',
      // What the Python extension has selected is used, and nothing else tried.
      description: `${command === undefined ? '' : "VS Code's selection; where there is none, "}.venv, python3, else an environment of its own`,
      choose: () => writePython(undefined, resource),
    },
  ];
  if (command !== undefined) {
    choices.unshift({
      label: '$(symbol-misc) Use VS Code’s Python selection…',
      description: 'the interpreter that the Python extension shows',
      choose: async () => {
        await writePython(undefined, resource);
        await vscode.commands.executeCommand(command);
      },
    });
  }
  const choice = await vscode.window.showQuickPick(choices, { title: 'Python for Ray clusters' });
  await choice?.choose();
}
