/** The debugger with other Pythons than the tests' own: 3.12 and later trace in another way than those before. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DebugClient } from './debugClient';
import { stopsInWhatIsUnderWay } from './debugLate';
import { lineOf } from './debugSamples';
import { SHARED_LINES, SHARING, stopsAlone } from './debugSharing';
import { Heliostat } from './heliostat';

const TASKS = path.resolve('test/samples/debug/tasks.py');
/** Where `.ci/makePythons.sh` makes them. */
const FOLDER = process.env['HELIOSTAT_TEST_PYTHONS'];
/** Until a cluster of an interpreter that the machine has not used for long has run its first tasks. */
const COLD_START_MS = 150_000;
const LIMIT_MS = 300_000;

describe('a debug session', () => {
  let heliostat: Heliostat;
  let client: DebugClient | null = null;
  beforeEach(() => {
    heliostat = new Heliostat();
  });
  afterEach(async () => {
    await client?.end();
    client = null;
    await heliostat.end();
  });

  const pythons = it.for(['3.10', '3.12', '3.13']);
  pythons('stops in tasks and actors of Python %s', { timeout: LIMIT_MS }, async (version, context) => {
    const python = findPython(version);
    if (typeof python !== 'string') return context.skip(python.reason);
    client = new DebugClient(heliostat.env);
    const conditions = { 'y = x * x': 'x == 3', 'doubled = x': 'x == 2', 'tripled = x': 'x == 4' };
    const breakpoints = Object.entries(conditions).map(([text, condition]) => ({
      line: lineOf(TASKS, text),
      condition,
    }));
    const target = { program: TASKS, python, nodes: 1, backend: 'process' };
    await client.begin('launch', target, { [TASKS]: breakpoints });
    const seen: string[] = [];
    for (let count = 0; count < breakpoints.length; count++) {
      const { threadId, reason } = await client.stopped(COLD_START_MS);
      const [top] = await client.stack(threadId);
      const x = (await client.locals(top!.id)).get('x')?.value;
      seen.push(`${reason} in ${top!.name}(${x})`);
      await client.request('continue', { threadId });
    }
    expect(seen).toEqual(['breakpoint in square(3)', 'breakpoint in work(2)', 'breakpoint in work(4)']);
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
    expect(client.printed()).toContain('async 12');
    // Once for all that monitor: 3.13 was seen to do the same, and a cluster takes its time.
    if (version !== '3.12') return;
    await client.end();
    const late = (client = new DebugClient(heliostat.env));
    let run: Promise<unknown> = Promise.resolve();
    await stopsInWhatIsUnderWay(
      late,
      (program, args) => {
        run = heliostat.run(['run', program, '--python', python, '--nodes', '1', '--', ...args]);
        return Promise.resolve();
      },
      () => late.begin('attach', { run: 'last' }, {}),
    );
    await run;
    await late.end();
    client = new DebugClient(heliostat.env);
    const shared = { program: SHARING, args: ['share'], python, nodes: 1, backend: 'process' };
    await client.begin('launch', shared, { [SHARING]: SHARED_LINES });
    await stopsAlone(client);
  });
});

/** The interpreter of an environment with Ray, or why there is none. */
function findPython(version: string): string | { reason: string } {
  if (FOLDER === undefined)
    return { reason: 'HELIOSTAT_TEST_PYTHONS names no folder of Python environments' };
  const python = path.join(FOLDER, version, 'bin', 'python');
  return existsSync(python) ? python : { reason: `there is no ${python}; .ci/makePythons.sh makes it` };
}
