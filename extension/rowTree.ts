/** A tree view that draws rows made elsewhere. */
import * as vscode from 'vscode';
import { failureWords } from '../simulator/model/failureWords';
import type { EngineLink } from './engineLink';
import type { EngineStore } from './engineStore';
import { outline, updateRows, type Row } from './rows';

const AGEING_MS = 30_000;
/** Drawing any row again closes an open tooltip, so numbers come less often than states. */
const NUMBERS_EVERY_MS = 3000;

export class RowTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Row[] | undefined>();
  private readonly disposables: vscode.Disposable[];
  private readonly view: vscode.TreeView<Row>;
  private readonly roots: Row[] = [];
  private later: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.changed.event;

  /** `rows` is asked for whenever the store changed; what differs from the last answer is drawn again. */
  constructor(
    viewId: string,
    private readonly store: EngineStore,
    private readonly link: EngineLink,
    private readonly rows: (store: EngineStore) => Row[],
  ) {
    this.view = vscode.window.createTreeView(viewId, { treeDataProvider: this });
    // Rows say how long ago something was, which changes by itself.
    const ageing = setInterval(() => this.view.visible && this.update(), AGEING_MS);
    this.disposables = [
      this.view,
      this.changed,
      this.view.onDidChangeVisibility((event) => {
        if (event.visible) store.start();
      }),
      store.onDidChange(() => this.update()),
      new vscode.Disposable(() => {
        clearInterval(ageing);
        clearTimeout(this.later);
      }),
    ];
    if (this.view.visible) store.start();
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
    item.accessibilityInformation = { label: row.spoken };
    if (row.command) item.command = { command: row.command.id, title: row.command.title, arguments: [row] };
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, row: Row): vscode.TreeItem {
    item.tooltip = new vscode.MarkdownString(row.tooltip, true);
    return item;
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private update(): void {
    const state = this.link.state;
    const message = state.kind === 'lost' ? failureWords(state.failure).title : '';
    if ((this.view.message ?? '') !== message) this.view.message = message;
    const rows = this.rows(this.store);
    if (outline(rows) !== outline(this.roots)) this.redraw(rows);
    else this.later ??= setTimeout(() => this.redraw(this.rows(this.store)), NUMBERS_EVERY_MS);
  }

  private redraw(rows: readonly Row[]): void {
    clearTimeout(this.later);
    this.later = undefined;
    const redraw = updateRows(this.roots, rows);
    if (redraw === 'all') this.changed.fire(undefined);
    else if (redraw.length > 0) this.changed.fire(redraw);
  }
}
