/** The status bar's one item. A click opens the Heliostat view. */
import * as vscode from 'vscode';
import type { EngineStore } from './engineStore';
import { statusText } from './statusText';

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'heliostat.status',
    vscode.StatusBarAlignment.Left,
    10,
  );
  private readonly subscription: vscode.Disposable;

  constructor(store: EngineStore) {
    this.item.name = 'Heliostat';
    this.item.command = { command: 'workbench.view.extension.heliostat', title: 'Show Heliostat' };
    this.subscription = store.onDidChange(() => {
      const now = statusText(store.clusters, store.runs);
      if (!now) return this.item.hide();
      this.item.text = now.text;
      this.item.tooltip = now.tooltip;
      this.item.accessibilityInformation = { label: now.spoken, role: 'button' };
      this.item.show();
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }
}
