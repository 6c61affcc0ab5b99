/** What a tree of ours shows, as plain data: made by pure functions, drawn by `rowTree.ts`. */
export interface Row {
  /** Stable for the thing's life, so that a refresh keeps what is expanded and selected. */
  id: string;
  label: string;
  description: string;
  /** A codicon's name, with `~spin` where it turns. */
  icon: string;
  /** A theme colour's id for the icon. */
  color?: string;
  /** Markdown; made with `escapeMarkdown` where it holds foreign text. */
  tooltip: string;
  /** What the manifest's `viewItem` clauses look at. */
  context: string;
  /** What a screen reader says. */
  spoken: string;
  /** Handed to commands as their target. */
  clusterId?: string;
  runId?: string;
  node?: number;
  /** Name of a group of the cluster's nodes. */
  group?: string;
  /** What a click does. */
  command?: { id: string; title: string };
  children: Row[];
  expanded: boolean;
}

/** A two-column table of facts in Markdown; empty values are left out. */
export function factTable(title: string, facts: [string, string | null][]): string {
  const lines = facts
    .filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== '')
    .map(([name, value]) => `| ${escapeMarkdown(name)} | ${escapeMarkdown(value)} |`);
  const head = `**${escapeMarkdown(title)}**`;
  return lines.length === 0 ? head : `${head}\n\n| | |\n|---|---|\n${lines.join('\n')}`;
}

/** Makes text stand for itself inside Markdown, on one line. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~$]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}

/** What must be drawn again after an update: everything, or these rows with what is below them. */
export type Redraw = 'all' | Row[];

/**
 * Brings `drawn` up to date with `now`. Rows that stay (by id) stay the same objects, as VS Code knows them by
 * identity, so that a tree is not read anew for every number that changed. A tooltip is asked for when it is shown,
 * and drawing a row again would close it: it alone does not count as a change.
 */
export function updateRows(drawn: Row[], now: readonly Row[]): Redraw {
  const sameIds = drawn.length === now.length && drawn.every((row, index) => row.id === now[index]?.id);
  const known = new Map(drawn.map((row) => [row.id, row]));
  const changed: Row[] = [];
  const rows = now.map((row) => {
    const old = known.get(row.id);
    if (!old) return row;
    const { children, ...own } = row;
    const { children: oldChildren, ...oldOwn } = old;
    const below = updateRows(oldChildren, children);
    const stays = JSON.stringify({ ...own, tooltip: '' }) === JSON.stringify({ ...oldOwn, tooltip: '' });
    for (const key of Object.keys(oldOwn)) if (!(key in own)) Reflect.deleteProperty(old, key);
    Object.assign(old, own);
    if (!stays || below === 'all') changed.push(old);
    else changed.push(...below);
    return old;
  });
  drawn.splice(0, drawn.length, ...rows);
  return sameIds ? changed : 'all';
}

/** What a tree is made of, without its numbers and words: two trees with one outline look alike from afar. */
export function outline(rows: readonly Row[]): string {
  return rows.map((row) => `${row.id} ${row.icon} ${row.context} (${outline(row.children)})`).join();
}
