/** The timeline, the task table, the graph's tasks, and what joins them: one selection, the source, the keyboard. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Params } from '../../simulator/protocol';
import type { TimeWindow } from '../../webview/timeline/timeScale';
import { eachWithEngine, engine, openRun, page } from './page';
import { textLog } from './playback';
import { earlierRun, findings, libraries } from './sampleExtras';
import * as sample from './sampleRun';
import { pipelineTrace, taskId } from './sampleTrace';

eachWithEngine((engine) => {
  engine.log = textLog(sample.LOG_TEXT);
  engine.trace = pipelineTrace();
  engine.show(sample.tracedView(engine.trace));
});

beforeEach(async () => {
  await openRun();
  await page.getByRole('tab', { name: 'Timeline' }).waitFor();
});

const tab = (name: string) => page.getByRole('tab', { name, exact: true });
const canvas = () => page.locator('.timeline > canvas');
const rows = () => page.locator('.task-row[data-index]');
const names = () => page.locator('.task-name').allTextContents();
const details = () => page.locator('.task-details');
const fnRow = (name: string) => page.locator('.functions tbody tr').filter({ hasText: name });
const node = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}, `) });
/** What the timeline has asked about. */
const windows = () =>
  engine.asked.flatMap(({ method, params }) =>
    method === 'runs.timeline' ? [(params as Params<'runs.timeline'>).query] : [],
  );
const spanMs = ({ fromMs, toMs }: TimeWindow) => toMs - fromMs;
const narrowest = () => windows().reduce((a, b) => (spanMs(b) < spanMs(a) ? b : a));
const eventually = (probe: () => unknown, what: string) =>
  expect.poll(probe, { timeout: 15_000, message: what });

describe('the task table', () => {
  beforeEach(async () => {
    await tab('Tasks').click();
    await rows().first().waitFor();
  });

  it('has the failed ones first', async () => {
    await eventually(
      async () => (await page.locator('.col-state').allTextContents()).slice(1, 5),
      'states',
    ).toEqual(['failed', 'failed', 'failed', 'finished']);
    await expect.poll(() => rows().first().textContent()).toContain('cannot distort an image');
    await expect.poll(() => page.locator('.task-count').textContent()).toBe('1,200 tasks');
  });

  it('is narrowed by text, state and node together, and cleared again', async () => {
    await page.getByRole('searchbox', { name: 'Filter tasks' }).fill('augm');
    await eventually(() => page.locator('.task-count').textContent(), 'by text').toBe('300 of 1,200 tasks');
    await page.getByRole('combobox', { name: 'State' }).selectOption('failed');
    await eventually(() => page.locator('.task-count').textContent(), 'by state').toBe('3 of 1,200 tasks');
    await page.getByRole('searchbox', { name: 'Filter tasks' }).fill('no such thing');
    await page.getByText('No task passes this filter.').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await eventually(() => page.locator('.task-count').textContent(), 'all').toBe('1,200 tasks');
  });

  it('finds a task by its error and by its id', async () => {
    const filter = page.getByRole('searchbox', { name: 'Filter tasks' });
    await filter.fill('distort an image');
    await eventually(() => page.locator('.task-count').textContent(), 'by error').toBe('3 of 1,200 tasks');
    await filter.fill(engine.trace.tasks.id(5).slice(0, 12));
    await eventually(() => page.locator('.task-count').textContent(), 'by id').toBe('1 of 1,200 tasks');
  });

  it('sorts all tasks, not only those in sight', async () => {
    await page.getByRole('button', { name: 'Ran', exact: true }).click();
    const { startMs, endMs, size, kind } = engine.trace.tasks;
    let longest = 0;
    for (let row = 0; row < size; row++)
      if (kind[row] !== 0) longest = Math.max(longest, endMs[row]! - startMs[row]!);
    await eventually(() => rows().first().locator('.col-duration').textContent(), 'the longest').toBe(
      `${Math.round(longest)} ms`,
    );
    await page.getByRole('button', { name: 'Ran', exact: true }).click();
    await eventually(async () => (await names())[0], 'the shortest').toBe('Scores.add');
  });

  it('holds what is in sight and little more, at any place', async () => {
    await page.locator('.task-scroll').evaluate((element) => (element.scrollTop = element.scrollHeight));
    await eventually(() => rows().last().getAttribute('data-index'), 'the last row').toBe('1199');
    expect(await rows().count()).toBeLessThan(60);
  });

  it('shows a new task without a reload', async () => {
    engine.trace = pipelineTrace(310);
    engine.show(sample.tracedView(engine.trace));
    await eventually(() => page.locator('.task-count').textContent(), 'more tasks').toBe('1,240 tasks');
  });
});

