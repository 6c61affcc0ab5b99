import { describe, expect, it } from 'vitest';
import { findMistakes } from '../../../simulator/trace/findings';
import { Program } from './build';
import { T0_MS, taskId } from './synthetic';

interface Run {
  /** Of each of the two readers, of every second. */
  waitsMs: number;
  /** How many tasks of Ray Data run at a time. */
  busy: number;
}

const CPUS = 4;
const SECONDS = 10;

/** Two tasks that read for ten seconds what Ray Data prepares. */
function run({ waitsMs, busy }: Run): Program {
  const program = new Program();
  const facts = { state: 'alive', rayNodeId: 'n', gpus: 0, gpusSimulated: false, memoryBytes: 1e9 } as const;
  program.apply({ type: 'node', nodeIndex: 0, node: { ...facts, name: 'head', cpus: CPUS } });
  const untilMs = SECONDS * 1000;
  for (let cpu = 0; cpu < busy; cpu++) {
    const task = taskId(100 + cpu);
    const what = { task, parent: taskId(0), kind: 'task', function: 'ray.data.Map(decode)' } as const;
    program.apply({ type: 'submitted', ...what, timeMs: T0_MS, cpus: 1, deps: [] });
    const where = { node: '0', worker: `w${cpu}`, pid: 1, runDelayMs: 0 };
    const times = { startMs: T0_MS, timeMs: T0_MS + untilMs, cpuMs: untilMs };
    program.apply({ type: 'ended', task, ...where, ...times, error: null });
  }
  for (const reader of [0, 1]) {
    const task = program.ran({
      fn: 'train',
      at: [0, 0, untilMs],
      worker: `t${reader}`,
      cpus: 0,
      cpuMs: 5000,
    });
    for (let second = 0; second < SECONDS; second++) {
      const startMs = T0_MS + second * 1000;
      const kind = second === 0 ? 'first-data' : 'data';
      const site = { file: '/w/m.py', line: 20 };
      program.apply({ type: 'waited', task, kind, startMs, endMs: startMs + waitsMs, on: [], site });
    }
  }
  return program;
}

const found = (made: Run) => findMistakes(run(made).store).filter(({ kind }) => kind === 'waits-for-data');

describe('training that waits for its data', () => {
  it('is told to get more CPUs where all are busy', () => {
    const [finding, ...rest] = found({ waitsMs: 620, busy: 4 });
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      function: 'm.train',
      site: { file: '/w/m.py', line: 20 },
      // The readers had their last data 380 ms before their end.
      evidence: { readers: 2, waitedPct: 64, waitedMs: 6200, firstMs: 620, busyCpus: 4, cpus: 4 },
    });
    expect(finding!.words).toMatch(
      /^The 2 tasks of `train` waited for data for 64 % .*6\.2 s each, of these 0\.6 s .* ingest-bound\. .*`Map\(decode\)` .* 4 of 4 CPUs .* more CPUs for it/,
    );
  });

  it('is not told to get more where most have nothing to do', () => {
    const [finding] = found({ waitsMs: 620, busy: 1 });
    expect(finding!.words).toMatch(/1 of 4 CPUs busy\. So more CPUs alone will not make it faster/);
  });

  it('is none that sets the pace itself', () => {
    expect(found({ waitsMs: 200, busy: 4 })).toEqual([]);
  });

  it('is none where nobody is known to have made the data', () => {
    expect(found({ waitsMs: 620, busy: 0 })).toEqual([]);
  });
});
