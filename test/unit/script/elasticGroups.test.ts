import { describe, expect, test } from 'vitest';
import { checkScript } from '../../../simulator/script/check';
import { block, check, hostCpus, type Expected } from './marked';

const group = (...lines: string[]) => block('[[tool.heliostat.nodes]]', ...lines);

describe('elastic groups, limits and the network', () => {
  test('are read', () => {
    const text = block(
      '[tool.heliostat]',
      'network = { bandwidth = "1Gbit", latency = "1.5ms" }',
      'image = "mine:1"',
      '[[tool.heliostat.nodes]]',
      'cpus = 1',
      '[[tool.heliostat.nodes]]',
      'name = "workers"',
      'min = 0',
      'max = 4',
      'idle-timeout = "30s"',
      'memory = "2GiB"',
      'object-store = "256MiB"',
      'shm = "1GiB"',
    );
    const { spec, diagnostics } = checkScript(text, { hostCpus });
    expect(diagnostics).toEqual([]);
    expect(spec.network).toEqual({ bytesPerSecond: 125_000_000, latencyUs: 1500 });
    expect(spec.image).toBe('mine:1');
    expect(spec.nodes[1]).toEqual({
      count: 0,
      name: 'workers',
      min: 0,
      max: 4,
      idleTimeoutMs: 30_000,
      memoryBytes: 2 * 2 ** 30,
      objectStoreBytes: 2 ** 28,
      shmBytes: 2 ** 30,
    });
  });

  test.each<[string, string, Expected]>([
    ['min over max', group('min = «3»', 'max = 2'), { code: 'value', says: 'more than `max`' }],
    ['count over max', group('count = «3»', 'max = 2'), { code: 'value', says: 'more than `max`' }],
    ['min without max', group('min = «1»'), { code: 'missing-key', says: 'together with `max`' }],
    ['a head that may go', group('min = «0»', 'max = 2'), { code: 'value', fixes: ['Write 1'] }],
    ['a name with spaces', group('name = «"my workers"»'), { code: 'value', fixes: ['Write "my-workers"'] }],
    ['another word for max', group('«max-workers» = 3'), { code: 'unknown-key', fixes: ['Change to `max`'] }],
    [
      'a store that is too small',
      group('object-store = «"1MiB"»'),
      { code: 'value', fixes: ['Write "78MiB"'] },
    ],
    ['more nodes than a machine has', group('min = 1', 'max = «65»'), { code: 'value', says: 'at most 64' }],
    [
      'a rate in another unit',
      block('[tool.heliostat]', 'network = { bandwidth = «"10 gbps"» }'),
      { code: 'unit', fixes: ['Write "10Gbit"'] },
    ],
    [
      'a mistyped key of the network',
      block('[tool.heliostat]', 'network = { «latncy» = "5ms" }'),
      { code: 'unknown-key', fixes: ['Change to `latency`'] },
    ],
    [
      'an image and a Dockerfile',
      block('[tool.heliostat]', 'image = "a"', '«dockerfile» = "Dockerfile"'),
      { code: 'value', says: 'exclude each other' },
    ],
  ])('%s', (_, text, expected) => {
    check(text, expected);
  });

  test('two groups of one name', () => {
    const text = block('[[tool.heliostat.nodes]]', 'name = "a"', '[[tool.heliostat.nodes]]', 'name = «"a"»');
    check(text, { code: 'value', says: 'Two groups' });
  });
});
