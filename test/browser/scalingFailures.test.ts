/** The Scaling tab where answers fail, come late or are about what is no longer shown. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fail } from '../../simulator/model/failure';
import type { Prediction } from '../../simulator/model/scaling';
import { ARTIFACTS, LOOKS } from './chromium';
import { eachWithEngine, engine, openRun, page } from './page';
import * as sample from './sampleRun';
import { playScaling, PREDICTION } from './sampleScaling';

const DETAIL = 'The prediction ran out of memory.';
const OWN = 'with cores of their own';
const HERE = 'on this machine, which share its cores';

beforeAll(() => {
  mkdirSync(path.join(ARTIFACTS, 'scaling'), { recursive: true });
});

eachWithEngine(playScaling);

const tryAgain = () => page.getByRole('button', { name: 'Try again' });
const places = () => page.getByRole('combobox', { name: 'Nodes' });
const faster = () => page.getByRole('slider', { name: /faster/ });
const rows = () => page.locator('.scaling-table tbody tr');
const asked = (method: string) => engine.asked.filter((one) => one.method === method).length;
const shot = (name: string) => page.screenshot({ path: path.join(ARTIFACTS, 'scaling', `${name}.png`) });

async function open(look: BrowserContextOptions = {}): Promise<void> {
  await openRun(look);
  await page.getByRole('tab', { name: 'Scaling' }).click();
}

describe.each(LOOKS)('in $name', ({ name, look }) => {
  it('keeps the prediction where a what-if fails, and asks it again', async () => {
    const { whatIf } = engine.scaling!;
    engine.scaling!.whatIf = () => fail({ code: 'prediction-impossible', detail: DETAIL });
    await open(look);
    if (name !== 'narrow') await page.keyboard.press('m');
    await faster().fill('50');
    await page.locator('.what-if-panel').getByText(DETAIL).waitFor();
    await shot(`${name}WhatIfFailed`);
    expect(await rows().count()).toBe(7);
    engine.scaling!.whatIf = whatIf;
    await tryAgain().click();
    await page.getByText(/less on \d+ node/).waitFor();
    expect(await page.getByText(DETAIL).count()).toBe(0);
  });

  it('leads back from a prediction that failed', async () => {
    const { predict } = engine.scaling!;
    engine.scaling!.predict = (params) =>
      params.isHere ? fail({ code: 'prediction-impossible', detail: DETAIL }) : predict(params);
    await open(look);
    await places().selectOption(HERE);
    await page.getByText(DETAIL).waitFor();
    await shot(`${name}Failed`);
    const before = asked('scaling.predict');
    await tryAgain().click();
    await expect.poll(() => asked('scaling.predict')).toBe(before + 1);
    await page.getByText(DETAIL).waitFor();
    await places().selectOption(OWN);
    await expect.poll(() => rows().count()).toBe(7);
    expect(await places().inputValue()).toBe('own');
  });
});

describe('the scaling tab', () => {
  it('keeps the GPU ratio to be changed where predicting with it fails', async () => {
    const { predict } = engine.scaling!;
    const asking = { ...PREDICTION, points: [], refused: ['Not known.'], needsGpuRatio: true };
    engine.scaling!.predict = (params) => {
      if (params.gpuRatio === undefined) return asking;
      return params.gpuRatio > 100
        ? fail({ code: 'prediction-impossible', detail: DETAIL })
        : predict(params);
    };
    await open();
    const ratio = page.getByRole('spinbutton', { name: /A real GPU is/ });
    await ratio.fill('800');
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.getByText(DETAIL).waitFor();
    expect(await ratio.inputValue()).toBe('800');
    await ratio.fill('8');
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.getByText('Self-check').waitFor();
  });

  it('asks the what-if again where the nodes are others, about the function that was chosen', async () => {
    await open();
    const fn = page.getByRole('combobox', { name: 'Function' });
    const first = await fn.inputValue();
    const other = first === 'train' ? 'decode' : 'train';
    await fn.selectOption(other);
    await faster().fill('50');
    await page.getByRole('columnheader', { name: 'What if' }).waitFor();
    await places().selectOption(HERE);
    await expect
      .poll(() => engine.lastAsked('scaling.whatIf'))
      .toMatchObject({ isHere: true, change: { faster: [{ name: other, pct: 50 }] } });
    await page.getByText(/(less|more) on \d+ node|change nothing/).waitFor();
    expect([await fn.inputValue(), await faster().inputValue()]).toEqual([other, '50']);
  });

  it('shows the network as assumed again when the change is taken back', async () => {
    await open();
    const network = page.getByRole('combobox', { name: 'Network' });
    await network.selectOption('1 Gbit/s');
    await page.getByRole('columnheader', { name: 'What if' }).waitFor();
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => network.inputValue()).toBe('');
  });

  it('says that a script would not end with a change', async () => {
    engine.scaling!.whatIf = () => ({ points: [] });
    await open();
    await faster().fill('50');
    await page.getByText('would not come to an end').waitFor();
    expect(await page.getByRole('columnheader', { name: 'What if' }).count()).toBe(0);
  });

  it('never shows the answers about another run that was left meanwhile', async () => {
    let answerLate: (prediction: Prediction) => void = () => undefined;
    const late = new Promise<Prediction>((resolve) => (answerLate = resolve));
    engine.scaling!.predict = ({ run }) =>
      run === sample.RUN_ID ? late : { ...PREDICTION, points: [], refused: ['Of the other run.'] };
    await open();
    await page.getByText('Replaying this run').waitFor();
    const run = { ...engine.view!.run, id: 'other' };
    engine.runs = [run];
    engine.listsChanged();
    await page.getByRole('button', { name: 'All runs' }).click();
    await page.getByRole('heading', { name: 'Clusters' }).waitFor();
    engine.show({ ...engine.view!, run });
    await page.getByRole('button', { name: 'pipeline.py' }).click();
    await page.getByText('Of the other run.').waitFor();
    answerLate(PREDICTION);
    await page.waitForTimeout(300);
    expect(await page.getByText('Of the other run.').count()).toBe(1);
    expect(await rows().count()).toBe(0);
  });
});
