/** A tree view that draws rows made elsewhere. */
import * as vscode from 'vscode';
import { failureWords } from '../simulator/model/failureWords';
import type { EngineLink } from './engineLink';
import type { EngineStore } from './engineStore';
import { updateRows, type Row } from './rows';

export class RowTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Row[] | undefined>();
  private readonly disposables: vscode.Disposable[];
  private readonly roots: Row[] = [];
  readonly onDidChangeTreeData = this.changed.event;

  /** `rows` is asked for whenever the store changed; what differs from the last answer is drawn again. */
  constructor(
    viewId: string,
    private readonly store: EngineStore,
    link: EngineLink,
    rows: (store: EngineStore) => Row[],
  ) {
    const view = vscode.window.createTreeView(viewId, { treeDataProvider: this });
    this.disposables = [
      view,
      this.changed,
      view.onDidChangeVisibility((event) => {
        if (event.visible) store.start();
      }),
      store.onDidChange(() => {
        const state = link.state;
        const message = state.kind === 'lost' ? failureWords(state.failure).title : '';
        if ((view.message ?? '') !== message) view.message = message;
        const redraw = updateRows(this.roots, rows(store));
        if (redraw === 'all') this.changed.fire(undefined);
        else if (redraw.length > 0) this.changed.fire(redraw);
      }),
    ];
    if (view.visible) store.start();
  }

  getChildren(row?: Row): Row[] {
    // Being asked means being visible.
    this.store.start();
    return row ? row.children : this.roots;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const { None, Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
    const open = row.expanded ? Expanded : Collapsed;
    const item = new vscode.TreeItem(row.label, row.children.length === 0 ? None : open);
    item.id = row.id;
    item.description = row.description;
    item.contextValue = row.context;
    item.iconPath = new vscode.ThemeIcon(row.icon, row.color ? new vscode.ThemeColor(row.color) : undefined);
    item.tooltip = new vscode.MarkdownString(row.tooltip, true);
    item.accessibilityInformation = { label: row.spoken };
    if (row.command) item.command = { command: row.command.id, title: row.command.title, arguments: [row] };
    return item;
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }
}
