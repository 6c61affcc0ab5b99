/** Writes changes of the wanted cluster into the annotation, in whatever form of TOML it is written. */
import type { NodeGroup } from '../model/cluster';
import type { QuickFix, TextRange } from '../model/script';
import type { Annotation } from './annotation';
import { formatMemorySize } from './memorySize';
import { closingLine, openingLine, type MetadataBlock } from './metadata';
import type { TextLines } from './textLines';
import type { TomlArray, TomlTable } from './tomlTree';

/** New values of a group's keys; of `resources` and `labels`, those items that change. */
export type GroupChange = Partial<Omit<NodeGroup, 'count'>>;

type Edits = QuickFix['edits'];

/** Each change as the `key = value` that stands in the annotation. */
export function entryTexts(change: GroupChange): string[] {
  return toEntries(change).map(entryText);
}

/** A key, and its value as TOML text or as a table. */
type Entry = { key: string; value: string | Entry[] };

export class ClusterEditor {
  constructor(
    private readonly lines: TextLines,
    private readonly block: MetadataBlock | null,
    private readonly annotation: Annotation | null,
  ) {}

  /** Null when the group is written in a way that cannot take the change. */
  change(groupIndex: number, change: GroupChange): Edits | null {
    const table = this.annotation?.groups[groupIndex]?.table;
    return table ? this.changeTable(table, toEntries(change)) : null;
  }

  /** One more group of one node; makes the block when there is none. */
  add(change: GroupChange): Edits | null {
    if (!this.block || !this.annotation) return [this.newBlock(change)];
    const tool = this.annotation.root.entries.get('tool')?.value;
    if (tool && tool.kind !== 'table') return null;
    const ours = tool?.entries.get('heliostat')?.value;
    if (ours && ours.kind !== 'table') return null;
    const nodes = ours?.entries.get('nodes')?.value;
    const element = valueText(toEntries(change));
    if (nodes?.kind === 'array' && !nodes.headers) return [this.newElement(nodes, element)];
    if (ours?.growth?.form === 'inline') return this.grow(ours, [`nodes = [${element}]`]);
    if (!ours && tool?.growth?.form === 'inline')
      return this.grow(tool, [`heliostat = { nodes = [${element}] }`]);
    return [this.newHeader(this.block, change)];
  }

  private changeTable(table: TomlTable, wanted: Entry[]): Edits | null {
    const edits: Edits = [];
    const added: string[] = [];
    for (const entry of wanted) {
      const existing = table.entries.get(entry.key)?.value;
      if (!existing) added.push(entryText(entry));
      else if (typeof entry.value === 'string') edits.push({ range: existing.range, newText: entry.value });
      else {
        const inner = existing.kind === 'table' ? this.changeTable(existing, entry.value) : null;
        if (!inner) return null;
        edits.push(...inner);
      }
    }
    if (added.length === 0) return edits;
    const grown = this.grow(table, added);
    return grown && [...edits, ...grown];
  }

  private grow(table: TomlTable, texts: string[]): Edits | null {
    const { growth } = table;
    if (!growth) return null;
    const prefixed = texts.map((text) => growth.prefix + text);
    if (growth.form === 'line') {
      const range = endOf(this.lines.wholeLine(growth.afterLine));
      return [{ range, newText: prefixed.map((text) => `${this.lines.eol}# ${text}`).join('') }];
    }
    const joined = prefixed.join(', ');
    return [{ range: growth.at, newText: growth.empty ? ` ${joined} ` : `, ${joined}` }];
  }

  /** Right behind the last element, before a trailing comma if there is one. */
  private newElement(nodes: TomlArray, element: string): Edits[number] {
    const last = nodes.elements.at(-1);
    if (last) return { range: endOf(last.range), newText: `, ${element}` };
    const { startLine, startColumn } = nodes.range;
    return { range: this.lines.at(startLine, startColumn + 1), newText: element };
  }

  private newHeader(block: MetadataBlock, change: GroupChange): Edits[number] {
    const before = block.closeLine - 1;
    const gap = before > block.openLine && this.lines.line(before).trim() !== '#' ? ['#'] : [];
    const range = this.lines.at(block.closeLine, 0);
    return { range, newText: this.joined([...gap, ...groupLines(change)]) };
  }

  /** At the top, where only a shebang and an encoding may stand before it. */
  private newBlock(change: GroupChange): Edits[number] {
    let line = this.lines.line(0).startsWith('#!') ? 1 : 0;
    if (/^[ \t\f]*#.*?coding[:=]/.test(this.lines.line(line))) line++;
    const gap = this.lines.line(line) === '' ? [] : [''];
    const newText = this.joined([openingLine, ...groupLines(change), closingLine, ...gap]);
    return { range: this.lines.at(line, 0), newText };
  }

  private joined(lines: string[]): string {
    return lines.map((line) => line + this.lines.eol).join('');
  }
}

function groupLines(change: GroupChange): string[] {
  return ['# [[tool.heliostat.nodes]]', ...entryTexts(change).map((text) => `# ${text}`)];
}

function toEntries({ cpus, memoryBytes, gpus, resources, labels }: GroupChange): Entry[] {
  const entries: Entry[] = [];
  if (cpus !== undefined) entries.push({ key: 'cpus', value: String(cpus) });
  if (memoryBytes !== undefined) entries.push({ key: 'memory', value: `"${formatMemorySize(memoryBytes)}"` });
  if (gpus !== undefined) entries.push({ key: 'gpus', value: String(gpus) });
  if (resources) entries.push({ key: 'resources', value: toItems(resources) });
  if (labels) entries.push({ key: 'labels', value: toItems(labels) });
  return entries;
}

function toItems(record: Record<string, number | string>): Entry[] {
  return Object.entries(record).map(([key, value]) => ({ key, value: JSON.stringify(value) }));
}

function entryText({ key, value }: Entry): string {
  return `${/^[\w-]+$/.test(key) ? key : JSON.stringify(key)} = ${valueText(value)}`;
}

function valueText(value: string | Entry[]): string {
  return typeof value === 'string' ? value : `{ ${value.map(entryText).join(', ')} }`;
}

function endOf({ endLine, endColumn }: TextRange): TextRange {
  return { startLine: endLine, startColumn: endColumn, endLine, endColumn };
}