describe('one selection', () => {
  it('goes from a task in the table to its function, its details and the timeline', async () => {
    await tab('Tasks').click();
    await rows().first().click();
    await expect.poll(() => fnRow('augment').getAttribute('aria-selected')).toBe('true');
    await expect.poll(() => details().textContent()).toContain('failed on');
    await expect.poll(() => details().textContent()).toContain('for data from');
    await tab('Timeline').click();
    await canvas().focus();
    await page.keyboard.press('f');
    await eventually(() => spanMs(narrowest()), 'its time, brought near').toBeLessThan(4_000);
    expect(narrowest().fromMs).toBeLessThan(sample.START_MS + 10_500);
    expect(narrowest().toMs).toBeGreaterThan(sample.START_MS + 10_500);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(`${sample.SCRIPT}:66`);
  });

  it('goes from a function in the graph to the task table', async () => {
    await node('train').click();
    await tab('Tasks').click();
    await eventually(() => page.locator('.task-count').textContent(), 'only its tasks').toBe(
      '300 of 1,200 tasks',
    );
    await eventually(async () => new Set(await names()), 'only its tasks').toEqual(new Set(['train']));
  });

  it('goes from a slice of the timeline to the task', async () => {
    await tab('Timeline').click();
    await clickSlice();
    await eventually(() => details().count(), 'details').toBe(1);
    await tab('Task graph').click();
    await expect.poll(() => page.locator('.node.selected').count()).toBe(1);
  });
});

/** A task in the middle of the run on the second worker, brought near first. */
async function clickSlice(): Promise<void> {
  await page.waitForTimeout(400);
  const box = (await canvas().boundingBox())!;
  const y = box.y + 22 + 2 + 17 + 24 + 3 * 22 + 17 + 8;
  await page.mouse.move(box.x + box.width / 2, y);
  for (let i = 0; i < 6; i++) await page.mouse.wheel(0, -400);
  await page.waitForTimeout(400);
  for (let x = box.x + 180; x < box.x + box.width - 20; x += 20) {
    await page.mouse.move(x, y);
    await page.waitForTimeout(60);
    if (await page.locator('.timeline-tip').isVisible()) {
      await page.mouse.click(x, y);
      return;
    }
  }
  throw new Error('No task on the lane');
}

describe('the timeline of a run that has ended', () => {
  it('has its tasks at once, with nobody touching anything', async () => {
    const state = { kind: 'succeeded' } as const;
    engine.show(sample.tracedView(engine.trace, { state, endMs: sample.START_MS + 74_000 }));
    await page.getByText('Succeeded', { exact: true }).waitFor();
    expect(windows()).toEqual([]);
    await tab('Timeline').press('Enter');
    await eventually(() => windows().length, 'questions for tasks').toBeGreaterThan(0);
  });
});

