/** A trace that no sane program leaves: a thousand functions in cycles, with any names, and what was not recorded. */
import { beforeEach, describe, expect, it } from 'vitest';
import { T0_MS } from '../unit/trace/synthetic';
import { Program } from '../unit/trace/build';
import { eachWithEngine, openRun, page } from './page';
import * as sample from './sampleRun';

const FUNCTIONS = 1_000;
const PARENTS = 2_000;
const NAMES = [
  'pré_traiter_猫',
  '🐈‍⬛',
  'עיבוד',
  '<img src=x onerror="isTaken=1">',
  'a\u202eb\u0000c',
  'x'.repeat(300),
  '${1+1}&amp;',
];
const NOTICE = 'no working directory: <b>gone</b>';

function badProgram(): Program {
  const program = new Program();
  const first = Array.from({ length: FUNCTIONS }, (_, n) =>
    program.ran({ fn: nameOf(n), at: [n, n, n + 5] }),
  );
  // Each function's second task has what the next one's first gave, and so has the last one's: a ring of functions.
  for (let n = 0; n < FUNCTIONS; n++)
    program.ran({
      fn: nameOf(n),
      at: [FUNCTIONS, FUNCTIONS + 10, FUNCTIONS + 20],
      deps: [{ task: first[(n + 1) % FUNCTIONS]!, bytes: 1000, kind: 'argument' }],
    });
  const many = Array.from({ length: PARENTS }, () => program.ran({ fn: 'one', at: [0, 1, 2] }));
  program.ran({
    fn: 'gather',
    at: [5, 3_000, 4_000],
    deps: many.map((task) => ({ task, bytes: 10, kind: 'nested' as const })),
  });
  // A clock that jumped back.
  program.ran({ fn: 'early', at: [50, -9_000, -8_000] });
  program.apply({ type: 'noticed', words: NOTICE });
  program.apply({ type: 'lost', source: 'probe', count: 3, reason: 'the probe could not write them' });
  return program;
}

function nameOf(n: number): string {
  return NAMES[n] ?? `step${n}`;
}

const program = badProgram();

eachWithEngine((engine) => {
  engine.trace = program.store;
  engine.nowMs = T0_MS + 5_000;
  engine.show(sample.tracedView(program.store, { startMs: T0_MS, createdMs: T0_MS - 500 }));
});

beforeEach(() => openRun());

const nodes = () => page.locator('.graph .node');

describe('a trace that no sane program leaves', () => {
  it('is drawn as far as a graph can be read, which says what it leaves out', async () => {
    await expect.poll(() => nodes().count(), { timeout: 20_000 }).toBe(150);
    await page.getByText(/854 small groups of tasks not drawn; the table has all functions/).waitFor();
    const places = await nodes().evaluateAll((all) =>
      all.map((one) => {
        const { x, y } = one.getBoundingClientRect();
        return `${Math.round(x)} ${Math.round(y)}`;
      }),
    );
    expect(new Set(places).size).toBe(150);
    expect(places.filter((place) => place.includes('NaN'))).toEqual([]);
  });

  it('has all its functions in the table, by names that are text and nothing else', async () => {
    const rows = page.locator('.functions tbody tr');
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBeGreaterThanOrEqual(FUNCTIONS + 3);
    const shown = (await rows.allTextContents()).join('\n');
    for (const name of NAMES) expect(shown).toContain(name.slice(0, 40));
    expect(await page.evaluate(() => 'isTaken' in window)).toBe(false);
    expect(await page.locator('img').count()).toBe(0);
  });

  it('says what is lost and what the probe had to say', async () => {
    await page.getByText(`The probe in a process of this run says: ${NOTICE}.`).waitFor();
    await page.getByText('3 records of the probe lost: the probe could not write them').waitFor();
  });

  it('opens a task that took two thousand results', async () => {
    await page.getByRole('tab', { name: 'Tasks', exact: true }).click();
    await page.getByRole('searchbox', { name: 'Filter tasks' }).fill('gather');
    const row = page.locator('.task-row[data-index]').first();
    await expect.poll(() => row.textContent()).toContain('gather');
    await row.click();
    await expect.poll(() => page.locator('.task-details').textContent()).toContain('gather');
  });
});
