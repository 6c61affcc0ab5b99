import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { listSources, parse, readSource } from './sources';

const FILES = ['simulator', 'extension', 'webview', 'test'].flatMap(listSources);

describe('every source file', () => {
  it('stays within its budget of lines: 300, or 400 for a view that draws and 500 for a table of test cases', () => {
    const over = FILES.map((file) => ({ file, lines: readSource(file).split('\n').length - 1 })).filter(
      ({ file, lines }) => lines > budget(file),
    );
    expect(over).toEqual([]);
  });

  it('has a camelCase name', () => {
    const odd = FILES.filter(
      (file) => !/^[a-z][a-zA-Z0-9]*(\.test|\.bench|\.d)?\.ts$/.test(path.basename(file)),
    );
    expect(odd).toEqual([]);
  });

  it('is no barrel: it holds something of its own', () => {
    const barrels = FILES.filter((file) => {
      const statements = parse(file).statements;
      const passesOn = statements.filter(
        (one) => ts.isExportDeclaration(one) && one.moduleSpecifier !== undefined,
      );
      return (
        path.basename(file) === 'index.ts' || (passesOn.length > 0 && passesOn.length === statements.length)
      );
    });
    expect(barrels).toEqual([]);
  });

  it('gives no interface an I prefix', () => {
    const odd = FILES.flatMap((file) =>
      parse(file)
        .statements.filter(ts.isInterfaceDeclaration)
        .map((one) => one.name.text)
        .filter((name) => /^I[A-Z][a-z]/.test(name)),
    );
    expect(odd).toEqual([]);
  });
});

function budget(file: string): number {
  if (file.startsWith('test/')) return 500;
  return /^webview\/(graph|log|timeline)\//.test(file) ? 400 : 300;
}