describe('the timeline', () => {
  beforeEach(async () => {
    await tab('Timeline').click();
    await page.waitForTimeout(500);
  });

  it('says in words what is under the pointer', async () => {
    await clickSlice();
    await eventually(() => page.locator('.timeline-tip').textContent(), 'words').toMatch(/ran \d+/);
    await expect.poll(() => page.locator('.timeline-tip').textContent()).toContain('on head, pid 4101');
  });

  it('asks for more detail where one comes nearer, and for little', async () => {
    await eventually(() => windows().length, 'the first look').toBeGreaterThan(0);
    const before = { questions: windows().length, window: narrowest() };
    await canvas().focus();
    for (let i = 0; i < 12; i++) await page.keyboard.press('w');
    await eventually(() => narrowest().binMs, 'more detail').toBeLessThan(before.window.binMs / 10);
    await page.waitForTimeout(500);
    // For little of the run, and not once for each press.
    expect(spanMs(narrowest())).toBeLessThan(spanMs(before.window) / 10);
    expect(windows().length - before.questions).toBeLessThan(12);
  });

  it('finds a task by its error', async () => {
    await canvas().focus();
    await page.keyboard.press('/');
    await page.getByRole('searchbox', { name: 'Find in the timeline' }).fill('cannot distort');
    await page.keyboard.press('Enter');
    await eventually(() => details().textContent(), 'the first that failed').toContain('failed on');
    const first = await details().locator('h3').getAttribute('title');
    await page.keyboard.press('Enter');
    await eventually(() => details().locator('h3').getAttribute('title'), 'the second').not.toBe(first);
  });

  it('goes from task to task by arrow keys and opens the source', async () => {
    await canvas().focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('w');
    await page.waitForTimeout(400);
    await page.keyboard.press('ArrowRight');
    await eventually(() => details().count(), 'a task').toBe(1);
    const first = await details().locator('h3').getAttribute('title');
    await page.waitForTimeout(300);
    await page.keyboard.press('ArrowRight');
    await eventually(() => details().locator('h3').getAttribute('title'), 'the next').not.toBe(first);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(`${sample.SCRIPT}:`);
  });

  it('goes a task further with each press of an arrow key, however quickly they come', async () => {
    const title = () => details().locator('h3').getAttribute('title');
    await canvas().focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('w');
    await page.waitForTimeout(400);
    const slowly: (string | null)[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('ArrowRight');
      await eventually(title, 'another').not.toBe(slowly.at(-1));
      slowly.push(await title());
    }
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowLeft');
    await eventually(title, 'the first again').toBe(slowly[0]);
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowRight');
    await eventually(title, 'the third again').toBe(slowly[2]);
    // What is looked at now is a tenth of what lies between two of them, and holds none.
    for (let i = 0; i < 15; i++) await page.keyboard.press('w');
    await page.keyboard.press('ArrowLeft');
    await eventually(title, 'the one before, out of sight').toBe(slowly[1]);
    await page.keyboard.press('ArrowLeft');
    await eventually(title, 'the first, out of sight').toBe(slowly[0]);
    await page.keyboard.press('ArrowRight');
    await eventually(title, 'and back').toBe(slowly[1]);
    expect(spanMs(narrowest())).toBeLessThan(300);
  });

  it('tells of a fault where its flag is', async () => {
    const box = (await canvas().boundingBox())!;
    const words = 'node 1 was killed; 2 tasks ran there.';
    const view = sample.tracedView(engine.trace);
    const mark = { timeMs: sample.START_MS + 37_000, node: 1, kind: 'kill' as const, words, runningTasks: 2 };
    engine.show({ ...view, marks: [mark] });
    await page.waitForTimeout(500);
    for (let x = box.x + 132; x < box.x + box.width; x += 5) {
      await page.mouse.move(x, box.y + 14);
      await page.waitForTimeout(25);
      if (await page.getByText(words).isVisible()) return;
    }
    throw new Error('No flag');
  });
});

