/** The annotations that README.md shows, read as those of a script are. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { checkScript } from '../../../simulator/script/check';
import { block, hostCpus } from './marked';

const readme = readFileSync(path.resolve(__dirname, '..', '..', '..', 'README.md'), 'utf8');

function snippets(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter((fence) => fence[1] === language)
    .map((fence) => fence[2] ?? '');
}

it('the script shows two kinds of nodes', () => {
  const [script = ''] = snippets('python').filter((text) => text.startsWith('# /// script\n'));
  const { spec, diagnostics } = checkScript(script, { hostCpus });
  expect(diagnostics).toEqual([]);
  expect(spec.nodes.map(({ count, gpus = 0 }) => [count, gpus])).toEqual([
    [2, 0],
    [1, 1],
  ]);
});

it('the fragment shows a group that grows, a fault and a slow network', () => {
  const [toml = '', ...others] = snippets('toml');
  const { spec, diagnostics } = checkScript(block(...toml.trimEnd().split('\n')), { hostCpus });
  expect(diagnostics).toEqual([]);
  expect(spec.nodes.map(({ name, count, max }) => [name, count, max])).toEqual([
    [undefined, 2, undefined],
    ['workers', 0, 4],
  ]);
  expect(spec.faults).toEqual([{ atMs: 5000, node: 1, kind: 'kill' }]);
  expect(spec.network).toBeDefined();
  expect(others).toEqual([]);
});
