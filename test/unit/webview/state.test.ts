import { describe, expect, it } from 'vitest';
import { sortFunctions } from '../../../webview/functionsTable';
import { clockAhead, initialNav, restoreNav, Store } from '../../../webview/state';
import { openStates, segments, settled, stateWords } from '../../../webview/taskStates';
import {
  counts,
  failedView,
  nodes,
  runInfo,
  runningFunctions,
  runningView,
  START_MS,
  view,
} from '../../browser/sampleRun';

describe('what is looked at', () => {
  it('comes back as it was saved', () => {
    let saved: unknown = null;
    const store = new Store(initialNav, (state) => (saved = JSON.parse(JSON.stringify(state))));
    store.setNav({ runId: 'r', selected: 'f', sort: { column: 'p50', descending: true } });
    store.setData({ actionFailure: { code: 'cancelled' } });
    expect(restoreNav(saved)).toEqual(store.nav);
    expect(JSON.stringify(saved)).not.toContain('actionFailure');
  });

  it.each([null, 'text', {}, { version: 0, runId: 'r' }])('starts anew from %j', (saved) => {
    expect(restoreNav(saved)).toEqual(initialNav);
  });
});

describe('the engine’s clock', () => {
  const newest = START_MS + 9_000;
  const live = view(runInfo({ kind: 'running' }), { nodes: nodes(10) });

  it('is believed when it is far off, and taken for delay when near', () => {
    expect(clockAhead(live, newest + 2_000)).toBe(0);
    expect(clockAhead(live, newest + 3_600_000)).toBe(-3_600_000);
    expect(clockAhead(view(runInfo({ kind: 'running' })), newest)).toBe(0);
  });
});

describe('the table’s order', () => {
  const names = (sort: Parameters<typeof sortFunctions>[1]) =>
    sortFunctions(runningFunctions(), sort).map((fn) => fn.name);

  it('has errors first, and by a column its largest', () => {
    expect(names(null).slice(0, 3)).toEqual(['augment', 'pipeline.py', 'read']);
    expect(names({ column: 'total', descending: true })[0]).toBe('read');
    expect(names({ column: 'name', descending: false })[0]).toBe('augment');
    expect(names({ column: 'p95', descending: true })[0]).toBe('augment');
  });
});

describe('states of tasks', () => {
  it('fill the bar, and none that is there is too thin to see', () => {
    const parts = segments(counts(100_000, 1, 0, 3));
    expect(parts.map((part) => part.state)).toEqual(['finished', 'failed', 'waiting']);
    expect(parts.reduce((sum, part) => sum + part.size, 0)).toBeCloseTo(1);
    expect(Math.min(...parts.map((part) => part.size))).toBeGreaterThan(0.01);
    expect(segments(counts(0))).toEqual([]);
  });

  it('say what is open, and that what is open at the end never finished', () => {
    const running = runningView().run;
    expect(openStates(counts(10, 2, 4, 37), stateWords(running))).toEqual([
      '2 failed',
      '4 running',
      '37 waiting',
    ]);
    expect(openStates(counts(10), stateWords(running))).toEqual(['finished']);
    const ended = settled(failedView());
    expect(ended.run.taskCounts).toMatchObject({ running: 0, waiting: 88 });
    expect(openStates(ended.run.taskCounts, stateWords(ended.run))).toEqual([
      '2 failed',
      '88 never finished',
    ]);
  });
});
