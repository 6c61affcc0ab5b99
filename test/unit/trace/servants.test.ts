/** Calls that Ray's libraries make for themselves are not shown, whoever tells of them. */
import { expect, it } from 'vitest';
import type { Reported } from '../../../simulator/run/jobApi';
import { isServants } from '../../../simulator/run/reconcile';
import { usersActors } from '../../../simulator/trace/actorState';
import { taskList } from '../../../simulator/trace/taskList';
import { accounts } from '../../../simulator/trace/summary';
import { CREATION, Program } from './build';
import { DRIVER, JOB, T0_MS, taskId } from './synthetic';

const OTHER = '89abcdef0123456701234567' + JOB;

const reported = (actor: string, name: string): Reported => ({
  ...{ type: 'reported', task: '7'.repeat(16) + actor, parent: DRIVER, kind: 'actor-task', function: name },
  ...{ state: 'failed', attempt: 0, node: null, startMs: null, endMs: null, error: 'The actor died.' },
});

it('are left out of what Ray reports after the end', () => {
  const program = new Program();
  const submitted = { type: 'submitted', parent: DRIVER, kind: 'actor-creation', timeMs: T0_MS } as const;
  program.apply({ ...submitted, task: CREATION, function: 'ray.tune.ImplicitFunc.__init__', deps: [] });
  program.apply({ ...submitted, task: 'f'.repeat(16) + OTHER, function: 'm.Mine.__init__', deps: [] });
  const { store } = program;
  expect(isServants(reported(CREATION.slice(16), 'ImplicitFunc.stop'), store)).toBe(true);
  expect(isServants(reported(OTHER, 'Mine.__ray_ready__'), store)).toBe(true);
  // Lost with its worker before the probe could tell of it.
  expect(isServants(reported(OTHER, 'Mine.stop'), store)).toBe(false);
  expect(isServants(reported(OTHER, 'Mine.__ray_call__'), store)).toBe(false);
  const watcher = { ...reported(OTHER, 'PreemptionWatcher.__init__'), kind: 'actor-creation' } as const;
  expect(isServants({ ...watcher, task: 'f'.repeat(16) + '1'.repeat(24) + JOB }, store)).toBe(false);
  const controller = '6'.repeat(40) + JOB;
  expect(
    isServants({ ...watcher, task: 'f'.repeat(16) + '1'.repeat(24) + JOB, parent: controller }, store),
  ).toBe(true);
});

it('do not count when somebody waited for them', () => {
  const program = new Program();
  program.ran({ fn: 'work', at: [0, 1, 2] });
  program.apply({ type: 'counted', source: 'probe', tasks: 1 });
  program.got([taskId(500)], 2, 3);
  expect(accounts(program.store)).toMatchObject({ tasks: 1, ended: 1 });
  expect(program.store.counts().waiting).toBe(0);
  const query = { filter: { text: '', functionId: null, state: null, node: null }, sort: null };
  const { matching, total } = taskList(program.store, { ...query, from: 0, limit: 10 });
  expect([matching, total]).toEqual([1, 1]);
});

it('stay away with their actors', () => {
  const { store } = new Program();
  for (const [id, className] of [
    [OTHER, 'Mine'],
    [CREATION.slice(16), '_StatsActor'],
  ] as const)
    store.apply({
      ...{ type: 'actor', actor: id, className, state: 'alive', reason: null, timeMs: T0_MS },
    });
  const submitted = { type: 'submitted', parent: DRIVER, kind: 'actor-creation', timeMs: T0_MS } as const;
  store.apply({ ...submitted, task: 'f'.repeat(16) + OTHER, function: 'm.Mine.__init__', deps: [] });
  expect(usersActors(store).map(({ className }) => className)).toEqual(['Mine']);
  // Only the probe tells Ray's own from the user's.
  store.source = 'state-api';
  expect(usersActors(store)).toHaveLength(2);
});

it('leave a task the name that who ran it gave it, whichever record comes first', () => {
  const program = new Program();
  const task = taskId(1);
  const where = { node: '0', worker: 'w', pid: 2, cpuMs: 1, error: null };
  const times = { startMs: T0_MS + 1, timeMs: T0_MS + 2 };
  program.apply({ type: 'ended', task, function: 'ray.tune.objective', ...where, ...times });
  const submitted = { type: 'submitted', parent: DRIVER, kind: 'actor-task', timeMs: T0_MS } as const;
  program.apply({ ...submitted, task, function: 'ray.tune.ImplicitFunc.train', deps: [] });
  const { tasks } = program.store;
  expect(tasks.functions.values[tasks.fn[tasks.find(task)!]!]).toBe('ray.tune.objective');
});
