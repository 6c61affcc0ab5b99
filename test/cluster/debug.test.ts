/** Debugging remote tasks on real Ray, by a client that is no editor. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DebugClient } from './debugClient';
import { Heliostat, PYTHON } from './heliostat';

const TASKS = path.resolve('test/samples/debug/tasks.py');

/** Line (from 1) of the first line that has the text. */
function lineOf(file: string, text: string): number {
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1
  );
}

describe('heliostat debug-adapter', () => {
  let heliostat: Heliostat;
  let client: DebugClient;
  beforeAll(() => {
    heliostat = new Heliostat();
  });
  afterEach(() => client.end());
  afterAll(() => heliostat.end());

  const launch = (
    lines: Record<string, object>,
    more: { functions?: string[]; exceptions?: string[]; args?: object } = {},
  ) => {
    client = new DebugClient(heliostat.env);
    const breakpoints = Object.entries(lines).map(([text, extra]) => ({
      line: lineOf(TASKS, text),
      ...extra,
    }));
    return client.begin(
      'launch',
      { program: TASKS, python: PYTHON, nodes: 2, ...more.args },
      { [TASKS]: breakpoints },
      more,
    );
  };

  it('stops in a task on a line, shows its variables, and goes on to the end', async () => {
    await launch({ 'y = x * x': { condition: 'x == 3' } });
    const { threadId, reason } = await client.stopped();
    expect(reason).toBe('breakpoint');
    expect(await client.threadNames()).toEqual([
      expect.stringMatching(/^driver · node 1 · pid \d+$/),
      expect.stringMatching(/^square\(3\) · node [12] · pid \d+$/),
    ]);
    const [top] = await client.stack(threadId);
    expect(top).toMatchObject({ name: 'square', line: lineOf(TASKS, 'y = x * x'), source: { path: TASKS } });
    expect((await client.locals(top!.id)).get('x')).toMatchObject({ value: '3', type: 'int' });
    expect(await client.evaluate('x + 100', top!.id)).toBe('103');
    await client.request('next', { threadId });
    expect(await client.stopped()).toMatchObject({ threadId, reason: 'step' });
    await client.request('continue', { threadId });
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
    expect(client.printed()).toContain('squares [1, 4, 9, 16]');
  });
});
