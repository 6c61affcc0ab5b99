/** The data edges of a run, against what a reader of its script would draw. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './heliostat';
import { RayByHand } from './rayByHand';
import type { TaskRow } from '../../simulator/model/trace';
import { taskRows } from '../../simulator/trace/rows';
import { functionId } from '../../simulator/trace/summary';
import { SpoolReader } from '../../simulator/trace/spool';
import { TraceStore } from '../../simulator/trace/traceStore';
import { WAIT_KINDS } from '../../simulator/trace/waitTable';

/** `consumer < producer kind`, and how many. Read from graph.py by hand. */
const EDGES = {
  'clean < load argument': 1,
  'save < clean argument': 1,
  'save < load argument': 1,
  'total < part argument': 4,
  'merge < part nested': 4,
  'second < pair argument': 1,
  'each < items argument': 3,
  'Reader.__init__ < clean argument': 1,
  'Reader.read < Reader.__init__ actor': 2,
  'Reader.read < load argument': 2,
  'Reader.close < Reader.__init__ actor': 1,
  'uses < Reader.__init__ actor': 1,
  'Server.serve < Server.__init__ actor': 2,
  'Server.serve < load argument': 2,
  'outer < clean argument': 1,
  'inner < outer put': 1,
  'inner < inner argument': 1,
  'flaky < Tries.__init__ actor': 1,
  'flaky < clean argument': 1,
  'Tries.add < Tries.__init__ actor': 2,
  'shared < driver put': 3,
  'many < part argument': 1,
  'listed < part nested': 1,
  'collect < job argument': 3,
  'closes < part nested': 1,
};

/** `who kind: on what`, and how many producers in all. */
const WAITS = {
  'driver get: Reader.read': 2,
  'driver get: Server.serve': 2,
  'driver get: closes': 1,
  'driver get: collect': 3,
  'driver get: each': 3,
  'driver get: flaky': 1,
  'driver get: listed': 1,
  'driver get: many': 1,
  'driver get: merge': 1,
  'driver get: outer': 1,
  'driver get: save': 1,
  'driver get: second': 1,
  'driver get: shared': 3,
  'driver get: total': 1,
  'driver get: uses': 1,
  'driver wait: job': 6,
  'closes get: part': 1,
  'flaky get: Tries.add': 2,
  'merge get: part': 3,
  'outer get: inner': 1,
  'uses get: Reader.close': 1,
};

const SIZE = 100_000;
let ray: RayByHand;
let store: TraceStore;
let rows: TaskRow[];

beforeAll(async () => {
  ray = await RayByHand.start(['--resources={"disk": 4}']);
  const run = await ray.run('test/samples/edges/graph.py');
  expect(run.log.split('\n'), run.log).toContain('done');
  store = new TraceStore();
  const reader = new SpoolReader(ray.spool, run.jobId);
  await until('all tasks have ended', async () => {
    for (const event of await reader.read()) store.apply(event);
    const { total, waiting, running } = store.counts();
    return total > 40 && waiting + running === 0 && reader.driverLeft;
  });
  rows = taskRows(store, 0, Infinity);
});
afterAll(() => ray?.end());

describe('the graph of a run', () => {
  it('has exactly the edges that its script makes', () => {
    const byId = new Map(rows.map((row) => [row.id, row]));
    const edges = rows.flatMap((row) =>
      row.deps.map((dep) => `${shortName(row)} < ${shortName(byId.get(dep.task))} ${dep.kind}`),
    );
    expect(tally(edges)).toEqual(EDGES);
  });

  it('says what was waited for, and where', () => {
    const { waits, waitEdges, tasks } = store;
    const seen = Array.from({ length: waits.size }, (_, row) => {
      const who = local(functionId(tasks, waits.task[row]!));
      const on = Array.from({ length: waitEdges.count(row) }, (_, at) =>
        local(functionId(tasks, waitEdges.task[waitEdges.first(row) + at]!)),
      );
      expect(waits.endMs[row]).toBeGreaterThanOrEqual(waits.startMs[row]!);
      expect(path.basename(tasks.sites.site(waits.site[row]!)?.file ?? '')).toBe('graph.py');
      // Walking over a generator waits for its items, sometimes.
      return on
        .filter((producer) => producer !== 'items')
        .map((producer) => `${who} ${WAIT_KINDS[waits.kind[row]!]!}: ${producer}`);
    });
    expect(tally(seen.flat())).toEqual(WAITS);
  });

  it('measures what flows', () => {
    const sizes = (name: string) => rows.filter((row) => shortName(row) === name).flatMap((row) => row.deps);
    expect(near(sizes('second')[0]?.bytes)).toBe(SIZE);
    expect(
      sizes('each')
        .map((dep) => near(dep.bytes))
        .sort(),
    ).toEqual([SIZE, 2 * SIZE, 3 * SIZE]);
    expect(sizes('shared').map((dep) => near(dep.bytes))).toEqual([SIZE, SIZE, SIZE]);
    const save = rows.find((row) => shortName(row) === 'save')!;
    expect(near(save.bytesIn)).toBe(SIZE);
    expect(near(rows.find((row) => shortName(row) === 'load')?.bytesOut)).toBe(SIZE);
    expect(rows.find((row) => shortName(row) === 'Reader.read')).toMatchObject({
      bytesIn: expect.any(Number) as number,
    });
  });

  it('knows what each task asked for and the line that submitted it', () => {
    const of = (name: string) => rows.find((row) => shortName(row) === name);
    expect(of('load')).toMatchObject({ cpus: 0.5, resources: {} });
    expect(of('clean')).toMatchObject({ cpus: 1, resources: { disk: 1 } });
    expect(of('Reader.__init__')).toMatchObject({ cpus: 0 });
    expect(of('load')?.site).toEqual({ file: path.resolve('test/samples/edges/graph.py'), line: 26 });
    expect(rows.filter((row) => row.kind !== 'driver' && row.site === null)).toEqual([]);
  });

  it('measures each task that had a thread to itself', () => {
    const threads = rows.filter((row) => row.kind !== 'driver' && !/Server/.test(row.name));
    for (const row of threads) {
      expect(row, row.name).toMatchObject({ runDelayMs: expect.any(Number) as number });
      expect(row.fetchMs, row.name).not.toBeNull();
      expect(row.argsReadyMs, row.name).toBeLessThanOrEqual(row.startMs!);
    }
    expect(Math.max(...threads.map((row) => row.peakMemoryBytes ?? 0))).toBeGreaterThan(20_000_000);
  });

  it('counts a task that is tried again once, with its attempts', () => {
    expect(rows.filter((row) => shortName(row) === 'flaky')).toMatchObject([
      { attempt: 1, state: 'finished' },
    ]);
  });
});

function shortName(row: TaskRow | undefined): string {
  return row?.kind === 'driver' ? 'driver' : local(row?.name ?? null);
}

function local(name: string | null): string {
  return (name ?? '?').replace(/^(new )?graph\./, '');
}

function tally(all: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of all) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}

/** Without what serialization adds. */
function near(bytes: number | null | undefined): number {
  return Math.floor((bytes ?? NaN) / 1000) * 1000;
}
