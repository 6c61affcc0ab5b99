/** What brings slices and pages of tasks from the engine, while the engine does not answer. */
import { describe, expect, it } from 'vitest';
import type { TaskList, TimelineLanes, TimelineSlices } from '../../../simulator/model/views';
import type { Ask } from '../../../webview/ask';
import { TaskPages } from '../../../webview/tasks/taskPages';
import { SliceLoader } from '../../../webview/timeline/sliceLoader';

/** Far more than is allowed: from here on it is silent, so that a loop without end becomes a failure. */
const MANY = 100;

/** Says no at once, as the session does without a connection, until it is mended. */
class Line {
  asked: string[] = [];
  isMended = false;

  constructor(private readonly answers: Record<string, unknown>) {}

  readonly ask = ((method: string, { id }: { id: string }) => {
    this.asked.push(id);
    if (this.asked.length > MANY) return new Promise(() => undefined);
    return this.isMended
      ? Promise.resolve(this.answers[method])
      : Promise.reject(new Error('There is no connection to the engine.'));
  }) as unknown as Ask;
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('the slices of the timeline', () => {
  const lanes: TimelineLanes = {
    version: 1,
    fromMs: 0,
    toMs: 1000,
    lanes: [{ kind: 'driver', node: null, worker: 'd', pid: 1, tasks: 1 }],
  } as unknown as TimelineLanes;
  const slices = { fromMs: -1e6, toMs: 1e6, firstLane: 0, lastLane: 100 } as unknown as TimelineSlices;
  const sight = { window: { fromMs: 0, toMs: 1000 }, widthPx: 500, firstLane: 0, lastLane: 1 };
  const loaderOn = ({ ask }: Line) =>
    new SliceLoader(
      ask,
      () => sight,
      () => undefined,
    );

  it('are asked for once a draw while the engine is away, and come when it is back', async () => {
    const line = new Line({ 'runs.lanes': lanes, 'runs.timeline': slices });
    const loader = loaderOn(line);
    for (let draw = 1; draw <= 3; draw++) {
      loader.show('a', 1);
      await soon();
      expect(line.asked).toHaveLength(draw);
    }
    line.isMended = true;
    loader.show('a', 1);
    await soon();
    expect(loader.lanes).not.toBeNull();
    expect(loader.far).not.toBeNull();
    expect(line.asked.length).toBeLessThan(MANY);
  });

  it('of another run are asked for when the question about the one before fails', async () => {
    const line = new Line({});
    const loader = loaderOn(line);
    loader.show('a', 1);
    loader.show('b', 1);
    await soon();
    expect(line.asked).toEqual(['a', 'b']);
  });

  it('are waited for by what a key does with them', async () => {
    const line = new Line({ 'runs.lanes': lanes, 'runs.timeline': slices });
    const loader = loaderOn(line);
    line.isMended = true;
    loader.show('a', 1);
    const seen: string[] = [];
    const see = (what: string) => async (): Promise<void> => {
      expect(loader.near).not.toBeNull();
      seen.push(what);
      await soon();
      seen.push(`after ${what}`);
    };
    loader.whenThere(see('one'));
    loader.whenThere(see('two'));
    expect(seen).toEqual([]);
    for (let n = 0; n < 4; n++) await soon();
    expect(seen).toEqual(['one', 'after one', 'two', 'after two']);
    loader.whenThere(see('at once'));
    expect(seen.at(-1)).toBe('at once');
  });
});

describe('the pages of the task table', () => {
  const order = { filter: { text: '', functionId: null, state: null, node: null }, sort: null };
  const list: TaskList = { tasks: [], matching: 0, total: 0 } as unknown as TaskList;

  it('are asked for once a draw while the engine is away, and come when it is back', async () => {
    const line = new Line({ 'runs.taskList': list });
    const pages = new TaskPages(line.ask, () => undefined);
    for (let draw = 1; draw <= 3; draw++) {
      pages.show('a', 1, order);
      await soon();
      expect(line.asked).toHaveLength(draw);
    }
    line.isMended = true;
    pages.show('a', 1, order);
    await soon();
    expect(pages.isKnown).toBe(true);
    expect(line.asked).toHaveLength(4);
  });

  it('in another order are asked for when the question before fails', async () => {
    const line = new Line({});
    const pages = new TaskPages(line.ask, () => undefined);
    pages.show('a', 1, order);
    pages.show('a', 1, { ...order, sort: { column: 'name', descending: false } });
    await soon();
    expect(line.asked).toHaveLength(2);
  });
});
