/** `heliostat rehearse`: real Ray under a graph of sleeps, on far more logical CPUs than the machine has. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphFile, GraphTask } from '../../simulator/model/scaling';
import type { Rehearsed } from '../../simulator/cli/rehearse';
import { Heliostat, PYTHON } from './heliostat';

const task = (one: Partial<GraphTask> & Pick<GraphTask, 'id' | 'name'>): GraphTask => ({
  durationMs: 300,
  cpus: 1,
  gpus: 0,
  outputBytes: 1000,
  deps: [],
  ...one,
});
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Twelve at once, three large results to one task each, nested tasks, a batch, a wait loop, and calls of an actor. */
const EVERYTHING: GraphFile = {
  actors: [{ id: 'counter', cpus: 0, gpus: 0 }],
  tasks: [
    ...numbers(12).map((i) => task({ id: `m${i}`, name: 'map', outputBytes: i < 3 ? 2_000_000 : 1000 })),
    ...numbers(3).map((i) => task({ id: `r${i}`, name: 'reduce', deps: [`m${i}`, `m${i + 3}`] })),
    task({ id: 'outer', name: 'outer', durationMs: 100, after: ['r0', 'r1', 'r2'], thinkMs: 50 }),
    task({ id: 'in0', name: 'inner', parent: 'outer', deps: ['m3'] }),
    task({ id: 'in1', name: 'inner', parent: 'outer', deps: ['in0'] }),
    task({ id: 'uses-inner', name: 'reduce', deps: ['in1'] }),
    ...numbers(2).map((i) =>
      task({ id: `c${i}`, name: 'Counter.add', cpus: 0, actor: 'counter', deps: ['outer'] }),
    ),
    task({ id: 'late', name: 'map', afterFinished: 17 }),
  ],
};

describe('heliostat rehearse', () => {
  let heliostat: Heliostat;
  let folder = '';
  beforeAll(() => {
    heliostat = new Heliostat();
    folder = mkdtempSync(path.join(tmpdir(), 'heliostat-graphs-'));
  });
  afterAll(async () => {
    await heliostat.end();
    rmSync(folder, { recursive: true, force: true });
  });

  function file(name: string, content: unknown): string {
    const at = path.join(folder, name);
    writeFileSync(at, JSON.stringify(content));
    return at;
  }

  const rehearse = (...args: string[]) => heliostat.run(['rehearse', ...args, '--python', PYTHON]);

  it('runs every kind of task in its order on all slots, and leaves no cluster', async () => {
    const graph = file('everything.json', EVERYTHING);
    const { code, stdout, stderr } = await rehearse(
      '--graph',
      graph,
      '--nodes',
      '2',
      '--cpus',
      '6',
      '--json',
    );
    expect(code, stderr).toBe(0);
    const done = JSON.parse(stdout) as Rehearsed;
    expect(done).toMatchObject({ tasks: EVERYTHING.tasks.length, slots: 12 });
    const times = new Map(done.times.map((one) => [one.id, one]));
    const [start, end] = [(id: string) => times.get(id)!.startMs, (id: string) => times.get(id)!.endMs];
    // All twelve at the same time, on both nodes.
    const maps = numbers(12).map((i) => `m${i}`);
    expect(Math.max(...maps.map(start))).toBeLessThan(Math.min(...maps.map(end)));
    expect(new Set(maps.map((id) => times.get(id)!.node))).toEqual(new Set([0, 1]));
    for (const { id, deps, after = [], parent } of EVERYTHING.tasks) {
      for (const need of [...deps, ...after])
        expect(start(id), `${id} after ${need}`).toBeGreaterThan(end(need) - 1);
      if (parent) expect(end(parent), `${parent} waits for ${id}`).toBeGreaterThan(end(id) - 1);
    }
    expect(start('c1')).toBeGreaterThan(end('c0') - 1);
    expect(start('outer') - Math.max(end('r0'), end('r1'), end('r2'))).toBeGreaterThan(49);
    expect(done.wallMs).toBeGreaterThan(Math.max(...done.times.map((one) => one.endMs)) - 1);
    expect(done.coldStartMs).toBeGreaterThan(0);
    expect(JSON.parse((await heliostat.run(['status', '--json'])).stdout)).toEqual([]);
  });

  it('keeps the cluster when asked, uses it again, and tells people in words', async () => {
    const graph = file('small.json', {
      tasks: numbers(3).map((i) => ({ id: `t${i}`, durationMs: 100, gpus: 1 })),
    });
    const types = ['--node-type', 'cpus=2', '--node-type', 'cpus=1,gpus=2'];
    expect((await rehearse('--graph', graph, ...types, '--keep')).stderr).toMatch(
      /3 tasks took \d+ ms on 1 warm/,
    );
    const again = await rehearse('--graph', graph, ...types);
    expect(again.stderr).toMatch(/3 tasks took/);
    expect(again.stderr).not.toContain('Starting the head');
    expect(JSON.parse((await heliostat.run(['status', '--json'])).stdout)).toHaveLength(1);
  });

  it('says what is wrong with a graph before anything starts', async () => {
    const ring = file('ring.json', {
      tasks: [
        { id: 'a', durationMs: 1, deps: ['b'] },
        { id: 'b', durationMs: 1, deps: ['a'] },
      ],
    });
    const cycle = await rehearse('--graph', ring);
    expect(cycle.code).toBe(1);
    expect(cycle.stderr).toContain('These tasks wait for each other: a → b → a.');
    const missing = await rehearse('--graph', path.join(folder, 'none.json'));
    expect(missing.stderr).toContain('It cannot be read.');
    const gpus = file('gpus.json', { tasks: [{ id: 'a', durationMs: 1, gpus: 1 }] });
    expect((await rehearse('--graph', gpus, '--cpus', '2')).stderr).toContain('No node has room for task a');
    expect((await rehearse('--graph', ring, '--node-type', 'cpus=many')).code).toBe(2);
    expect((await rehearse()).stderr).toContain('Give a run, or graphs');
  });
});
