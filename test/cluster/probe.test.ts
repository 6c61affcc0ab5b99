import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastJson, RayByHand, type Recorded } from './rayByHand';

const SAMPLES = path.resolve('test/samples/probe');

let ray: RayByHand;
beforeAll(async () => {
  ray = await RayByHand.start();
});
afterAll(() => ray?.end());

describe('the probe', () => {
  let recorded: Recorded;
  let log: string;
  beforeAll(async () => {
    const run = await ray.run('test/samples/probe/kinds.py');
    log = run.log;
    // Lines that Ray forwards from workers may follow the script's last one.
    expect(log.split('\n'), log).toContain('done');
    recorded = await ray.recorded(run.jobId, ({ ends }) => ends.length >= ENDS.length);
  });

  it('records every submission with the task that made it', () => {
    expect(recorded.submissions).toEqual(SUBMISSIONS);
  });

  it('records every end, with what failed', () => {
    expect(recorded.ends).toEqual(ENDS);
  });

  it('loses nothing and names the run in the driver’s lines alone', () => {
    expect(recorded.lines.filter((line) => line.lost !== 0 || line.notice)).toEqual([]);
    const drivers = recorded.lines.filter((line) => line.driver);
    expect(new Set(drivers.map((line) => line.run))).toEqual(new Set(['run-slot-1']));
    expect(drivers.map((line) => line.bye ?? false)).toEqual([...drivers.slice(1).map(() => false), true]);
    expect(recorded.lines.filter((line) => !line.driver && (line.run ?? line.bye))).toEqual([]);
  });

  it('gives each task its times in order, and CPU time where a thread has one task', () => {
    const submissions = recorded.lines.flatMap((line) => line.sub);
    const submitted = new Map(submissions.map(({ task, timeMs }) => [task, timeMs]));
    for (const [task, name, startMs, endMs, cpuMs] of recorded.lines.flatMap((line) => line.end)) {
      expect(endMs, name).toBeGreaterThanOrEqual(startMs);
      expect(startMs, name).toBeGreaterThanOrEqual(submitted.get(task) ?? 0);
      const isCoroutine = /Async\.(nested|items|fails|failing_items)$|Grouped\.other$/.test(name);
      expect(cpuMs === null, name).toBe(isCoroutine);
    }
  });

  it('says how many GPUs a task asked for', () => {
    const asked = recorded.lines.flatMap((line) => line.sub).filter(({ gpus }) => gpus);
    expect(asked.map((one) => [one.function, one.gpus])).toEqual(Array(4).fill(['kinds.gpu', 0.5]));
  });

  it('stays out of the tracebacks that users read', () => {
    // Of a generator, Ray shows the line but not the frame.
    for (const shown of ['in fails', 'raise KeyError("second")', 'in __init__']) expect(log).toContain(shown);
    expect(log).not.toContain('heliostat_probe');
  });
});

it('tells of tasks that never come back, and why the driver ended', async () => {
  const { jobId, exit, log } = await ray.run('test/samples/probe/deaths.py');
  expect(exit, log).toBe('1');
  const recorded = await ray.recorded(jobId, ({ ends }) => ends.length >= 4);
  expect(recorded.ends).toEqual([
    '__main__: RuntimeError: the driver too',
    'deaths.Victim.__init__',
    'deaths.exits: SystemExit: 3',
    'deaths.is_cancelled: TaskCancelledError: This task was cancelled',
  ]);
  const began = recorded.lines.flatMap((line) => line.start.map((row) => row[1]));
  expect(began).toEqual(expect.arrayContaining(['deaths.vanishes', 'deaths.Victim.waits']));
});

it('does not stand in the way of runtime environments, even of one that hides it', async () => {
  const { exit, log, jobId } = await ray.run('test/samples/probe/overridden.py');
  expect(exit, log).toBe('0');
  const found = lastJson(log) as Record<'job' | 'task' | 'dir', Look> & { other: string };
  expect(found.job).toMatchObject({ probe: true, cwd: SAMPLES });
  expect(found.job.paths).toContain('/of/the/job');
  expect(found.task).toMatchObject({ probe: false });
  expect(found.task.paths).toContain('/of/the/task');
  expect(found.dir).toMatchObject({ probe: true, cwd: found.other });
  const { ends } = await ray.recorded(jobId, (recorded) => recorded.ends.length >= 3);
  expect(ends).toEqual(['__main__', 'overridden.look', 'overridden.look']);
});

