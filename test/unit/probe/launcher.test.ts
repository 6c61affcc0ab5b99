import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slotEntryPoint } from '../../../simulator/probe/entryPoint';
import { until } from '../../cluster/heliostat';

const PYTHON = process.env['HELIOSTAT_TEST_PYTHON'] ?? '/tmp/rayenv/bin/python';
const LAUNCHER = path.resolve('simulator/probe/launcher.py');

let root: string;
let slot: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'heliostat-slot-'));
  slot = path.join(root, `it's a slot`);
  mkdirSync(slot);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a slot’s entry point', () => {
  it.each([
    ['print("fine")', 0],
    ['raise ValueError("no")', 1],
    ['import sys; sys.exit(3)', 3],
    ['import os; os.kill(os.getpid(), 9)', 137],
    ['import os; os.kill(os.getpid(), 15)', 143],
  ])('leaves the exit code of %s', async (code, exitCode) => {
    const shell = begin();
    fill({ argv: [PYTHON, '-c', code] });
    expect(await shell.ended).toBe(exitCode);
    expect(readFileSync(path.join(slot, 'exit'), 'utf8')).toBe(`${exitCode}\n`);
  });

  it('waits, says so, and goes over in the same process', async () => {
    const shell = begin();
    await until('the launcher waits', () => existsSync(path.join(slot, 'waiting')));
    expect(existsSync(path.join(slot, 'started'))).toBe(false);
    fill({
      argv: [PYTHON, '-c', 'import os, sys; print(os.getpid(), os.getcwd(), sys.argv[1:])', 'a b', '--x'],
    });
    expect(await shell.ended).toBe(0);
    const started = JSON.parse(readFileSync(path.join(slot, 'started'), 'utf8')) as {
      pid: number;
      timeMs: number;
    };
    expect(Number(readFileSync(path.join(slot, 'waiting'), 'utf8'))).toBe(started.pid);
    expect(shell.printed()).toBe(`${started.pid} ${root} ['a b', '--x']\n`);
  });

  it('finds a program on the PATH of the script’s own environment', async () => {
    const shell = begin();
    fill({ argv: [path.basename(PYTHON), '-c', 'print(1)'], env: { PATH: path.dirname(PYTHON) } });
    expect([await shell.ended, shell.printed()]).toEqual([0, '1\n']);
  });

  it.each([
    [{ argv: ['/no/such/python', 'x.py'] }, 'there is no /no/such/python'],
    [{ argv: ['no-such-program'] }, `there is no no-such-program on the cluster's PATH`],
    [{ cwd: '/no/such/dir' }, `No such file or directory: '/no/such/dir'`],
    [{ argv: [] }, 'its command is malformed'],
    [{ runtimeEnv: 'x' }, 'its command is malformed'],
  ])('says in plain words what is wrong with %j', async (wrong, words) => {
    const shell = begin();
    fill(wrong);
    expect(await shell.ended).toBe(127);
    expect(shell.printed()).toContain('Heliostat cannot start the script: ');
    expect(shell.printed()).toContain(words);
    expect(readFileSync(path.join(slot, 'exit'), 'utf8')).toBe('127\n');
  });

  it('ends when it is dismissed', async () => {
    const shell = begin();
    await until('the launcher waits', () => existsSync(path.join(slot, 'waiting')));
    writeFileSync(path.join(slot, 'dismiss'), '');
    expect([await shell.ended, shell.printed()]).toEqual([0, '']);
  });

  it('ends quietly when its slot vanishes', async () => {
    const shell = begin();
    await until('the launcher waits', () => existsSync(path.join(slot, 'waiting')));
    rmSync(slot, { recursive: true });
    expect([await shell.ended, shell.printed()]).toEqual([0, '']);
  });

  it('outlives the signal that stops the job, and keeps the code that the script ends with', async () => {
    const shell = begin();
    fill({
      argv: [
        PYTHON,
        '-c',
        'import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print("up", flush=True); time.sleep(60)',
      ],
    });
    await until('the script runs', () => shell.printed() === 'up\n');
    const { pid } = JSON.parse(readFileSync(path.join(slot, 'started'), 'utf8')) as { pid: number };
    process.kill(shell.child.pid!, 'SIGTERM');
    process.kill(pid, 'SIGTERM');
    expect(await shell.ended).toBe(7);
    expect(readFileSync(path.join(slot, 'exit'), 'utf8')).toBe('7\n');
  });
});

