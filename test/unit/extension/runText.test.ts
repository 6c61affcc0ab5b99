import { describe, expect, it } from 'vitest';
import { lensTexts } from '../../../extension/lensText';
import { runRows, stateText } from '../../../extension/runText';
import type { RunInfo } from '../../../simulator/model/run';
import { aRun, NOW_MS } from './sampleData';

const counts = { total: 100, waiting: 80, running: 8, finished: 11, failed: 1 };
const ended = { startMs: NOW_MS - 5000, endMs: NOW_MS - 1600 };
const problem = { message: 'ValueError: no such row\nmore', frames: [], at: null };
const failed: Partial<RunInfo> = {
  ...ended,
  state: { kind: 'failed', failure: { code: 'run-failed', exitCode: 1, error: null } },
};

describe('the state of a run in words', () => {
  const cases: [words: string, run: Partial<RunInfo>][] = [
    ['starting head', { state: { kind: 'preparing', step: 'starting head' } }],
    ['running', {}],
    ['running · 12/100 tasks', { taskCounts: counts }],
    ['stopping', { state: { kind: 'stopping' } }],
    ['succeeded in 3.40 s · 100 tasks', { ...ended, state: { kind: 'succeeded' }, taskCounts: counts }],
    ['cancelled after 3.40 s', { ...ended, state: { kind: 'cancelled' } }],
    ['cancelled', { state: { kind: 'cancelled' }, startMs: null }],
    ['failed: The script ended with exit code 1.', failed],
    ['failed: ValueError: no such row', { ...failed, problems: [problem] }],
    [
      'failed: No Python was found.',
      { state: { kind: 'failed', failure: { code: 'python-not-found', tried: [] } } },
    ],
  ];
  it.each(cases)('%s', (words, run) => {
    expect(stateText(aRun(run))).toBe(words);
  });
});

describe('rows of runs', () => {
  it('come newest first, with the name that stays and ids that commands take', () => {
    const rows = runRows([aRun({ id: 'old', createdMs: 1 }), aRun({ id: 'new', createdMs: 2 })], NOW_MS);
    expect(rows.map((row) => row.id)).toEqual(['run:new', 'run:old']);
    expect(rows[0]).toMatchObject({
      label: 'pipeline.py',
      runId: 'new',
      clusterId: 'c1',
      context: 'run.live',
    });
  });

  it('say how long ago only once they have ended', () => {
    const [live] = runRows([aRun()], NOW_MS);
    const [over] = runRows([aRun({ ...ended, state: { kind: 'succeeded' } })], NOW_MS);
    expect(live?.description).toBe('running');
    expect(over?.description).toBe('succeeded in 3.40 s · 1 min ago');
    expect(over?.context).toBe('run.ended');
    expect(over?.spoken).toBe('pipeline.py, succeeded in 3.40 s, started 1 min ago');
  });

  it('keep foreign text from becoming Markdown', () => {
    const [row] = runRows(
      [aRun({ args: ['[x](command:evil)', '`'], notices: ['*.env* is uploaded'] })],
      NOW_MS,
    );
    expect(row?.tooltip).toContain('\\[x\\]\\(command:evil\\)');
    expect(row?.tooltip).toContain('$(warning) \\*\\.env\\* is uploaded');
  });
});

describe('lenses', () => {
  const titles = (run?: Partial<RunInfo>) => lensTexts(run && aRun(run)).map((lens) => lens.title);

  it('offer to run, and show what became of the last run', () => {
    expect(titles()).toEqual(['▶ Run on cluster', '🐞 Debug on cluster']);
    expect(titles({ ...ended, state: { kind: 'succeeded' } })).toEqual([
      '▶ Run on cluster',
      '🐞 Debug on cluster',
      '$(pass)\u00a0succeeded in 3.40 s',
    ]);
    expect(titles({ ...failed, problems: [problem] })).toEqual([
      '▶ Run on cluster',
      '🐞 Debug on cluster',
      '$(error)\u00a0failed: ValueError: no such row',
    ]);
  });

  it('offer to debug a task that failed again where its arguments are kept', () => {
    const again = { ...failed, problems: [problem], taskCounts: counts, keptTasks: 1 };
    expect(titles(again)).toContain('↻ Debug failed task');
    expect(titles({ ...again, keptTasks: 0 })).not.toContain('↻ Debug failed task');
  });

  it('offer to cancel what is alive and not stopping yet', () => {
    expect(titles({ taskCounts: counts })).toEqual(['■ Cancel', '$(sync~spin)\u00a0running · 12/100 tasks']);
    expect(titles({ state: { kind: 'stopping' } })).toEqual(['$(sync~spin)\u00a0stopping']);
  });

  it('stay short', () => {
    const long = { ...problem, message: `ValueError: ${'x'.repeat(500)}` };
    const lens = lensTexts(aRun({ ...failed, problems: [long] })).at(-1);
    expect(lens?.title.length).toBeLessThan(120);
    expect(lens).toMatchObject({ command: 'heliostat.openRun', runId: aRun().id });
  });
});
