import { builtinModules } from 'node:module';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { importsOf, listSources, parse, readSource, resolveImport } from './sources';

/** The code map's own words for what a folder may import. */
const MAY_IMPORT = readMap();
const FOLDERS = ['simulator', 'webview', 'extension'];
const NODE = new Set(builtinModules);

describe('the code map of ARCHITECTURE.md', () => {
  it('names every folder that has sources', () => {
    const homeless = FOLDERS.flatMap(listSources).filter((file) => unitOf(file) === undefined);
    expect(homeless).toEqual([]);
  });

  it('is what the imports obey', () => {
    expect(FOLDERS.flatMap(listSources).flatMap(wrongImports)).toEqual([]);
  });

  it('lets only extension/ import vscode', () => {
    const guilty = ['simulator', 'webview', 'test']
      .flatMap(listSources)
      .filter((file) => packagesOf(file).includes('vscode'));
    expect(guilty).toEqual([]);
  });

  it('keeps Node out of the vocabulary, the protocol and the page', () => {
    const pure = (file: string) => /^(simulator\/model\/|simulator\/protocol\.ts|webview\/)/.test(file);
    const guilty = FOLDERS.flatMap(listSources)
      .filter(pure)
      .filter((file) => packagesOf(file).some((name) => name.startsWith('node:') || NODE.has(name)));
    expect(guilty).toEqual([]);
  });
});

describe('the reader of imports', () => {
  const cases: [source: string, specifier: string][] = [
    [`import x from './a'`, './a'],
    [`import type {X} from './a'`, './a'],
    [`import './a'`, './a'],
    [`const x = await import('./a')`, './a'],
    [`const x = require('./a')`, './a'],
    [`export {x} from './a'`, './a'],
    [`let x: import('./a').X`, './a'],
    [`import x = require('./a')`, './a'],
  ];
  it.each(cases)('sees %s', (source, specifier) => {
    const file = ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true);
    expect(importsOf(file)).toEqual([{ specifier, line: 1 }]);
  });

  it('knows a unit by the longest entry of the map', () => {
    expect(unitOf('simulator/model/run.ts')).toBe('simulator/model/');
    expect(unitOf('simulator/protocol.ts')).toBe('simulator/protocol.ts');
    expect(unitOf('elsewhere/file.ts')).toBeUndefined();
  });
});

function wrongImports(file: string): string[] {
  const from = unitOf(file);
  if (from === undefined) return [];
  return importsOf(parse(file)).flatMap(({ specifier, line }) => {
    const path = resolveImport(file, specifier);
    if (path === null) return [];
    const to = unitOf(path);
    const fine =
      to !== undefined && (to === from || MAY_IMPORT.get(from)?.some((allowed) => covers(allowed, path)));
    return fine ? [] : [`${file}:${line} imports ${path}`];
  });
}

function packagesOf(file: string): string[] {
  return importsOf(parse(file))
    .map((one) => one.specifier)
    .filter((specifier) => !specifier.startsWith('.'));
}

/** Reads the table: entry to the entries that it may import. */
function readMap(): Map<string, string[]> {
  const rows = readSource('ARCHITECTURE.md')
    .split('\n')
    .filter((line) => /^\| `/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const map = new Map<string, string[]>();
  for (const [, names = '', , allowed = ''] of rows) {
    const above = [...map.keys()];
    const expanded =
      allowed === 'all of the above' ? above : allowed.split(',').flatMap((word) => entryOf(word.trim()));
    const row = entries(names);
    for (const name of row) map.set(name, [...expanded, ...row]);
  }
  return map;
}

/** `` `simulator/cli.ts`, `cli/` `` stands for two entries of one folder. */
function entries(cell: string): string[] {
  const names = [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
  const parent = names[0]?.split('/')[0] ?? '';
  return names.map((name) => (name.includes('/') && name.startsWith(parent) ? name : `${parent}/${name}`));
}

/** `model` is `simulator/model/`, `protocol` is `simulator/protocol.ts`; a path in backticks stands for itself. */
function entryOf(word: string): string[] {
  const path = /^`(.+)`$/.exec(word)?.[1];
  if (path !== undefined) return [path];
  if (word === 'nothing' || word === '–') return [];
  return [word === 'protocol' ? 'simulator/protocol.ts' : `simulator/${word}/`];
}

function unitOf(file: string): string | undefined {
  return [...MAY_IMPORT.keys()].filter((entry) => covers(entry, file)).sort((a, b) => b.length - a.length)[0];
}

function covers(entry: string, file: string): boolean {
  return entry.endsWith('/') ? file.startsWith(entry) : file === entry || `${file}.ts` === entry;
}
