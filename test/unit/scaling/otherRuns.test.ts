/** Which other runs a prediction looks at: those of the same script with the same arguments, as a whole. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Scaling } from '../../../simulator/engine/scaling';
import type { RunInfo } from '../../../simulator/model/run';
import type { BackCheck } from '../../../simulator/model/scaling';
import type { TraceStore } from '../../../simulator/trace/traceStore';
import { aRun } from '../extension/sampleData';
import { Program } from '../trace/build';
import { DRIVER, T0_MS } from '../trace/synthetic';

type Source = TraceStore['source'];
const caller = {};

let workerDir: string;
let runsDir: string;
let scaling: Scaling;
let all: { info: RunInfo; store: TraceStore }[];

beforeAll(async () => {
  workerDir = mkdtempSync(path.join(tmpdir(), 'heliostat-scaling-'));
  const outfile = path.join(workerDir, 'worker.js');
  const entryPoints = ['simulator/scaling/worker.ts'];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', packages: 'external' });
});
afterAll(() => rmSync(workerDir, { recursive: true, force: true }));

beforeEach(() => {
  runsDir = mkdtempSync(path.join(tmpdir(), 'heliostat-scaling-runs-'));
  all = [];
  const find = (id: string) => all.find(({ info }) => info.id === id)!;
  const read = async <T>(id: string, use: (store: TraceStore, run: RunInfo) => T): Promise<T> =>
    use(find(id).store, find(id).info);
  scaling = new Scaling({
    runs: {
      list: () => all.map(({ info }) => info),
      get: (id) => find(id).info,
      read,
      readWhole: read,
      openFile: () => Promise.reject(new Error('not asked for')),
    },
    runsDir,
    pricesFile: path.join(runsDir, 'prices.json'),
    workerFile: path.join(workerDir, 'worker.js'),
    progress: () => undefined,
    log: { info: () => {}, warn: (text) => expect.fail(text), error: () => {} },
  });
});
afterEach(() => {
  scaling.cancel(caller);
  rmSync(runsDir, { recursive: true, force: true });
});

/** A run of so many tasks of 50 ms, one after the other, on a node of `cpus`; the newest stands first. */
function ran(
  cpus: number,
  count: number,
  more: Partial<RunInfo> = {},
  source: Source = 'probe',
  gpus = 0,
): RunInfo {
  const program = new Program();
  const facts = { name: 'head', state: 'alive' as const, rayNodeId: 'n' };
  const node = { ...facts, cpus, gpus, gpusSimulated: gpus > 0, memoryBytes: 1e9 };
  program.apply({ type: 'node', nodeIndex: 0, node });
  const tasks = [...Array(count).keys()].map((n) =>
    program.ran({ fn: 'work', at: [n, 5 + 50 * n, 55 + 50 * n], gpus }),
  );
  const ms = 10 + 50 * count;
  program.got(tasks, count, ms - 1);
  const where = { node: '0', worker: 'd', pid: 1, cpuMs: 5, error: null };
  program.apply({ type: 'ended', task: DRIVER, ...where, startMs: T0_MS, timeMs: T0_MS + ms });
  program.store.source = source;
  const info = aRun({
    ...{ id: `run-${all.length}`, script: '/w/m.py', clusterId: `c${all.length}` },
    ...{ state: { kind: 'succeeded' }, createdMs: T0_MS + all.length, startMs: T0_MS, endMs: T0_MS + ms },
    ...more,
  });
  all.unshift({ info, store: program.store });
  mkdirSync(path.join(runsDir, info.id));
  return info;
}

const predicted = async (run: RunInfo) => {
  const { points, refused } = await scaling.predict({ run: run.id, nodes: [1] }, caller);
  return { sizes: points.length, refused };
};

describe('a prediction looks at other runs of the script', () => {
  it('and refuses where one of another size did other work', async () => {
    ran(4, 20);
    const { refused } = await predicted(ran(2, 10));
    expect(refused).toEqual([expect.stringMatching(/^work ran 10 times on 2 CPUs and 20 times on 4/)]);
  });

  const others: [what: string, more: Partial<RunInfo>, source: Source][] = [
    ['one task that was run again alone', { replayOf: { run: 'run-9', task: 't' } }, 'probe'],
    ['a run that was not recorded from inside', {}, 'state-api'],
    ['a run with other arguments', { args: ['--many'] }, 'probe'],
  ];
  it.each(others)('but not at %s', async (_, more, source) => {
    ran(4, 1, more, source);
    expect(await predicted(ran(2, 10))).toEqual({ sizes: 1, refused: [] });
  });
});

describe('a later run of the script', () => {
  const checked = async (args: string[]): Promise<BackCheck | null> => {
    const first = ran(2, 10);
    await scaling.predict({ run: first.id, nodes: [1, 2] }, caller);
    const later = ran(4, 10, { args });
    await scaling.runEnded(later);
    const file = path.join(runsDir, later.id, 'backcheck.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BackCheck) : null;
  };

  it('on another cluster is held against what was predicted', async () => {
    expect(await checked([])).toMatchObject({ fromRun: 'run-0', run: 'run-1', nodes: 1, measuredMs: 510 });
  });

  it('with other arguments is another one', async () => {
    expect(await checked(['--epochs', '10'])).toBeNull();
  });
});

it('a run with simulated GPUs is rehearsed with the times that its tasks took here', async () => {
  const { graph } = await scaling.graph(ran(2, 3, {}, 'probe', 1).id);
  expect(graph.tasks.map(({ gpus, durationMs }) => [gpus, Math.round(durationMs)])).toEqual([
    [1, 50],
    [1, 50],
    [1, 50],
  ]);
});
