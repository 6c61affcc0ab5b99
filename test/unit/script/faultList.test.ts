import { describe, expect, test } from 'vitest';
import { checkScript } from '../../../simulator/script/check';
import { applyFix, block, check, hostCpus } from './marked';

const twoNodes = ['[[tool.heliostat.nodes]]', 'count = 2', ''];

describe('faults of an annotation', () => {
  test('are read in their order, wherever the nodes stand', () => {
    const text = block(
      '[[tool.heliostat.faults]]',
      'at = "5s"',
      'node = 1',
      'kind = "pause"',
      '[[tool.heliostat.faults]]',
      'at = "1.5min"',
      'node = 1',
      'kind = "drain"',
      'deadline = "300ms"',
      ...twoNodes,
    );
    const { spec, diagnostics } = checkScript(text, { hostCpus });
    expect(diagnostics).toEqual([]);
    expect(spec.faults).toEqual([
      { atMs: 5000, node: 1, kind: 'pause' },
      { atMs: 90_000, node: 1, kind: 'drain', deadlineMs: 300 },
    ]);
  });

  test.each<[string, string[], { code: string; says?: string | RegExp; fixes?: string[] }]>([
    [
      'a kind from elsewhere',
      ['at = "5s"', 'node = 1', 'kind = «"preempt"»'],
      { code: 'value', fixes: ['Change to "drain"'] },
    ],
    [
      'a mistyped kind',
      ['at = "5s"', 'node = 1', 'kind = «"patition"»'],
      { code: 'value', says: 'Did you mean "partition"?' },
    ],
    [
      'a kind that nothing is like',
      ['at = "5s"', 'node = 1', 'kind = «"explode"»'],
      { code: 'value', says: 'kill, pause, resume' },
    ],
    [
      'a bare number as time',
      ['at = «5»', 'node = 1', 'kind = "kill"'],
      { code: 'type', fixes: ['Write "5s"'] },
    ],
    [
      'a time in words',
      ['at = «"5 seconds"»', 'node = 1', 'kind = "kill"'],
      { code: 'unit', fixes: ['Write "5s"'] },
    ],
    [
      'a node that is not there',
      ['at = "5s"', 'node = «2»', 'kind = "kill"'],
      { code: 'value', says: '2 nodes, 0 (the head) to 1' },
    ],
    [
      'a mistyped key',
      ['«att» = "5s"', 'node = 1', 'kind = "kill"'],
      { code: 'unknown-key', fixes: ['Change to `at`'] },
    ],
    [
      'a deadline of a kill',
      ['at = "5s"', 'node = 1', 'kind = "kill"', 'deadline = «"3s"»'],
      { code: 'value', says: 'drain' },
    ],
  ])('%s', (_, lines, expected) => {
    check(block(...twoNodes, '[[tool.heliostat.faults]]', ...lines), expected);
  });

  test('a missing key is named with an example', () => {
    const { diagnostics, spec } = checkScript(block('[[tool.heliostat.faults]]', 'at = "5s"', 'node = 0'), {
      hostCpus,
    });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'A fault needs `kind`, such as `kind = "kill"`.',
    ]);
    expect(spec.faults).toBeUndefined();
  });

  test('a quick fix leaves an annotation that is right', () => {
    const { text, result } = check(
      block(...twoNodes, '[[tool.heliostat.faults]]', 'at = «"5m"»', 'node = 1', 'kind = "kill"'),
      'unit',
    );
    const fixed = applyFix(text, result.diagnostics[0]?.fixes[0]);
    expect(checkScript(fixed, { hostCpus }).spec.faults).toEqual([{ atMs: 300_000, node: 1, kind: 'kill' }]);
  });
});
