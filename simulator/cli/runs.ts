/** `heliostat runs | trace | ui | cancel`. */
import { fail } from '../model/failure';
import { failureWords } from '../model/failureWords';
import type { RunInfo } from '../model/run';
import type { EngineConnection } from '../client/connection';
import { duration, table } from './format';
import { withEngine } from './session';
import { describe, summarise, wallMs } from './summary';
import { EXIT, print, say } from './terminal';
import { openPage, pageAddress } from './page';

const PAGE_OF_TASKS = 2000;

export function listRuns(options: { json: boolean; limit: number }): Promise<number> {
  return withEngine(async (engine) => {
    const runs = await engine.request('runs.list', { limit: options.limit });
    if (options.json) await print(`${JSON.stringify(runs, null, 2)}\n`);
    else if (runs.length === 0) say('No run yet. Start one with: heliostat run SCRIPT');
    else
      await print(
        `${table(['run', 'state', 'started', 'took', 'tasks', 'failed', ''], runs.map(row), [3, 4, 5])}\n`,
      );
    return EXIT.ok;
  });
}

/** All of a run's tasks, in pages, so that a run of any size can be printed. */
export function showTrace(wanted: string, options: { json: boolean }): Promise<number> {
  return withEngine(async (engine) => {
    const run = await findRun(engine, wanted);
    const view = await engine.request('runs.view', { id: run.id });
    if (!view) fail({ code: 'run-not-found', id: run.id });
    if (!options.json) {
      await print(`${describe(view)}\n`);
      return EXIT.ok;
    }
    const { run: id, functions, nodes, lost, ...rest } = summarise(view);
    await print(`${JSON.stringify({ run: id, ...rest, functions, nodes, lost }).slice(0, -1)},"tasks":[`);
    for (let from = 0, total = 1; from < total; from += PAGE_OF_TASKS) {
      const page = await engine.request('runs.tasks', { id: run.id, from, limit: PAGE_OF_TASKS });
      total = page.total;
      const rows = page.tasks.map((task) => JSON.stringify(task)).join(',\n');
      await print(`${from > 0 ? ',' : ''}\n${rows}`);
    }
    await print('\n]}\n');
    return EXIT.ok;
  });
}

/** Serves the page until Ctrl-C, also while nothing runs. */
export function showPage(wanted: string | undefined, options: { browser: boolean }): Promise<number> {
  return withEngine(async (engine) => {
    const id = wanted === undefined ? null : (await findRun(engine, wanted)).id;
    await print(`${pageAddress(engine, id)}\n`);
    if (options.browser) await openPage(engine, id);
    say('The page stays up until you press Ctrl-C here.');
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
      engine.onClosed(() => resolve());
    });
    return EXIT.ok;
  });
}

export function cancelRun(wanted: string): Promise<number> {
  return withEngine(async (engine) => {
    const run = await findRun(engine, wanted);
    await engine.request('runs.cancel', { id: run.id });
    say(`Stopping ${run.id}.`);
    return EXIT.ok;
  });
}

/** By its id, the beginning of one, or `last`. */
async function findRun(engine: EngineConnection, wanted: string): Promise<RunInfo> {
  const runs = await engine.request('runs.list', {});
  const found =
    wanted === 'last'
      ? runs[0]
      : (runs.find((run) => run.id === wanted) ?? runs.find((run) => run.id.startsWith(wanted)));
  return found ?? fail({ code: 'run-not-found', id: wanted });
}

function row(run: RunInfo): string[] {
  const { total, failed } = run.taskCounts;
  const why = run.state.kind === 'failed' ? failureWords(run.state.failure).title : '';
  return [
    run.id,
    run.state.kind,
    new Date(run.createdMs).toLocaleString(),
    duration(wallMs(run)),
    String(total),
    failed > 0 ? String(failed) : '',
    why.slice(0, 80),
  ];
}