describe('the graph', () => {
  it('has data edges with their sizes, and parent edges only where no data goes', async () => {
    await node('train').waitFor();
    await expect.poll(() => page.locator('.edge.data').count()).toBe(3);
    await expect.poll(() => page.locator('.edge.parent').count()).toBe(1);
    await expect
      .poll(() => page.locator('.edge.data title').allTextContents())
      .toContain('300 results of read went into augment, 172 MiB in all');
  });

  it('says when only parents are known', async () => {
    const view = sample.tracedView(engine.trace);
    engine.show({ ...view, graph: { ...view.graph, dataEdges: [] }, source: 'state-api' });
    await page.getByText('Dashed: who submitted whom.').waitFor();
    await expect.poll(() => page.locator('.edge.parent').count()).toBe(4);
  });

  it('has a node of its own for what a task submitted itself', async () => {
    const { tasks } = engine.trace;
    const train = [...tasks.fn].findIndex((fn) => tasks.functions.values[fn] === '__main__.train');
    const kinds = { kind: 'task', function: '__main__.augment', parent: tasks.id(train) } as const;
    for (const n of [1, 2, 3]) {
      const timeMs = sample.START_MS + 9000 + n;
      engine.trace.apply({ type: 'submitted', task: taskId(90_000 + n), timeMs, ...kinds });
    }
    engine.show(sample.tracedView(engine.trace));
    await eventually(() => node('augment').count(), 'the second node').toBe(2);
    const inner = page.getByRole('button', { name: /^augment, .*submitted by train/ });
    expect(await inner.textContent()).toContain('by train');
    await inner.click();
    // One selection: both are the function that is selected.
    await expect.poll(() => page.locator('.node.selected').count()).toBe(2);
    await page.keyboard.press('e');
    const tiles = page.getByRole('region', { name: 'Tasks of augment' }).locator('.tile');
    await eventually(() => tiles.count(), 'tiles').toBe(3);
  });

  it('opens a function into its tasks, and a tile into its task', async () => {
    await node('augment').click();
    await page.keyboard.press('e');
    const tiles = page.getByRole('region', { name: 'Tasks of augment' }).locator('.tile');
    await eventually(() => tiles.count(), 'tiles').toBe(300);
    await page.locator('.tile.bar-failed').first().click();
    await eventually(() => details().textContent(), 'the task').toContain('cannot distort an image');
  });

  it('shows one task with what it needed and what came of it', async () => {
    await tab('Tasks').click();
    await rows().nth(4).click();
    await page.getByRole('button', { name: 'Show its neighbours in the graph' }).click();
    const tasks = page.locator('.task-node');
    await eventually(() => tasks.count(), 'its neighbours').toBe(5);
    await page.locator('.task-node', { hasText: 'read' }).click();
    await eventually(() => details().locator('h3').textContent(), 'another task').toContain('read');
    await page.getByRole('button', { name: 'All functions' }).click();
    await node('train').waitFor();
  });

  it('lights the critical path and says what it is made of', async () => {
    await node('train').click();
    await page.keyboard.press('c');
    await eventually(() => page.locator('.graph-notes').textContent(), 'words').toMatch(
      /Critical path: \d+ tasks in/,
    );
    await expect.poll(() => page.locator('.node.critical').count()).toBeGreaterThan(1);
  });
});

describe('a task', () => {
  beforeEach(async () => {
    await tab('Tasks').click();
    await rows().first().click();
    await details().waitFor();
  });

  it('leads to where it is defined and where it was called', async () => {
    await details().getByRole('button', { name: 'pipeline.py:66' }).click();
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(`${sample.SCRIPT}:66`);
    await page.keyboard.press('Escape');
    await details().getByRole('button', { name: 'pipeline.py:140' }).click();
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(`${sample.SCRIPT}:140`);
  });

  it('leads to what its process printed', async () => {
    const button = details().getByRole('button', { name: /Lines of pid/ });
    const pid = /\d+/.exec((await button.textContent())!)![0];
    engine.log = textLog(`${sample.LOG_TEXT}(augment pid=${pid}) hello\n(train pid=1) bye\n`);
    engine.show(sample.tracedView(engine.trace));
    await page.getByText('(train pid=1) bye').waitFor();
    await button.click();
    await eventually(() => page.locator('.log-row').allTextContents(), 'its lines').toEqual([
      expect.stringContaining('hello'),
    ]);
  });
});

