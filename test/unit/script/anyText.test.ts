/** Whatever stands in an editor while somebody types, a check answers, and with ranges that lie in the text. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TextRange } from '../../../simulator/model/script';
import { checkScript } from '../../../simulator/script/check';
import { remoteDefinitions } from '../../../simulator/script/remoteFunctions';
import { block, hostCpus } from './marked';

const valid =
  '#!/usr/bin/env python\n' +
  block(
    'requires-python = ">=3.10"',
    'dependencies = ["ray[data]>=2.60", "numpy"]',
    '',
    '[tool.heliostat]',
    'args = ["--epochs", "2"]',
    'env = { "É😀" = "😀", B = """',
    '  x""" }',
    '',
    '[[tool.heliostat.nodes]]',
    'memory = "2GiB"',
    'labels.zone = "a"',
    '[[tool.heliostat.nodes]]',
    'cpus = 0x2',
    'gpus = 1',
    'resources = { ingest = 4 }',
  ) +
  'import ray\nfrom ray import remote as far\nG = 2 * 4\n' +
  '@ray.remote(num_gpus=G, resources={"ingest": 5}, label_selector={"zone": "in(a, b)"})\n' +
  'class T:\n    def step(self, x=f"{G!r:>{G}}"): return (yield)\n' +
  'match G:\n    case 1 | 2: T.options(num_cpus=99, memory=1e99).remote()\n' +
  'if __name__ == "__main__":\n    far(num_gpus=3)(lambda: 1)\n';

function examine(text: string): void {
  const result = checkScript(text, { hostCpus });
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const ranges = result.diagnostics.flatMap(({ range, fixes }) => [
    range,
    ...fixes.flatMap(({ edits }) => edits.map((edit) => edit.range)),
  ]);
  for (const range of result.entryPoint ? [...ranges, result.entryPoint] : ranges) {
    expect(liesIn(range, lines), `${JSON.stringify(range)} in ${JSON.stringify(text)}`).toBe(true);
  }
  for (const { line } of remoteDefinitions(text)) expect(line).toBeLessThanOrEqual(lines.length);
}

function liesIn(range: TextRange, lines: string[]): boolean {
  const { startLine, startColumn, endLine, endColumn } = range;
  const ordered = startLine < endLine || (startLine === endLine && startColumn <= endColumn);
  return (
    ordered && startColumn <= (lines[startLine]?.length ?? -1) && endColumn <= (lines[endLine]?.length ?? -1)
  );
}

/** Repeatable: a failing text is printed, and the next run finds it again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('any text', () => {
  test('every beginning and every end of a valid script', () => {
    for (let cut = 0; cut <= valid.length; cut++) {
      examine(valid.slice(0, cut));
      examine(valid.slice(cut));
    }
  });

  test('scripts with pieces taken out, doubled, and put elsewhere', () => {
    const next = random(1);
    const at = () => Math.floor(next() * valid.length);
    const bits = [
      '"',
      "'''",
      '[',
      ']',
      '{',
      '}',
      '=',
      '\n',
      '\r',
      '\r\n',
      '#',
      '# ',
      '\t',
      '\0',
      '😀',
      '\ud800',
      '\\',
      '# ///\n',
      '.',
      ',',
    ];
    for (let round = 0; round < 600; round++) {
      let text = valid;
      for (let change = 0; change < 3; change++) {
        const from = at();
        const piece =
          next() < 0.5 ? (bits[Math.floor(next() * bits.length)] ?? '') : text.slice(from, from + 40);
        text = text.slice(0, from) + piece + text.slice(next() < 0.5 ? from : from + Math.floor(next() * 20));
      }
      examine(text);
    }
  });

  test.each([
    ['nested lists in TOML', block(`[tool.heliostat]`, `args = ${'['.repeat(5000)}${']'.repeat(5000)}`)],
    ['nested tables in TOML', block('[tool.heliostat]', `env = ${'{a='.repeat(5000)}1${'}'.repeat(5000)}`)],
    ['long keys in TOML', block(`${'a.'.repeat(20000)}a = 1`)],
    [
      'nested brackets in Python',
      `import ray\nray.remote(num_gpus=${'('.repeat(20000)}1${')'.repeat(20000)})(f)\n`,
    ],
    ['open brackets in Python', `import ray\n${'('.repeat(20000)}`],
    ['a long sum in Python', `import ray\nray.remote(num_gpus=1${'+1'.repeat(20000)})(f)\n`],
    [
      'a long chain of constants',
      `import ray\nA0 = 1\n${Array.from({ length: 5000 }, (_, i) => `A${i + 1} = A${i}\n`).join('')}ray.remote(num_gpus=A5000)(f)\n`,
    ],
    ['a long line', `import ray\nx = ${'"a" '.repeat(50000)}\n`],
    [
      'names that every object has',
      block(
        '[tool.heliostat]',
        'env = { __proto__ = "1", constructor = "2" }',
        'toString = 1',
        '[[tool.heliostat.nodes]]',
        'resources = { __proto__ = 1 }',
        '__proto__ = 1',
        '[__proto__]',
      ),
    ],
  ])('%s', (_, text) => examine(text));

  test('tables with names that every object has keep them', () => {
    const { spec } = checkScript(block('[tool.heliostat]', 'env = { __proto__ = "1", constructor = "2" }'), {
      hostCpus,
    });
    expect(Object.entries(spec.env ?? {})).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });
});

test("the project's own samples check clean", () => {
  const folder = path.resolve(__dirname, '../../../extension/samples');
  const samples = readdirSync(folder).filter((name) => name.endsWith('.py'));
  expect(samples).not.toEqual([]);
  for (const name of samples) {
    const { diagnostics, usesRay } = checkScript(readFileSync(path.join(folder, name), 'utf8'), { hostCpus });
    expect([name, diagnostics, usesRay]).toEqual([name, [], true]);
  }
});