describe('what the script inherits', () => {
  const jobConfig = {
    runtime_env: { env_vars: {} },
    metadata: { job_submission_id: 's-1', job_name: 'n' },
  };

  it('is what Ray gives the driver of a job submitted with that runtime environment', async () => {
    const got = await environment(
      { RAY_JOB_CONFIG_JSON_ENV_VAR: JSON.stringify(jobConfig), BASE: 'b', PYTHONPATH: '/nodes' },
      {
        env: { OWN: '1' },
        runtimeEnv: { env_vars: { A: '${BASE}-${NOT_THERE}x' }, working_dir: 'local:///ws' },
      },
    );
    expect(got).toMatchObject({ A: 'b-x', OWN: '1', PYTHONUNBUFFERED: '1' });
    expect(got['PYTHONPATH']?.split(':')).toEqual([root, '/nodes']);
    expect(JSON.parse(got['RAY_JOB_CONFIG_JSON_ENV_VAR'] ?? '')).toEqual({
      runtime_env: { env_vars: { A: '${BASE}-${NOT_THERE}x' }, working_dir: 'local:///ws' },
      metadata: { ...jobConfig.metadata, heliostat_run: 'r-1', heliostat_cwd: root },
    });
    expect(got).not.toHaveProperty('RAY_RUNTIME_ENV_HOOK');
  });

  it('has no empty runtime environment, which would cost each worker a process', async () => {
    const got = await environment({ RAY_JOB_CONFIG_JSON_ENV_VAR: JSON.stringify(jobConfig) }, {});
    expect(JSON.parse(got['RAY_JOB_CONFIG_JSON_ENV_VAR'] ?? '')).toMatchObject({ runtime_env: {} });
  });

  it('brings the probe where there is a spool, whatever the script does to PYTHONPATH', async () => {
    const got = await environment({ HELIOSTAT_SPOOL: '/spool' }, { env: { PYTHONPATH: 'src' } });
    expect(got['PYTHONPATH']?.split(':')).toEqual([root, 'src', path.dirname(LAUNCHER)]);
    expect(got).toMatchObject({ RAY_RUNTIME_ENV_HOOK: 'heliostat_probe.driver', HELIOSTAT_RUN: 'r-1' });
  });
});

interface Shell {
  child: ChildProcess;
  ended: Promise<number | null>;
  printed(): string;
}

function begin(env: Record<string, string> = {}): Shell {
  const child = spawn('/bin/sh', ['-c', slotEntryPoint(PYTHON, LAUNCHER, slot)], {
    env: { PATH: process.env['PATH'], ...env },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => (printed += piece.toString()));
  return { child, ended: new Promise((resolve) => child.on('close', resolve)), printed: () => printed };
}

function fill(command: Record<string, unknown>): void {
  const whole = { argv: [PYTHON, '-c', ''], cwd: root, env: {}, runtimeEnv: {}, run: 'r-1', ...command };
  writeFileSync(path.join(slot, 'command.tmp'), JSON.stringify(whole));
  renameSync(path.join(slot, 'command.tmp'), path.join(slot, 'command.json'));
}

async function environment(
  outer: Record<string, string>,
  command: Record<string, unknown>,
): Promise<Record<string, string>> {
  const shell = begin(outer);
  fill({ argv: [PYTHON, '-c', 'import json, os; print(json.dumps(dict(os.environ)))'], ...command });
  expect(await shell.ended).toBe(0);
  return JSON.parse(shell.printed()) as Record<string, string>;
}
