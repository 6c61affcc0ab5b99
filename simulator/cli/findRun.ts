/** Which run a user means. */
import type { EngineConnection } from '../client/connection';
import { fail } from '../model/failure';
import type { RunInfo } from '../model/run';
import { say } from './terminal';

/**
 * By its id, or by the beginning of one or `last` (the newest that `last` may mean), and then says which it is. Fails as
 * `run-not-found`.
 */
export async function findRun(
  engine: EngineConnection,
  wanted: string,
  isLast: (run: RunInfo) => boolean = () => true,
): Promise<RunInfo> {
  const runs = await engine.request('runs.list', {});
  const found =
    wanted === 'last'
      ? runs.find(isLast)
      : (runs.find((run) => run.id === wanted) ?? runs.find((run) => run.id.startsWith(wanted)));
  if (!found) fail({ code: 'run-not-found', id: wanted });
  if (found.id !== wanted) say(`Run ${found.id}`);
  return found;
}
