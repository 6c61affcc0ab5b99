import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../../simulator/base/context';
import { shellCommand } from '../../../simulator/model/shell';
import { runCommand } from '../../../simulator/python/commands';
import { temporaryFolder } from './pythons';

const never = new AbortController().signal;
const env = process.env;

test('the exit code, the standard output and the last lines of both outputs are told', async () => {
  const lines: string[] = [];
  const end = await runCommand({
    argv: ['sh', '-c', 'cat; for i in $(seq 100); do echo "line $i" >&2; done; exit 3'],
    env,
    signal: never,
    input: 'given',
    onLine: (line) => lines.push(line),
  });
  expect(end.exitCode).toBe(3);
  expect(end.stdout).toBe('given');
  expect(end.tail.split('\n')).toHaveLength(30);
  expect(end.tail).toMatch(/line 99\nline 100/);
  expect(lines.filter((line) => line.startsWith('line '))).toHaveLength(99);
});

test('a program that is not there is an end with a reason', async () => {
  const end = await runCommand({ argv: ['/nowhere/python'], env, signal: never });
  expect(end).toMatchObject({ exitCode: null, tail: 'spawn /nowhere/python ENOENT' });
});

test('a program that does not read its input is no error', async () => {
  const end = await runCommand({ argv: ['true'], env, signal: never, input: 'x'.repeat(1 << 20) });
  expect(end.exitCode).toBe(0);
});

test('cancelling ends the program and what it started, even when they do not want to', async () => {
  const file = path.join(temporaryFolder(), 'pid');
  const controller = new AbortController();
  const script = `trap "" TERM; sh -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 0.1; done' & wait; sleep 60`;
  const running = runCommand({ argv: ['sh', '-c', script], env, signal: controller.signal });
  const pid = await until(never, { deadlineMs: 20_000, everyMs: 20, onTimeout: notStarted }, async () => {
    const text = readIfThere(file);
    return text.endsWith('\n') ? { value: Number(text) } : { notYet: 'no pid' };
  });
  expect(() => process.kill(pid, 0)).not.toThrow();
  controller.abort();
  await expect(running).rejects.toMatchObject({ failure: { code: 'cancelled' } });
  expect(isGone(pid)).toBe(true);
}, 60_000);

test('a program that takes too long is ended, and its end says so', async () => {
  const end = await runCommand({ argv: ['sleep', '60'], env, signal: never, limitMs: 100 });
  expect(end).toMatchObject({ exitCode: null, tail: 'It had not ended after 0.1 s.' });
});

test('a command can be pasted into a shell', () => {
  expect(shellCommand(['/a b/python', '-m', 'pip', 'install', 'ray[default]>=2.49', "it's"])).toBe(
    `'/a b/python' -m pip install 'ray[default]>=2.49' 'it'\\''s'`,
  );
});

function notStarted(reason: string): never {
  throw new Error(reason);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Gone, or dead and only not yet collected by its new parent. */
function isGone(pid: number): boolean {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat === '' || stat.split(') ')[1]?.startsWith('Z') === true;
}
