/** `heliostat runs | ui | cancel`. */
import { failureWords } from '../model/failureWords';
import type { RunInfo } from '../model/run';
import { duration } from '../model/format';
import { table } from './table';
import { findRun } from './findRun';
import { withEngine } from './session';
import { wallMs } from './summary';
import { EXIT, print, say } from './terminal';
import { openPage, pageAddress } from './page';

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
