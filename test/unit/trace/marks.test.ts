import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readTrace, writeTrace } from '../../../simulator/trace/traceFile';
import { TraceStore } from '../../../simulator/trace/traceStore';

it('a mark knows how many tasks ran on its node, and is kept with the trace', async () => {
  const store = new TraceStore();
  const where = { worker: 'w', pid: 1, timeMs: 10, function: 'f' };
  store.apply({ type: 'started', task: 'a', node: '1', ...where });
  store.apply({ type: 'started', task: 'b', node: '1', ...where });
  store.apply({ type: 'started', task: 'c', node: '0', ...where });
  store.apply({
    type: 'ended',
    task: 'b',
    node: '1',
    ...where,
    startMs: 10,
    timeMs: 20,
    cpuMs: 1,
    error: null,
  });
  store.apply({ type: 'mark', mark: { timeMs: 30, node: 1, kind: 'kill', words: 'node 1 was killed.' } });
  store.apply({ type: 'mark', mark: { timeMs: 25, node: null, kind: 'scale', words: 'A node came.' } });
  expect(store.marks.map(({ kind, runningTasks }) => [kind, runningTasks])).toEqual([
    ['scale', 2],
    ['kill', 1],
  ]);
  const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-marks-'));
  try {
    await writeTrace(path.join(dir, 't'), store);
    expect((await readTrace(path.join(dir, 't'))).marks).toEqual(store.marks);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