interface Look {
  cwd: string;
  paths: string[];
  probe: boolean;
}

const SUBMISSIONS = expand({
  '__main__ > kinds.leaf (0)': 3,
  '__main__ > kinds.parent (0)': 1,
  '__main__ > kinds.threads (0)': 1,
  '__main__ > kinds.pair (0)': 1,
  '__main__ > kinds.gpu (0)': 4,
  '__main__ > kinds.items (0)': 1,
  '__main__ > kinds.fails (0)': 1,
  '__main__ > kinds.failing_items (0)': 1,
  '__main__ > kinds.flaky (0)': 1,
  'kinds.parent > kinds.leaf (0)': 3,
  'kinds.threads > kinds.leaf (0)': 1,
  '__main__ > kinds.Plain.__init__ (1)': 2,
  '__main__ > kinds.Plain.add (2)': 2,
  'kinds.flaky > kinds.Plain.add (2)': 2,
  '__main__ > kinds.Plain.nested (2)': 1,
  'kinds.Plain.nested > kinds.leaf (0)': 1,
  '__main__ > kinds.Plain.static (2)': 1,
  '__main__ > kinds.Plain.items (2)': 1,
  '__main__ > kinds.Plain.fails (2)': 1,
  '__main__ > kinds.Plain.leave (2)': 1,
  '__main__ > kinds.Async.__init__ (1)': 1,
  '__main__ > kinds.Async.nested (2)': 3,
  'kinds.Async.nested > kinds.leaf (0)': 3,
  '__main__ > kinds.Async.sync (2)': 1,
  '__main__ > kinds.Async.items (2)': 1,
  '__main__ > kinds.Async.fails (2)': 1,
  '__main__ > kinds.Async.failing_items (2)': 1,
  '__main__ > kinds.Threaded.__init__ (1)': 1,
  '__main__ > kinds.Threaded.work (2)': 3,
  'kinds.Threaded.work > kinds.leaf (0)': 3,
  '__main__ > kinds.Grouped.__init__ (1)': 1,
  '__main__ > kinds.Grouped.read (2)': 1,
  '__main__ > kinds.Grouped.other (2)': 1,
  '__main__ > kinds.Broken.__init__ (1)': 1,
});

const ENDS = expand({
  __main__: 1,
  'kinds.leaf': 14,
  'kinds.parent': 1,
  'kinds.threads': 1,
  'kinds.pair': 1,
  'kinds.silent': 1,
  'kinds.gpu': 4,
  'kinds.items': 1,
  'kinds.fails: ValueError: no such row': 1,
  "kinds.failing_items: KeyError: 'second'": 1,
  'kinds.flaky: RuntimeError: try again': 1,
  'kinds.flaky': 1,
  'kinds.Plain.__init__': 2,
  'kinds.Plain.add': 4,
  'kinds.Plain.nested': 1,
  'kinds.Plain.static': 1,
  'kinds.Plain.items': 1,
  "kinds.Plain.fails: KeyError: 'k'": 1,
  'kinds.Plain.leave: SystemExit: exit_actor() is called.': 1,
  'kinds.Async.__init__': 1,
  'kinds.Async.nested': 3,
  'kinds.Async.sync': 1,
  'kinds.Async.items': 1,
  'kinds.Async.fails: RuntimeError: async': 1,
  'kinds.Async.failing_items: RuntimeError: second': 1,
  'kinds.Threaded.__init__': 1,
  'kinds.Threaded.work': 3,
  'kinds.Grouped.__init__': 1,
  'kinds.Grouped.read': 1,
  'kinds.Grouped.other': 1,
  'kinds.Broken.__init__: ValueError: init': 1,
});

function expand(counts: Record<string, number>): string[] {
  return Object.entries(counts)
    .flatMap(([what, count]) => Array<string>(count).fill(what))
    .sort();
}
