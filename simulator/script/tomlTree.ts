/**
 * A metadata block's TOML as plain tables whose every key and value knows its range in the file, however it was
 * written: `[a.b]`, `a.b = …`, `a = { b = … }` and `[[a.b]]` all give the same tree.
 */
import { ParseError, parseTOML, type AST } from 'toml-eslint-parser';
import type { ScriptDiagnostic, TextRange } from '../model/script';
import type { MetadataBlock } from './metadata';
import { tomlProblem } from './tomlProblem';

export interface TomlTable {
  kind: 'table';
  range: TextRange;
  entries: Map<string, TomlEntry>;
  /** Null where no entry can be added without a new header. */
  growth: Growth | null;
}

/** Where a further `key = value` of a table goes; `prefix` stands before its key (`resources.`). */
export type Growth =
  | { form: 'line'; afterLine: number; prefix: string }
  | { form: 'inline'; at: TextRange; empty: boolean; prefix: string };

export interface TomlArray {
  kind: 'array';
  range: TextRange;
  elements: TomlValue[];
  /** Whether it was written as `[[…]]` headers rather than as a value. */
  headers: boolean;
}

export interface TomlScalar {
  kind: 'string' | 'integer' | 'float' | 'boolean' | 'date';
  value: string | number | boolean | Date;
  /** As written. */
  text: string;
  range: TextRange;
}

export type TomlValue = TomlTable | TomlArray | TomlScalar;

export interface TomlEntry {
  key: string;
  /** Where the key is first written. */
  keyRange: TextRange;
  /** Every place where it is written: a table's key stands in many headers. */
  places: TextRange[];
  value: TomlValue;
}

export interface ReadToml {
  root: TomlTable;
  diagnostics: ScriptDiagnostic[];
}

/** With a TOML error, the tree holds what stands on the lines before it. */
export function readToml(block: MetadataBlock): ReadToml {
  const diagnostics: ScriptDiagnostic[] = [];
  let toml = block.toml;
  for (let attempt = 0; attempt < 20; attempt++) {
    const parsed = parse(toml);
    if (parsed instanceof ParseError) {
      if (attempt === 0) diagnostics.push(tomlProblem(block, parsed.index, parsed.message));
      toml = toml.slice(0, toml.lastIndexOf('\n', Math.min(parsed.index, toml.length - 1) - 1) + 1);
    } else if (parsed) {
      return { root: new TreeBuilder(block).build(parsed), diagnostics };
    } else {
      diagnostics.push(tomlProblem(block, 0, 'Nested too deeply'));
      toml = '';
    }
  }
  return { root: emptyTable(block), diagnostics };
}

/** Null when the parser gave up on nesting. */
function parse(toml: string): AST.TOMLProgram | ParseError | null {
  try {
    // 1.0 is what Python's tomllib reads, and so what other tools that read the block accept.
    return parseTOML(toml, { tomlVersion: '1.0' });
  } catch (error) {
    return error instanceof ParseError ? error : null;
  }
}

function emptyTable(block: MetadataBlock): TomlTable {
  const growth: Growth = { form: 'line', afterLine: block.openLine, prefix: '' };
  return { kind: 'table', range: block.lines.wholeLine(block.openLine), entries: new Map(), growth };
}

const deepest = 50;

type Key = AST.TOMLBare | AST.TOMLQuoted;

class TreeBuilder {
  constructor(private readonly block: MetadataBlock) {}

  build(program: AST.TOMLProgram): TomlTable {
    const root = emptyTable(this.block);
    for (const item of program.body[0].body) {
      if (item.type === 'TOMLKeyValue') this.put(root, item);
      else this.addHeader(root, item);
    }
    return root;
  }

