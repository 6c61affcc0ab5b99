import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toFailure } from '../../../simulator/model/failure';
import { relate } from '../../../simulator/trace/relations';
import { taskRows } from '../../../simulator/trace/rows';
import { summariseFunctions, summariseWaits } from '../../../simulator/trace/summary';
import { readTrace, writeTrace } from '../../../simulator/trace/traceFile';
import { TraceStore } from '../../../simulator/trace/traceStore';
import { DRIVER, synthetic, T0_MS, taskId } from './synthetic';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'heliostat-trace-'));
  file = path.join(dir, 'trace.heliostat');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a trace file', () => {
  it('gives back what was written', async () => {
    const store = filled(5_000);
    await writeTrace(file, store);
    expect(everything(await readTrace(file))).toEqual(everything(store));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is packed: 50,000 tasks cost a third of what may be spent on them', async () => {
    await writeTrace(file, filled(50_000));
    expect(statSync(file).size / 50_000).toBeLessThan(20);
  });

  it('shows what is whole of a file that is cut short, at whichever byte', async () => {
    const store = filled(60);
    await writeTrace(file, store);
    const whole = readFileSync(file);
    const rows = taskRows(store, 0, Infinity);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      const read = await readTrace(file).catch(toFailure);
      if (!(read instanceof TraceStore)) {
        expect(read).toMatchObject({ code: 'trace-unreadable', path: file });
        continue;
      }
      const missing = [...read.lost.values()].filter((lost) => lost.source === 'file');
      expect(missing.map((lost) => lost.count)).toEqual(
        read.tasks.size < rows.length ? [rows.length - read.tasks.size] : [],
      );
    }
  });

  it('keeps the tasks before a damaged block, without edges to what is lost', async () => {
    const store = filled(40_000);
    await writeTrace(file, store);
    const damaged = readFileSync(file);
    damaged[damaged.length - 20_000]! ^= 0xff;
    writeFileSync(file, damaged);
    const read = await readTrace(file);
    expect(read.tasks.size).toBe(32_768);
    const known = new Set(taskRows(read, 0, Infinity).map((row) => row.id));
    const strange = taskRows(read, 0, Infinity).flatMap((row) =>
      row.deps.filter((dep) => !known.has(dep.task)),
    );
    expect(strange).toEqual([]);
    expect(taskRows(read, 32_767, 1)).toEqual(taskRows(store, 32_767, 1));
  });

  it('refuses what it cannot understand, in words', async () => {
    for (const [content, words] of [
      ['', 'no trace'],
      ['some text that is not a trace of anything', 'no trace'],
      ['HELIOSTAT TRACE\n\u0063\0\0\0', 'format 99'],
    ] as const) {
      writeFileSync(file, content);
      const failure = await readTrace(file).catch(toFailure);
      expect(failure).toMatchObject({
        code: 'trace-unreadable',
        detail: expect.stringContaining(words) as string,
      });
    }
  });
});

function filled(tasks: number): TraceStore {
  const store = new TraceStore();
  store.source = 'probe';
  for (const event of synthetic({ tasks })) store.apply(event);
  const function_ = 'm.größe — 🚀 \u202e名\u0000';
  store.apply({
    type: 'ended',
    task: 'no id of Ray',
    node: '0',
    worker: 'w',
    pid: 1,
    startMs: 1,
    timeMs: 2,
    cpuMs: null,
    error: 'É',
    function: function_,
  });
  store.apply({
    type: 'ended',
    task: taskId(1e6),
    node: '1',
    worker: 'w9',
    pid: 7,
    startMs: T0_MS,
    timeMs: T0_MS + 9,
    cpuMs: 1,
    error: null,
    function: 'synthetic.step0',
    bytesOut: 30,
    bytesOutEach: [10, 20],
  });
  const site = { file: '/work/a b.py', line: 4 };
  store.apply({
    type: 'waited',
    task: DRIVER,
    kind: 'get',
    startMs: T0_MS,
    endMs: T0_MS + 5,
    on: [taskId(1), taskId(50)],
    site,
  });
  store.apply({ type: 'waited', task: taskId(5), kind: 'wait', startMs: T0_MS, endMs: T0_MS + 1, on: [] });
  store.apply({ type: 'lost', source: 'probe', count: 2, reason: 'the disk was full' });
  store.apply({ type: 'actor', actor: 'ab', className: 'A', state: 'dead', reason: 'killed', timeMs: 1 });
  return store;
}

function everything(store: TraceStore) {
  const relations = relate(store);
  return {
    rows: taskRows(store, 0, Infinity),
    functions: summariseFunctions(store, relations, 'x.py', new Map()),
    graph: relations.graph,
    waits: summariseWaits(store),
    lost: [...store.lost.values()],
    actors: [...store.actors.values()],
    nodes: [...store.nodes],
    counts: store.counts(),
    source: store.source,
  };
}
