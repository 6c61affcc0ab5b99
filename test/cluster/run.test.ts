/** A script from the shell to its end on real Ray, and what goes wrong on the way. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../simulator/cli/summary';
import type { RunInfo } from '../../simulator/model/run';
import { Heliostat, PYTHON, until } from './heliostat';

const sample = (name: string) => path.resolve('test/samples/run', name);

describe('heliostat run', () => {
  let heliostat: Heliostat;
  beforeAll(() => {
    heliostat = new Heliostat();
  });
  afterAll(() => heliostat.end());

  const runArgs = (name: string, ...more: string[]) => ['run', sample(name), '--python', PYTHON, ...more];

  it('runs on the nodes that the annotation names and prints one object', async () => {
    const { code, stdout, stderr } = await heliostat.run(runArgs('square.py', '--json'));
    expect(stderr).toContain('sum of squares: 2470');
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as RunSummary;
    expect(summary).toMatchObject({ state: 'succeeded', exitCode: 0, source: 'probe', lost: [] });
    expect(summary.nodes).toHaveLength(2);
    expect(summary.functions).toEqual([
      expect.objectContaining({ name: 'square', kind: 'task', count: 20, failed: 0 }),
    ]);
  });

  it('uses the same cluster again and keeps every task of every run', async () => {
    expect((await heliostat.run(runArgs('square.py'))).code).toBe(0);
    const { stdout } = await heliostat.run(['trace', 'last', '--json']);
    const { tasks } = JSON.parse(stdout) as { tasks: { kind: string; state: string; node: number | null }[] };
    const squares = tasks.filter((task) => task.kind === 'task');
    expect(squares).toHaveLength(20);
    expect(squares.every((task) => task.state === 'finished' && task.node !== null)).toBe(true);
    const status = await heliostat.run(['status', '--json']);
    expect(JSON.parse(status.stdout)).toHaveLength(1);
  });

  it('ends as the script ended and names the line of a remote failure', async () => {
    const { code, stdout, stderr } = await heliostat.run(runArgs('broken.py', '--json'));
    expect(code).toBe(1);
    const summary = JSON.parse(stdout) as RunSummary;
    expect(summary.state).toBe('failed');
    expect(summary.problems[0]?.message).toBe('ValueError: row 3 is broken');
    expect(summary.problems[0]?.at).toMatchObject({ file: sample('broken.py'), line: 12, function: 'check' });
    expect(stderr).toContain(`${sample('broken.py')}:12`);
    expect(stderr).not.toContain('heliostat_probe');
    expect(summary.functions[0]).toMatchObject({ name: 'check', count: 5, failed: 1 });
  });

  it('stops the script on the cluster when it is interrupted', async () => {
    const { code } = await heliostat.run(runArgs('slow.py'), async (child, printed) => {
      await until('the script begins', () => printed().includes('nap 0'));
      child.kill('SIGINT');
    });
    expect(code).toBe(130);
    const runs = JSON.parse((await heliostat.run(['runs', '--json'])).stdout) as RunInfo[];
    expect(runs[0]).toMatchObject({ state: { kind: 'cancelled' } });
    const log = await heliostat.run(['status', '--json']);
    expect((JSON.parse(log.stdout) as { activeRuns: string[] }[])[0]?.activeRuns).toEqual([]);
  });

  it('goes on with a run after its engine was killed, and loses no task of it', async () => {
    await heliostat.run(runArgs('slow.py'), async (_child, printed) => {
      await until('the script is under way', () => printed().includes('nap 2'));
      heliostat.killEngine();
    });
    await until('the run has ended', async () => {
      const runs = JSON.parse((await heliostat.run(['runs', '--json'])).stdout) as RunInfo[];
      return runs[0]?.state.kind === 'succeeded' && runs[0].taskCounts.finished === 12;
    });
    const { stdout } = await heliostat.run(['trace', 'last', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      functions: [{ name: 'nap', count: 12, failed: 0 }],
      lost: { tasks: 12, ended: 12, lost: 0, reasons: [] },
    });
  });

  it('says what is wrong before anything starts', async () => {
    const missing = await heliostat.run(['run', sample('nothing.py')]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain(`There is no script at ${sample('nothing.py')}.`);
    const wrong = await heliostat.run(['run', sample('wrongUnit.py')]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(`${sample('wrongUnit.py')}:3:12: `);
    // The warning comes before anything slow, so also when what comes next fails.
    const infeasible = await heliostat.run(['run', sample('infeasible.py'), '--python', '/no/python']);
    expect(infeasible.stderr).toContain(`${sample('infeasible.py')}:8:13: No node of this cluster has a GPU`);
    expect(infeasible.stderr).toContain('/no/python does not work as a Python.');
    expect(infeasible.stderr).not.toContain('0 tasks');
    const usage = await heliostat.run(['run']);
    expect(usage.code).toBe(2);
    const unreachable = await heliostat.run(['run', sample('square.py'), '--address', 'http://127.0.0.1:9']);
    expect(unreachable.stderr).toContain('No Ray cluster answers at http://127.0.0.1:9.');
  });

  it('leaves nothing behind', async () => {
    expect(heliostat.markedProcesses()).not.toEqual([]);
    expect((await heliostat.run(['down'])).code).toBe(0);
    expect(heliostat.markedProcesses()).toEqual([]);
    expect(heliostat.clusterDirs()).toEqual([]);
  });

  it('ends a run with its last sign of life when its cluster vanished while no engine was there', async () => {
    let lostMs = 0;
    await heliostat.run(runArgs('slow.py'), async (_child, printed) => {
      await until('the script is under way', () => printed().includes('nap 2'));
      heliostat.killEngine();
      for (const pid of heliostat.markedProcesses()) process.kill(pid, 'SIGKILL');
      lostMs = Date.now();
      // The engine that the command starts anew finds nothing; until then it is a while.
    });
    let lost: RunInfo | undefined;
    await until('the run is known to be lost', async () => {
      const runs = JSON.parse((await heliostat.run(['runs', '--json'])).stdout) as RunInfo[];
      lost = runs[0];
      return lost?.state.kind === 'failed';
    });
    expect(lost?.state).toMatchObject({ failure: { code: 'cluster-lost' } });
    expect(lost?.state).toHaveProperty('failure.detail', expect.stringContaining('last sign of life'));
    expect(Math.abs(lost!.endMs! - lostMs)).toBeLessThan(5000);
    expect(heliostat.clusterDirs()).toEqual([]);
  });
});