  private addHeader(root: TomlTable, header: AST.TOMLTable): void {
    const keys = [...header.key.keys];
    const last = keys.pop();
    if (!last) return;
    let table = root;
    for (const key of keys) table = this.child(table, key, null);
    const range = this.range(header.key.range);
    const growth: Growth = { form: 'line', afterLine: range.endLine, prefix: '' };
    const target =
      header.kind === 'array' ? this.appendTable(table, last, range) : this.child(table, last, growth);
    // A table that deeper headers or dotted keys made earlier gets its own place only now.
    target.growth = growth;
    target.range = range;
    for (const entry of header.body) this.put(target, entry);
  }

  private appendTable(parent: TomlTable, key: Key, range: TextRange): TomlTable {
    const table: TomlTable = { kind: 'table', range, entries: new Map(), growth: null };
    const existing = parent.entries.get(nameOf(key));
    if (existing?.value.kind === 'array') {
      existing.value.elements.push(table);
      existing.places.push(this.range(key.range));
    } else {
      this.add(parent, key, { kind: 'array', range, elements: [table], headers: true });
    }
    return table;
  }

  /** The table under a key; of an array of tables, the newest. */
  private child(parent: TomlTable, key: Key, growth: Growth | null): TomlTable {
    const existing = parent.entries.get(nameOf(key));
    const value = existing?.value.kind === 'array' ? existing.value.elements.at(-1) : existing?.value;
    if (existing && value?.kind === 'table') {
      existing.places.push(this.range(key.range));
      return value;
    }
    const table: TomlTable = { kind: 'table', range: this.range(key.range), entries: new Map(), growth };
    this.add(parent, key, table);
    return table;
  }

  private add(table: TomlTable, key: Key, value: TomlValue): void {
    const keyRange = this.range(key.range);
    table.entries.set(nameOf(key), { key: nameOf(key), keyRange, places: [keyRange], value });
  }

  private put(owner: TomlTable, entry: AST.TOMLKeyValue, depth = 0): void {
    const keys = [...entry.key.keys];
    const last = keys.pop();
    if (!last) return;
    const endOfEntry = this.range(entry.range);
    grow(owner, endOfEntry);
    let table = owner;
    for (const key of keys) {
      table = this.child(table, key, prefixed(table.growth, this.keyText(key)));
      grow(table, endOfEntry);
    }
    this.add(table, last, this.value(entry.value, depth));
  }

  /** What lies deeper than anything of ours is left out, so that no file can exhaust the stack. */
  private value(node: AST.TOMLContentNode, depth = 0): TomlValue {
    const range = this.range(node.range);
    if (node.type === 'TOMLArray') {
      const elements = depth < deepest ? node.elements.map((element) => this.value(element, depth + 1)) : [];
      return { kind: 'array', range, elements, headers: false };
    }
    if (node.type === 'TOMLInlineTable') {
      const at = this.range([node.range[0] + 1, node.range[0] + 1]);
      const growth: Growth = { form: 'inline', at, empty: true, prefix: '' };
      const table: TomlTable = { kind: 'table', range, entries: new Map(), growth };
      if (depth < deepest) for (const entry of node.body) this.put(table, entry, depth + 1);
      return table;
    }
    const text = this.block.toml.slice(...node.range);
    const kind =
      node.kind === 'string' || node.kind === 'integer' || node.kind === 'float' || node.kind === 'boolean'
        ? node.kind
        : 'date';
    return { kind, value: node.value, text, range };
  }

  private keyText(key: Key): string {
    return this.block.toml.slice(...key.range) + '.';
  }

  private range([from, to]: AST.Range): TextRange {
    return this.block.range(from, to);
  }
}

function nameOf(key: Key): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

/** Moves a table's growing point behind its newest entry. */
function grow(table: TomlTable, entry: TextRange): void {
  const growth = table.growth;
  if (!growth) return;
  if (growth.form === 'line') table.growth = { ...growth, afterLine: entry.endLine };
  else {
    const { endLine, endColumn } = entry;
    const at = { startLine: endLine, startColumn: endColumn, endLine, endColumn };
    table.growth = { ...growth, at, empty: false };
  }
}

function prefixed(growth: Growth | null, key: string): Growth | null {
  return growth && { ...growth, prefix: growth.prefix + key };
}
