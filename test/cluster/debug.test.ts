/** Debugging remote tasks on real Ray, by a client that is no editor. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DebugClient } from './debugClient';
import { lineOf } from './debugSamples';
import { Heliostat, PYTHON } from './heliostat';

const TASKS = path.resolve('test/samples/debug/tasks.py');

describe('heliostat debug-adapter', () => {
  let heliostat: Heliostat;
  let client: DebugClient;
  beforeAll(() => {
    heliostat = new Heliostat();
  });
  afterEach(() => client.end());
  afterAll(() => heliostat.end());

  /** `parts` of the script: each worker takes its time to start. */
  const launch = (
    parts: string[],
    lines: Record<string, object>,
    more: { functions?: string[]; stopOnEntry?: boolean } = {},
  ) => {
    client = new DebugClient(heliostat.env);
    const breakpoints = Object.entries(lines).map(([text, extra]) => ({
      line: lineOf(TASKS, text),
      ...extra,
    }));
    const { functions = [], stopOnEntry = false } = more;
    return client.begin(
      'launch',
      { program: TASKS, args: parts, python: PYTHON, nodes: 2, stopOnEntry },
      { [TASKS]: breakpoints },
      { functions },
    );
  };

  it('stops in a task on a line, shows its variables, steps, and goes on from another line with another value', async () => {
    await launch(['squares'], { 'y = x * x': { condition: 'x == 3' } });
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
    const line = lineOf(TASKS, 'y = x * x');
    const { targets } = await client.request<DebugProtocol.GotoTargetsResponse['body']>('gotoTargets', {
      source: { path: TASKS },
      line,
    });
    await client.request('goto', { threadId, targetId: targets[0]!.id });
    expect(await client.stopped()).toMatchObject({ threadId, reason: 'goto' });
    const [again] = await client.stack(threadId);
    expect(again).toMatchObject({ name: 'square', line });
    await client.request('setExpression', { expression: 'x', value: '5', frameId: again!.id });
    await client.request('continue', { threadId });
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
    expect(client.printed()).toContain('squares [1, 4, 25, 16]');
  });

  it('stops in nested tasks, in plain, threaded and async actors, where an actor begins, and in a generator', async () => {
    const lines = ['inner = square', 'self.total = start', 'self.total += x', 'doubled = x', 'tripled = x'];
    await launch(
      ['outer', 'plain', 'threaded', 'async', 'generator'],
      Object.fromEntries([...lines, 'yield step'].map((line) => [line, {}])),
    );
    const names: string[] = [];
    for (let count = 0; count < 8; count++) {
      const { threadId } = await client.stopped();
      const [top] = await client.stack(threadId);
      const called = (await client.threadNames()).filter((name) => !name.startsWith('driver'));
      names.push(`${top!.name} in ${called.map((name) => name.split(' · ')[0]).join()}`);
      await client.request('continue', { threadId });
    }
    expect(names).toEqual([
      'outer in outer(7)',
      '__init__ in Plain.__init__(10)',
      'add in Plain.add(5)',
      expect.stringMatching(/^work in Threaded\.work\([12]\)/),
      expect.stringMatching(/^work in Threaded\.work\([12]\)/),
      'work in Async.work(4)',
      'counts in counts(2)',
      'counts in counts(2)',
    ]);
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
  });

  it('knows hit counts, logpoints, function breakpoints, the n-th task and stops in the driver', async () => {
    await launch(
      ['squares', 'plain', 'async'],
      {
        'tripled = x': { logMessage: 'x is {x}' },
        'numbers = [1': {},
        'y = x * x': { hitCondition: '100' },
      },
      { functions: ['add', 'square#2'], stopOnEntry: true },
    );
    const reasons: string[] = [];
    for (let count = 0; count < 4; count++) {
      const { threadId, reason } = await client.stopped();
      const [top] = await client.stack(threadId);
      reasons.push(`${reason} ${top!.name}`);
      await client.request('continue', { threadId });
    }
    expect(reasons.slice(0, 2)).toEqual(['entry <module>', 'breakpoint main']);
    expect(reasons.slice(2)).toEqual(['step square', 'function breakpoint add']);
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
    expect(client.printed()).toMatch(/\(node \d · pid \d+\) x is 4/);
  });

  it('steps into a remote task and shows where it was submitted', async () => {
    await launch(['outer'], { 'inner = square': {} });
    const { threadId: outer } = await client.stopped();
    await client.request('stepIn', { threadId: outer });
    const first = await client.stopped();
    const second = await client.stopped();
    expect([first.threadId, second.threadId]).toContain(outer);
    const target = first.threadId === outer ? second.threadId : first.threadId;
    // Whichever comes first, the editor ends up in the task.
    expect(second.preserveFocusHint).toBe(second.threadId === outer);
    const stack = await client.stack(target);
    expect(stack[0]).toMatchObject({ name: 'square', line: lineOf(TASKS, 'y = x * x') });
    expect((await client.locals(stack[0]!.id)).get('x')?.value).toBe('7');
    expect(stack.at(-2)?.name).toMatch(/^submitted by outer\(7\) · node/);
    expect(stack.at(-1)).toMatchObject({ name: 'outer', line: lineOf(TASKS, 'inner = square') });
    // Editors ask for the top first, and then for the rest.
    const pieces = [await client.stack(target, 0, 1), await client.stack(target, 1, 19)];
    expect(pieces.flat().map(({ name }) => name)).toEqual(stack.map(({ name }) => name));
    expect(client.printed()).not.toContain('justMyCode');
    expect(await client.threadNames()).toHaveLength(3);
    // The reference in the caller: known, and fetched only when it is opened.
    const [caller] = await client.stack(outer);
    const inner = (await client.locals(caller!.id)).get('inner')!;
    expect(inner.value).toMatch(/^ObjectRef\(pending, from task [0-9a-f]{16}\)$/);
    expect(await client.request('heliostat/continueAll')).toEqual({ continued: 2 });
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
  });

  it('runs the code of the script and of its module as it is now, when it is started again', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'heliostat-debug-'));
    const [script, module] = [path.join(folder, 'edited.py'), path.join(folder, 'helping.py')];
    cpSync('test/samples/debug/edited.py', script);
    cpSync('test/samples/debug/helping.py', module);
    const stopAt = async (text: string) => {
      client = new DebugClient(heliostat.env);
      const lines = { [module]: [{ line: lineOf(module, text) }] };
      await client.begin('launch', { program: script, python: PYTHON, nodes: 2 }, lines);
      const { threadId } = await client.stopped();
      const [top] = await client.stack(threadId);
      expect(top).toMatchObject({ name: 'help', line: lineOf(module, text), source: { path: module } });
      return { threadId, more: (await client.locals(top!.id)).get('more')?.value };
    };
    try {
      expect((await stopAt('return more')).more).toBe('4');
      // Lines move, and what they do changes, in both files, while the task is stopped.
      writeFileSync(module, '"""Helps."""\n\n\ndef help(x):\n    more = x + 100\n    return more\n');
      writeFileSync(script, readFileSync(script, 'utf8').replace('first = x', 'first = 10 * x'));
      await client.request('terminate', { restart: true });
      await client.event('terminated');
      await client.end();
      const again = await stopAt('return more');
      expect(again.more).toBe('130');
      await client.request('continue', { threadId: again.threadId });
      expect(await client.event('exited')).toEqual({ exitCode: 0 });
      expect(client.printed()).toContain('result 130');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
