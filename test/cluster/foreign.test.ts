/** A run on a cluster that somebody else started: the probe travels with the job. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Heliostat } from './heliostat';
import { lastJson, RayByHand } from './rayByHand';

const SCRIPT = path.resolve('test/samples/probe/foreign.py');

interface Told {
  run: string;
  tasks: {
    id: string;
    name: string;
    state: string;
    cpuMs: number | null;
    deps: { task: string; kind: string }[];
  }[];
  lost: { tasks: number; ended: number; lost: number };
}

let ray: RayByHand;
const heliostat = new Heliostat();
beforeAll(async () => {
  ray = await RayByHand.startForeign();
});
afterAll(async () => {
  await heliostat.end();
  await ray?.end();
});

it('has the data edges of the run, and leaves the user’s own worker hook in its place', async () => {
  const run = await heliostat.run(['run', SCRIPT, '--address', ray.endpoint.address]);
  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect(lastJson(run.stdout)).toEqual({ marked: "the user's hook", sum: 3000 });
  const [listed] = JSON.parse((await heliostat.run(['runs', '--json'])).stdout) as { id: string }[];
  const told = JSON.parse((await heliostat.run(['trace', listed!.id, '--json'])).stdout) as Told;

  const names = new Map(told.tasks.map(({ id, name }) => [id, name]));
  const edges = told.tasks.flatMap(({ name, deps }) =>
    deps.map(({ task, kind }) => `${names.get(task)} > ${name} (${kind})`),
  );
  expect(edges.sort()).toEqual([
    ...Array<string>(3).fill('foreign.Adder.__init__ > foreign.Adder.add (actor)'),
    ...Array<string>(3).fill('foreign.first > foreign.second (argument)'),
    ...Array<string>(9).fill('foreign.first > foreign.second (nested)'),
    ...Array<string>(3).fill('foreign.second > foreign.Adder.add (argument)'),
  ]);
  const measured = told.tasks.filter(({ state, cpuMs }) => state === 'finished' && cpuMs !== null);
  expect(measured).toHaveLength(11);
  expect(told.lost).toMatchObject({ tasks: 10, ended: 10, lost: 0 });
});
