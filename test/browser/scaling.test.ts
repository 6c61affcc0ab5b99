/** The Scaling tab, with predictions as the engine makes them from a graph of ingest and training. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openedRun } from '../../simulator/run/openedTrace';
import { runView } from '../../simulator/run/view';
import { Forecast } from '../../simulator/scaling/forecast';
import { simulatedTrace } from '../../simulator/scaling/simulatedTrace';
import { ARTIFACTS, LOOKS } from './chromium';
import { eachWithEngine, engine, openRun, page } from './page';
import * as sample from './sampleRun';
import { GRAPH, optionsFor, playScaling, PREDICTION } from './sampleScaling';

beforeAll(() => {
  mkdirSync(path.join(ARTIFACTS, 'scaling'), { recursive: true });
});

eachWithEngine(playScaling);

async function open(look: BrowserContextOptions = {}): Promise<void> {
  await openRun(look);
  await page.getByRole('tab', { name: 'Scaling' }).click();
}

describe.each(LOOKS)('in $name', ({ name, look }) => {
  it('draws the curve, the sizes and what to change', async () => {
    await open(look);
    await page.getByText('Self-check').waitFor();
    if (name !== 'narrow') await page.keyboard.press('m');
    await page.getByRole('slider', { name: /faster/ }).fill('50');
    await page.getByText(/less on \d+ node/).waitFor();
    await page.waitForTimeout(300);
    await page.screenshot({ path: path.join(ARTIFACTS, 'scaling', `${name}.png`) });
    expect(await page.locator('.scaling-table tbody tr').count()).toBe(7);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
});

describe('the scaling tab', () => {
  it('answers each move of a slider at once, and takes it back', async () => {
    await open();
    await page.getByRole('combobox', { name: 'Function' }).selectOption('decode');
    const slider = page.getByRole('slider', { name: /faster/ });
    await slider.focus();
    for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowRight');
    await expect
      .poll(() => engine.lastAsked('scaling.whatIf'))
      .toMatchObject({
        run: sample.RUN_ID,
        change: { faster: [{ name: 'decode', pct: 20 }] },
      });
    await page.getByRole('columnheader', { name: 'What if' }).waitFor();
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => page.getByRole('columnheader', { name: 'What if' }).count()).toBe(0);
  });

  it('asks again for clusters on this machine, whose nodes share its cores', async () => {
    await open();
    await page
      .getByRole('combobox', { name: 'Nodes' })
      .selectOption('on this machine, which share its cores');
    await expect
      .poll(() => engine.lastAsked('scaling.predict'))
      .toMatchObject({ run: sample.RUN_ID, isHere: true, nodes: [1, 2, 4, 8] });
    await page.getByRole('combobox', { name: 'Nodes' }).selectOption('with cores of their own');
    await expect.poll(() => engine.lastAsked('scaling.predict')).not.toHaveProperty('isHere');
  });

  it('finds the cluster to rent for a deadline', async () => {
    await open();
    await page.getByRole('textbox', { name: 'Seconds' }).fill('60');
    await page.getByRole('button', { name: 'Find' }).click();
    await expect.poll(() => page.locator('.choice-result').textContent()).toMatch(/\d+ × .+ s/);
    await page.getByRole('textbox', { name: 'Seconds' }).fill('soon');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('A number greater than 0, please.').waitFor();
  });

  it('opens how it would go on one size as a run, which says that it is predicted', async () => {
    await open();
    const time = page.getByRole('button', { name: /how the run would go on 8 nodes/ });
    await time.click();
    await page.getByText('The playback does not answer this.').waitFor();
    const middle = new Forecast(GRAPH, optionsFor({ nodes: [8] })).middleOf(8);
    const store = simulatedTrace(GRAPH, middle, sample.START_MS);
    const run = openedRun('/data/runs/r/pipeline-predicted-on-8-nodes.heliostat', store);
    engine.saved = run;
    await time.click();
    await expect.poll(() => engine.lastAsked('runs.view'), { timeout: 10_000 }).toMatchObject({ id: run.id });
    expect(engine.lastAsked('scaling.save')).toMatchObject({ nodes: [8] });
    engine.trace = store;
    engine.show(runView(run, store, new Map(), 0));
    await page.getByText('Predicted', { exact: true }).waitFor();
    await page.getByText(/Nothing here was run: this is how the run is predicted to go on 8 nodes/).waitFor();
    await page.screenshot({ path: path.join(ARTIFACTS, 'scaling', 'predictedRun.png') });
  });

  it('asks how fast a real GPU is where tasks had none, and predicts with the answer', async () => {
    const words = 'Their time on a GPU is not known.';
    const known = engine.scaling!.predict;
    const asking = { ...PREDICTION, points: [], refused: [words], needsGpuRatio: true };
    engine.scaling!.predict = (params) =>
      params.gpuRatio === undefined && !params.isHere ? asking : known(params);
    await open();
    await page.getByText(words).waitFor();
    await page.screenshot({ path: path.join(ARTIFACTS, 'scaling', 'ratio.png') });
    await page.getByRole('spinbutton', { name: /A real GPU is/ }).fill('8');
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.getByText('Self-check').waitFor();
    expect(engine.lastAsked('scaling.predict')).toMatchObject({ run: sample.RUN_ID, gpuRatio: 8 });
  });

  it('needs to know of no real GPU where the prediction is for this machine', async () => {
    const known = engine.scaling!.predict;
    const asking = { ...PREDICTION, points: [], refused: ['Not known.'], needsGpuRatio: true };
    engine.scaling!.predict = (params) => (params.isHere ? known(params) : asking);
    await open();
    await page
      .getByRole('combobox', { name: 'Nodes' })
      .selectOption('on this machine, which share its cores');
    await page.getByText('Self-check').waitFor();
    expect(await page.getByRole('spinbutton', { name: /A real GPU is/ }).count()).toBe(0);
  });

  it('says why where nothing can be predicted, and asks only once', async () => {
    const words = 'records of this run are lost';
    engine.scaling!.predict = () => ({ ...PREDICTION, points: [], refused: [`Of \`train\`, 3 ${words}.`] });
    await open();
    await page.getByText(words).waitFor();
    expect(await page.locator('.refused code').textContent()).toBe('train');
    expect(await page.getByRole('spinbutton', { name: /A real GPU is/ }).count()).toBe(0);
    engine.show({ ...engine.view!, run: { ...engine.view!.run, clusterName: 'another' } });
    await page.getByText('on another').waitFor();
    await page.getByText(words).waitFor();
    expect(engine.asked.filter((one) => one.method === 'scaling.predict')).toHaveLength(1);
  });

  it('says beside a prediction that it is about a part of the run, and what came of earlier ones', async () => {
    const endedEarly = 'This run was cancelled before its end: what is predicted is a part.';
    const assumptions = [endedEarly, 'Worker processes run already.'];
    const check = { fromRun: 'a', run: 'b', nodes: 2, lowMs: 1, highMs: 9, isCrowded: true };
    const backChecks = [{ ...check, predictedMs: 10_000, measuredMs: 12_500, errorPct: -20 }];
    engine.scaling!.predict = () => ({ ...PREDICTION, endedEarly, assumptions, backChecks });
    await open();
    await page.getByText(endedEarly).waitFor();
    await page.getByText('Taken for granted').click();
    await page.getByText('Worker processes run already.').waitFor();
    expect(await page.getByText(endedEarly).count()).toBe(1);
    await page.getByText('On 2 nodes: 10.0 s predicted, 12.5 s measured (−20.0 %); its tasks').waitFor();
  });

  it('waits for the end of a run that is still going', async () => {
    engine.show(sample.tracedView(engine.trace));
    await open();
    await page.getByText('Once the run has ended').waitFor();
    expect(engine.lastAsked('scaling.predict')).toBeUndefined();
  });
});
