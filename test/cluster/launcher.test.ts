import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PYTHON, until } from './heliostat';
import { lastJson, RayByHand } from './rayByHand';

const SCRIPT = path.resolve('test/samples/probe/environment.py');
const DIR = path.dirname(SCRIPT);

let ray: RayByHand;
beforeAll(async () => {
  ray = await RayByHand.start();
});
afterAll(() => ray?.end());

it('runs the driver and its workers in the working directory', async () => {
  const { exit, log } = await ray.run(SCRIPT, { argv: [PYTHON, 'environment.py', '--x', 'a b'], cwd: DIR });
  expect(exit, log).toBe('0');
  expect(lastJson(log)).toMatchObject({
    driver: { cwd: DIR, argv: ['--x', 'a b'], mark: null },
    worker: { cwd: DIR, beside: 'found', mark: null, env: {} },
    actor: DIR,
  });
});

it('gives the job the runtime environment that came with the command', async () => {
  const runtimeEnv = { env_vars: { MARK: 'm' }, working_dir: `local://${DIR}` };
  const { exit, log } = await ray.run(SCRIPT, { env: { MARK: 'm' }, runtimeEnv });
  expect(exit, log).toBe('0');
  expect(lastJson(log)).toMatchObject({
    driver: { cwd: DIR, mark: 'm' },
    worker: { cwd: DIR, beside: 'found', mark: 'm', env: runtimeEnv },
    actor: DIR,
  });
});

it('ends with the script’s exit code, which is the job’s as well', async () => {
  const slot = await ray.slot();
  ray.fill(slot, { argv: [PYTHON, '-c', 'import ray, sys; ray.init(); sys.exit(3)'], cwd: DIR });
  const job = await ray.ended(slot);
  expect(job).toMatchObject({ status: 'FAILED', exitCode: 3 });
  expect(ray.exit(slot)).toBe('3');
});

it('is stopped by Ray while it waits', async () => {
  const slot = await ray.slot();
  await ray.stopJob(slot);
  expect((await ray.ended(slot)).status).toBe('STOPPED');
});

it('is stopped by Ray while the script runs, and still leaves an exit code', async () => {
  const slot = await ray.slot();
  const code = 'import ray, time; ray.init(logging_level="error"); print("up"); time.sleep(60)';
  ray.fill(slot, { argv: [PYTHON, '-c', code], cwd: DIR });
  await until('the script is up', () => ray.log(slot).includes('\nup\n'));
  await ray.stopJob(slot);
  expect((await ray.ended(slot)).status).toBe('STOPPED');
  await until('the exit code', () => existsSync(path.join(ray.dir, slot, 'exit')));
  // Ray's own handler of SIGTERM ends the driver with the signal's number.
  expect(ray.exit(slot)).toBe('15');
});
