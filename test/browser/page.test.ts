/** What the page does: draws what the engine tells, follows it, and turns gestures into requests. */
import { beforeEach, describe, expect, it } from 'vitest';
import { eachWithEngine, engine, isLostConnection, openRun, page } from './page';
import { textLog } from './playback';
import * as sample from './sampleRun';
import { pipelineTrace } from './sampleTrace';

eachWithEngine((engine) => {
  engine.log = textLog(sample.LOG_TEXT);
  engine.runs = [sample.runningView().run];
  engine.clusters = [sample.cluster()];
  engine.show(sample.runningView());
}, isLostConnection);

beforeEach(async () => {
  await openRun();
  await node('train').waitFor();
});

const node = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}, `) });
const row = (name: string) => page.locator('.functions tbody tr').filter({ hasText: name });
const eventually = (probe: () => unknown, what: string) =>
  expect.poll(probe, { timeout: 10_000, message: what });

describe('the task graph', () => {
  it('has a node with its counts for every function, and an edge for every parent', async () => {
    await expect.poll(() => page.locator('.node').count()).toBe(7);
    await expect.poll(() => page.locator('.edge').count()).toBe(6);
    await expect.poll(() => node('augment').textContent()).toContain('1,204');
    await expect.poll(() => node('augment').textContent()).toContain('2 failed');
    await expect.poll(() => node('train').textContent()).toContain('1 GPU · simulated');
    await expect.poll(() => node('augment').getAttribute('class')).toContain('has-failed');
  });

  it('takes over new counts without moving a node', async () => {
    const before = await positions();
    const view = sample.runningView();
    const functions = view.functions.map((fn) => ({
      ...fn,
      counts: fn.name === 'read' ? sample.counts(2400, 0, 1, 3) : fn.counts,
    }));
    engine.show({ ...view, functions });
    await eventually(() => node('read').textContent(), 'the new count').toContain('2,404');
    expect(await positions()).toEqual(before);
  });

  it('puts a new function beside the old ones, which stay', async () => {
    const before = await positions();
    const view = sample.runningView();
    const functions = [...view.functions, sample.sampleFunction('report', { counts: sample.counts(1) })];
    const edge = { from: '__main__.train', to: '__main__.report', count: 1 };
    engine.show({ ...view, functions, graph: sample.graphOf(functions, [...view.graph.edges, edge]) });
    await node('report').waitFor();
    expect(await positions()).toMatchObject(before);
  });

  it('selects in the table too, and the other way round', async () => {
    await node('train').click();
    await expect.poll(() => row('train').getAttribute('aria-selected')).toBe('true');
    await expect
      .poll(() => page.getByRole('region', { name: 'Details of train' }).textContent())
      .toContain('1,158 finished');
    await row('augment').click();
    await expect.poll(() => node('augment').getAttribute('aria-pressed')).toBe('true');
    await expect
      .poll(() => page.getByRole('region', { name: 'Details of augment' }).textContent())
      .toContain('cannot distort an image');
  });

  it('zooms by wheel, moves by drag, and fits again by F', async () => {
    const stage = () => page.locator('.stage').getAttribute('transform');
    const fitted = await stage();
    const box = (await page.locator('.graph > svg').boundingBox())!;
    await page.mouse.move(box.x + 40, box.y + 40);
    await page.mouse.wheel(0, -300);
    await eventually(stage, 'a larger scale').not.toBe(fitted);
    await page.mouse.down();
    await page.mouse.move(box.x + 140, box.y + 90, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => node('train').getAttribute('aria-pressed')).toBe('false');
    await node('train').focus();
    await page.keyboard.press('f');
    await eventually(stage, 'the fitted view').toBe(fitted);
  });

  async function positions(): Promise<Record<string, string>> {
    return page
      .locator('.node')
      .evaluateAll((nodes) =>
        Object.fromEntries(
          nodes.map((one) => [(one as SVGElement).dataset['id']!, (one as SVGElement).style.transform]),
        ),
      );
  }
});

describe('by keyboard alone', () => {
  it('moves between nodes, opens the source and comes back', async () => {
    await page
      .locator('.graph-pane')
      .focus()
      .catch(() => undefined);
    await tabTo('.node');
    expect(await focusedNode()).toBe('driver');
    await page.keyboard.press('ArrowRight');
    const second = await focusedNode();
    expect(second).not.toBe('driver');
    const pressed = () => page.locator(`.node[data-id="${second}"]`).getAttribute('aria-pressed');
    await expect.poll(pressed).toBe('true');
    await page.keyboard.press('ArrowLeft');
    expect(await focusedNode()).toBe('driver');
    await page.keyboard.press('Enter');
    const popover = page.getByRole('dialog', { name: 'Open source' });
    await expect.poll(() => popover.textContent()).toContain(`${sample.SCRIPT}:1`);
    await expect
      .poll(() => popover.getByRole('link').getAttribute('href'))
      .toBe(`vscode://file${sample.SCRIPT}:1`);
    await page.keyboard.press('Escape');
    await expect.poll(() => popover.isVisible()).toBe(false);
    expect(await focusedNode()).toBe('driver');
  });

  it('sorts the table and walks its rows', async () => {
    await tabTo('.col-total .sort');
    await page.keyboard.press('Enter');
    const names = await page.locator('.functions .name-text').allTextContents();
    expect(names.slice(0, 2)).toEqual(['read', 'augment']);
    await tabTo('tbody tr');
    await page.keyboard.press('ArrowDown');
    await eventually(() => row('augment').getAttribute('aria-selected'), 'the second row').toBe('true');
  });

  it('moves the borders between panes', async () => {
    await tabTo('.splitter.vertical');
    const width = async () => (await page.locator('.graph-pane').boundingBox())!.width;
    const before = await width();
    await page.keyboard.press('ArrowLeft');
    await eventually(width, 'a narrower pane').toBeLessThan(before);
  });

  async function tabTo(selector: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never reaches ${selector}`);
  }

  function focusedNode(): Promise<string | undefined> {
    return page.evaluate(() => (document.activeElement as SVGElement | null)?.dataset['id']);
  }
});

describe('the run', () => {
  it('is cancelled by its button', async () => {
    await page.getByRole('button', { name: 'Cancel' }).click();
    await eventually(() => engine.lastAsked('runs.cancel'), 'the request').toEqual({ id: sample.RUN_ID });
    engine.show({
      ...sample.runningView(),
      run: { ...sample.runningView().run, state: { kind: 'cancelled' } },
    });
    await page.getByText('Cancelled').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
  });

  it('shows an error with its place and its traceback', async () => {
    engine.show(sample.failedView());
    await page.getByRole('alert').locator('.at .link').click();
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(`${sample.SCRIPT}:118`);
    await page.keyboard.press('Escape');
    await page.getByText('Traceback, 5 frames').click();
    await expect.poll(() => page.locator('.frames li').count()).toBe(5);
    await expect.poll(() => page.locator('.frames .foreign').textContent()).toContain('worker.py:2961');
  });

  it('keeps the secret out of the address and survives a reload', async () => {
    expect(page.url()).toBe(engine.address(`/run/${sample.RUN_ID}`));
    await node('train').click();
    await page.reload();
    await node('train').waitFor();
    await expect.poll(() => node('train').getAttribute('aria-pressed')).toBe('true');
  });

  it('reconnects after the engine went, and pulls everything again', async () => {
    engine.stop();
    await page.getByText('Reconnecting').waitFor();
    await expect
      .poll(() => page.getByRole('button', { name: 'Cancel' }).getAttribute('disabled'))
      .not.toBeNull();
    engine.view = null;
    const view = sample.runningView();
    engine.show({ ...view, run: { ...view.run, clusterName: 'another' } });
    await engine.start();
    await page.getByText('on another').waitFor();
    await expect.poll(() => page.getByText('Reconnecting').count()).toBe(0);
    expect(engine.lastAsked('runs.view')).toEqual({ id: sample.RUN_ID });
  });

  it('answers the user while the engine is away, and shows what was missing when it is back', async () => {
    engine.trace = pipelineTrace();
    engine.show(sample.tracedView(engine.trace));
    await page.getByRole('tab', { name: 'Tasks' }).click();
    const rows = page.locator('.task-row[data-index]');
    await rows.first().waitFor();
    engine.stop();
    await page.getByText('Reconnecting').waitFor();
    await page.locator('.task-scroll').evaluate((element) => (element.scrollTop = element.scrollHeight));
    await page.locator('.task-row.pending').first().waitFor();
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByRole('tab', { name: 'Tasks' }).click();
    await engine.start();
    await eventually(() => rows.last().getAttribute('data-index'), 'the last row').toBe('1199');
  });

  it('is asked for few times while much changes, and not at all while nobody looks', async () => {
    const pulls = () => engine.asked.filter((one) => one.method === 'runs.view').length;
    const before = pulls();
    for (let i = 0; i < 40; i++) {
      engine.show(sample.runningView());
      await page.waitForTimeout(25);
    }
    expect(pulls() - before).toBeGreaterThan(1);
    expect(pulls() - before).toBeLessThan(14);

    await look('hidden');
    await page.waitForTimeout(500);
    const unseen = pulls();
    engine.show(sample.succeededView());
    await page.waitForTimeout(700);
    expect(pulls()).toBe(unseen);
    await look('visible');
    await page.getByText('Succeeded').waitFor();
  });

  function look(state: 'hidden' | 'visible'): Promise<void> {
    return page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  }

  it('says when there is no such run', async () => {
    await page.goto(engine.address('/run/nobody'));
    await page.getByText('There is no run nobody.').waitFor();
    await page.getByRole('button', { name: 'All runs' }).click();
    await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  });
});

describe('the list', () => {
  it('leads to a run and back', async () => {
    await page.getByRole('button', { name: 'All runs' }).click();
    await page.getByRole('heading', { name: 'Clusters' }).waitFor();
    expect(page.url()).toBe(engine.address('/'));
    await page.getByRole('button', { name: 'pipeline.py' }).click();
    await node('train').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  });

  it('stops a cluster, and says that this ends its run', async () => {
    await page.getByRole('button', { name: 'All runs' }).click();
    await page.getByRole('button', { name: 'Stop and end 1 run' }).click();
    await eventually(() => engine.lastAsked('clusters.stop'), 'the request').toEqual({
      id: 'c1',
      force: true,
    });
  });
});

describe('the nodes', () => {
  it('have a row each, with charts and the GPU marked as simulated', async () => {
    const rows = page.locator('.node-row');
    await expect.poll(() => rows.count()).toBe(3);
    await eventually(() => page.locator('.node-row canvas').count(), 'the charts').toBe(10);
    await expect.poll(() => rows.nth(2).textContent()).toContain('simulated');
    await expect.poll(() => rows.nth(0).textContent()).not.toContain('simulated');
    await expect.poll(() => rows.nth(0).getAttribute('aria-label')).toContain('peak 91 %');
  });

  it('show the values of the moment that the mouse points at', async () => {
    const value = () => page.locator('.node-row').nth(2).locator('.node-value').first().textContent();
    const now = await value();
    const box = (await page.locator('.node-row').first().locator('.spark').first().boundingBox())!;
    await page.mouse.move(box.x + 3, box.y + 10);
    await eventually(value, 'an earlier value on another node').not.toBe(now);
    await page.mouse.move(5, 5);
    await eventually(value, 'the last value').toBe(now);
  });

  it('are marked when dead', async () => {
    engine.show(sample.failedView());
    await page.locator('.node-row.gone').getByText('dead').waitFor();
    await expect.poll(() => page.locator('.node-row.gone').count()).toBe(1);
    const view = sample.failedView();
    const nodes = view.nodes.map((node) =>
      node.state === 'dead' ? { ...node, state: 'left' as const } : node,
    );
    engine.show({ ...view, nodes, version: view.version + 1 });
    await page.locator('.node-row.gone .node-left').waitFor();
    expect(await page.locator('.node-dead').count()).toBe(0);
  });
});
