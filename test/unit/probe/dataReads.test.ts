/** Ray Data whose insides are others than those that are wrapped: it is read as if nobody looked on. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const PYTHON = process.env['HELIOSTAT_TEST_PYTHON'] ?? '/tmp/rayenv/bin/python';
const MODULES = {
  batches: 'ray/data/_internal/block_batching/iter_batches.py',
  outputs: 'ray/data/_internal/execution/streaming_executor.py',
  splits: 'ray/data/_internal/iterator/stream_split_iterator.py',
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'heliostat-data-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What `script` prints in a process without the real Ray, in which the probe waits for these modules to be imported. */
function printed(modules: Partial<Record<keyof typeof MODULES, string>>, script: string): string {
  for (const [name, source] of Object.entries(modules)) {
    const file = path.join(root, MODULES[name as keyof typeof MODULES]);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, source);
  }
  const code = `
import sys
sys.path[:0] = [${JSON.stringify(root)}, ${JSON.stringify(path.resolve('simulator/probe'))}]
import heliostat_data
class Spool:
    lost = 0
    waits = []
    def waited(self, task, kind, *rest): self.waits.append(kind)
spool = Spool()
heliostat_data.wrap(spool, lambda error: None)
${script}`;
  const { stdout, stderr, status } = spawnSync(PYTHON, ['-S', '-c', code], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return stdout;
}

it('is left alone where classes have other names', () => {
  const script = `
from ray.data._internal.block_batching import iter_batches
from ray.data._internal.execution import streaming_executor
print(iter_batches.Other().x, streaming_executor.y)`;
  expect(printed({ batches: 'class Other: x = 1\n', outputs: 'y = 2\n' }, script)).toBe('1 2\n');
});

it('may be given its blocks by name, as a list, or not at all', () => {
  const batches = `
class BatchIterator:
    __slots__ = ("bundles",)
    def __init__(self, ref_bundles=(), prefetch=0): self.bundles = ref_bundles
    def __iter__(self): return iter(list(self.bundles))
`;
  const script = `
from ray.data._internal.block_batching.iter_batches import BatchIterator
print(list(BatchIterator([1, 2], prefetch=1)), list(BatchIterator(ref_bundles=(3,))), list(BatchIterator()))
print(list(BatchIterator(iter([4]))))`;
  expect(printed({ batches }, script)).toBe('[1, 2] [3] []\n[4]\n');
});

it('may take other arguments and return other things', () => {
  const outputs = `
class _ClosingIterator:
    __slots__ = ("left",)
    def __init__(self): self.left = [1, 2]
    def get_next(self, split=None, timeout=None):
        if not self.left: raise StopIteration
        return self.left.pop(0)
`;
  const splits = `
class StreamSplitDataIterator:
    def _to_ref_bundle_iterator(self, fresh=False): return iter([5, 6]) if fresh else (iter([7]), None)
`;
  const script = `
from ray.data._internal.execution.streaming_executor import _ClosingIterator
from ray.data._internal.iterator.stream_split_iterator import StreamSplitDataIterator
one = _ClosingIterator()
print(one.get_next(), one.get_next(timeout=3))
try: one.get_next()
except StopIteration: print("end")
split = StreamSplitDataIterator()
print(list(split._to_ref_bundle_iterator(fresh=True)), list(split._to_ref_bundle_iterator()[0]))`;
  expect(printed({ outputs, splits }, script)).toBe('1 2\nend\n[5, 6] [7]\n');
});
