/** `heliostat replay`: one task of an earlier run again, alone, with the arguments that were kept of it. */
import { findRun } from './findRun';
import { bytes } from '../model/format';
import { table } from './table';
import { followRun } from './run';
import { withEngine } from './session';
import { EXIT, print, say } from './terminal';

const ID_SHOWN = 16;

/** Without a task, lists those that can be replayed. Returns the exit code of the replay. */
export function replay(
  wanted: string,
  task: string | undefined,
  options: { json: boolean },
): Promise<number> {
  return withEngine(async (engine) => {
    const { id } = await findRun(engine, wanted);
    if (task === undefined) {
      const kept = await engine.request('runs.kept', { id });
      if (options.json) await print(`${JSON.stringify(kept, null, 2)}\n`);
      else if (kept.length === 0) say(`No arguments are kept of run ${id}.`);
      else
        await print(
          `${table(
            ['task', 'function', 'kept', ''],
            kept.map((one) => [
              one.task.slice(0, ID_SHOWN),
              one.function,
              bytes(one.sizeBytes),
              one.why ?? '',
            ]),
            [2],
          )}\n`,
        );
      return EXIT.ok;
    }
    return followRun(engine, await engine.request('runs.replay', { id, task }), options);
  });
}
