/** The log in the page: follows, links, filters, and stays small however large the log is. */
import { describe, expect, it } from 'vitest';
import { eachWithEngine, engine, openRun, page } from './page';
import { textLog, type PlaybackLog } from './playback';
import * as sample from './sampleRun';

const LINE_BYTES = 80;
const MIB = 1024 * 1024;

/** A log of equal lines, each with its number, made when asked for. */
function numberedLog(sizeBytes: number): PlaybackLog {
  const line = (index: number): string => `line ${index} `.padEnd(LINE_BYTES - 1, '.') + '\n';
  return {
    sizeBytes,
    read(from, to) {
      const first = Math.floor(from / LINE_BYTES);
      let text = '';
      for (let index = first; index * LINE_BYTES < to; index++) text += line(index);
      return text.slice(from - first * LINE_BYTES, to - first * LINE_BYTES);
    },
  };
}

eachWithEngine();

async function open(log: PlaybackLog): Promise<void> {
  engine.log = log;
  engine.show(sample.runningView());
  await openRun();
  await page.locator('.log-row').first().waitFor();
}

const shown = () => page.locator('.log-row').allTextContents();
const scroller = () => page.locator('.log-scroll');
const eventually = (probe: () => unknown, what: string) =>
  expect.poll(probe, { timeout: 15_000, message: what });
const scrollTo = (share: number) =>
  scroller().evaluate((element, at) => {
    element.scrollTop = at * (element.scrollHeight - element.clientHeight);
  }, share);

/** Numbers of the lines that are in sight, first and last. */
async function inSight(): Promise<{ first: number; last: number }> {
  return scroller().evaluate((element) => {
    const box = element.getBoundingClientRect();
    const numbers = [...element.querySelectorAll('.log-row')]
      .filter((row) => {
        const own = row.getBoundingClientRect();
        return own.bottom > box.top + 1 && own.top < box.bottom - 1;
      })
      .map((row) => Number(/^line (\d+) /.exec(row.textContent ?? '')?.[1] ?? NaN));
    return { first: numbers[0]!, last: numbers.at(-1)! };
  });
}

describe('a log that grows', () => {
  it('is followed until the user scrolls up, and again from the button on', async () => {
    await open(numberedLog(400 * LINE_BYTES));
    await eventually(async () => (await inSight()).last, 'the end').toBe(399);
    engine.log = numberedLog(800 * LINE_BYTES);
    engine.show(sample.runningView());
    await eventually(async () => (await inSight()).last, 'the new end').toBe(799);

    await scroller().hover();
    await page.mouse.wheel(0, -2000);
    const jump = page.getByRole('button', { name: 'Jump to newest' });
    await jump.waitFor();
    await page.waitForTimeout(300);
    const where = await inSight();
    engine.log = numberedLog(1200 * LINE_BYTES);
    engine.show(sample.runningView());
    await page.getByText('93.8 KiB').waitFor();
    expect(await inSight()).toEqual(where);

    await jump.click();
    await eventually(async () => (await inSight()).last, 'the newest end').toBe(1199);
    await expect.poll(() => jump.count()).toBe(0);
  });

  it('shows a line in parts as it comes', async () => {
    await open(textLog('first\nsec'));
    engine.log = textLog('first\nsecond\nthird');
    engine.show(sample.runningView());
    await eventually(shown, 'the lines').toEqual(['first', 'second', 'third']);
  });
});