describe('what else the run tells', () => {
  it('has Ray’s libraries by their own terms, only when they are used', async () => {
    await expect.poll(() => tab('Libraries').count()).toBe(0);
    const view = sample.tracedView(engine.trace);
    const [served] = view.functions.slice(1);
    const request = { ...served!, id: 's', fullName: 'ray.serve.app.Model.handle_request', waitP50Ms: 12 };
    engine.show({ ...view, functions: [...view.functions, request], libraries: libraries() });
    await tab('Libraries').click();
    const data = page.getByRole('region', { name: 'Data dataset_1' });
    await expect.poll(() => data.textContent()).toContain('MapBatches(normalise)');
    await expect.poll(() => data.textContent()).toContain('48 of 64');
    await expect
      .poll(() => page.getByRole('region', { name: 'Serve app' }).textContent())
      .toContain('Router ingress');
    const model = page.getByRole('region', { name: 'Serve app' }).getByRole('row', { name: /^Model/ });
    expect(await model.textContent()).toContain('12.0 ms');
    const training = page.getByRole('region', { name: 'Train mnist' });
    expect(await training.textContent()).not.toContain('dead');
    const trials = page.getByRole('region', { name: 'Tune trials' });
    expect(await trials.textContent()).toContain('2 trials, 30 iterations');
    expect(await trials.getByRole('row').allInnerTexts()).toEqual([
      expect.stringMatching(/Trial\s+Iterations\s+accuracy\s+loss/),
      expect.stringMatching(/ab1_00001\s+27\s+0\.9733\s+1\.2e-7/),
      expect.stringMatching(/ab1_00000\s+3\s+0\.214\s/),
    ]);
  });

  it('has what stands out, with its line', async () => {
    engine.show({ ...sample.tracedView(engine.trace), findings: findings() });
    await page.getByRole('tab', { name: /What stands out/ }).click();
    await page.getByText('Waits for one result at a time').waitFor();
    await page.locator('.finding').getByRole('button', { name: 'pipeline.py:150' }).click();
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(`${sample.SCRIPT}:150`);
  });

  it('is compared with the run before, and with another', async () => {
    const before = earlierRun();
    const other = { ...before, info: { ...before.info, id: 'other', script: '/home/me/other.py' } };
    engine.runs = [other.info, before.info];
    for (const one of [before, other]) engine.earlier.set(one.info.id, one);
    await tab('Compare').click();
    const augment = page.locator('.compare-table').getByRole('row', { name: /^augment/ });
    await eventually(() => augment.textContent(), 'what got slower').toMatch(/ran \d+ ms longer a task/);
    expect(engine.lastAsked('runs.compare')).toMatchObject({ a: 'earlier', b: sample.RUN_ID });
    await expect.poll(() => page.locator('.compare-cluster').textContent()).toContain('one node');
    await page.getByLabel('Compared with').selectOption({ index: 1 });
    await eventually(() => engine.lastAsked('runs.compare'), 'the other').toMatchObject({ a: 'other' });
    await augment.getByRole('button', { name: 'augment' }).click();
    await expect.poll(() => fnRow('augment').getAttribute('aria-selected')).toBe('true');
  });

  it('fills the page with one view and gives it back', async () => {
    const width = async () => (await page.locator('.graph-pane').boundingBox())!.width;
    const before = await width();
    await page.getByRole('button', { name: 'Fill the page' }).click();
    await eventually(width, 'the whole width').toBeGreaterThan(before * 1.5);
    await page.keyboard.press('m');
    await eventually(width, 'the pane').toBe(before);
  });
});