describe('what Ray wrote before the script', () => {
  const preamble = numberedLog(300 * 1024);

  it('is left out, and the rest begins at the top', async () => {
    const own = textLog('mine\nalso mine\n');
    await open({
      sizeBytes: preamble.sizeBytes + own.sizeBytes,
      preambleBytes: preamble.sizeBytes,
      read: (from, to) => own.read(from - preamble.sizeBytes, to - preamble.sizeBytes),
    });
    expect(await shown()).toEqual(['mine', 'also mine']);
    expect(await page.locator('.log-rows').evaluate((rows) => (rows as HTMLElement).offsetTop)).toBe(0);
    expect(await scroller().evaluate((element) => element.scrollHeight > element.clientHeight)).toBe(false);
  });

  it('is not reached by scrolling up', async () => {
    const whole = numberedLog(3 * MIB);
    await open({ ...whole, preambleBytes: 1000 * LINE_BYTES });
    await scrollTo(0);
    await eventually(async () => (await inSight()).first, 'the first own line').toBe(1000);
    await expect.poll(() => page.locator('.log-row').first().textContent()).toContain('line 1000 ');
  });

  it('alone is no output', async () => {
    engine.log = { ...preamble, preambleBytes: preamble.sizeBytes };
    engine.show(sample.runningView());
    await openRun();
    await page.getByText('Nothing printed yet.').waitFor();
  });
});

describe('a line', () => {
  it('has its colours and leads to its source', async () => {
    await open(textLog(sample.LOG_TEXT));
    const error = page.locator('.log-row', { hasText: 'ValueError' }).locator('.fg-1');
    await expect.poll(() => error.count()).toBe(1);
    expect((await shown()).join('')).not.toContain('\x1b');
    await page.getByRole('button', { name: 'line 118' }).click();
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(`${sample.SCRIPT}:118`);
  });
});

describe('a log of 100 MB', () => {
  const lines = Math.floor((100 * MIB) / LINE_BYTES);

  it('is read at any place and keeps only a few megabytes in the page', async () => {
    await open(numberedLog(lines * LINE_BYTES));
    await eventually(async () => (await inSight()).last, 'the end').toBe(lines - 1);

    for (const share of [0, 0.5, 0.25, 0.75]) {
      await scrollTo(share);
      await eventually(async () => (await inSight()).first, `the lines at ${share}`).toBeGreaterThanOrEqual(
        0,
      );
      const { first, last } = await inSight();
      expect(last - first).toBeLessThan(60);
      expect(Math.abs(first / lines - share)).toBeLessThan(0.02);
    }
    const rows = await page.locator('.log-row').count();
    expect(rows).toBeLessThan(80);
    const heapBytes = await page.evaluate(
      () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
    );
    expect(heapBytes).toBeLessThan(40 * MIB);
    const mostAsked = Math.max(
      ...engine.asked
        .filter((one) => one.method === 'runs.log')
        .map((one) => (one.params as { maxBytes: number }).maxBytes),
    );
    expect(mostAsked).toBeLessThanOrEqual(MIB);
  });

  it('scrolls through piece after piece without losing a line', async () => {
    await open(numberedLog(lines * LINE_BYTES));
    await scrollTo(0);
    await eventually(async () => (await inSight()).first, 'the beginning').toBe(0);
    // By ten thousand lines and more, over several pieces.
    let before = 0;
    for (let turn = 0; turn < 60; turn++) {
      await scroller().evaluate((element) => (element.scrollTop += 18 * 300));
      await eventually(async () => (await inSight()).first, 'the next lines').toBe(before + 300);
      before += 300;
    }
    await scroller().evaluate((element) => (element.scrollTop -= 18 * 9000));
    await eventually(async () => (await inSight()).first, 'the lines of before').toBe(before - 9000);
  });

  it('is filtered as a whole, and a match leads to its place', async () => {
    await open(numberedLog(lines * LINE_BYTES));
    await page.getByRole('textbox', { name: 'Filter' }).fill('line 654321 ');
    await page.getByText('1 line with').waitFor();
    await expect.poll(() => page.locator('.log-row mark').textContent()).toBe('line 654321 ');
    await page.getByRole('button', { name: 'Show in the whole log' }).click();
    await eventually(() => page.locator('.log-row.target').textContent(), 'the line').toContain(
      'line 654321 ',
    );
    const { first, last } = await inSight();
    expect(first).toBeLessThan(654321);
    expect(last).toBeGreaterThan(654321);
    await expect.poll(() => page.getByRole('textbox', { name: 'Filter' }).inputValue()).toBe('');
  });
});
