/** What is shown against what Ray counts, which is attempts. */
import { expect, it } from 'vitest';
import type { TraceEvent } from '../../../simulator/model/trace';
import { accounts } from '../../../simulator/trace/summary';
import { DRIVER } from './synthetic';
import { Program } from './build';

function program(): { program: Program; task: string } {
  const program = new Program();
  for (let n = 0; n < 2; n++) program.ran({ fn: 'work', at: [0, 1, 2] });
  return { program, task: program.ran({ fn: 'killed once', at: [0, 5, 9] }) };
}

const died = (task: string, attempt: number): TraceEvent => ({
  ...{ type: 'reported', task, parent: DRIVER, kind: 'task', function: 'killed once', state: 'failed' },
  ...{ attempt, node: null, startMs: null, endMs: null, error: 'The worker died.' },
});

it('is the same where nothing is missing, the driver left out', () => {
  const { program: whole } = program();
  whole.apply({ type: 'counted', source: 'ray', tasks: 3 });
  expect(accounts(whole.store)).toEqual({ tasks: 3, ended: 3, countedByRay: 3, lost: 0 });
});

it('takes what Ray counts beyond that for lost', () => {
  const { program: holed } = program();
  holed.apply({ type: 'counted', source: 'ray', tasks: 5 });
  expect(accounts(holed.store)).toMatchObject({ countedByRay: 5, lost: 2 });
});

it('knows attempts that died with their workers once Ray has told of them', () => {
  const { program: retried, task } = program();
  retried.apply({ type: 'counted', source: 'ray', tasks: 5 });
  // Attempts 0 and 1 died; the third, whose end the probe saw, came first.
  for (const attempt of [0, 1]) retried.apply(died(task, attempt));
  expect(accounts(retried.store)).toEqual({ tasks: 3, ended: 3, countedByRay: 3, lost: 0 });
  expect(retried.store.tasks.state[retried.store.tasks.find(task)!]).toBe(2);
});

it('does not take the servants of Ray’s libraries for tasks', () => {
  const { program: served } = program();
  served.apply({ type: 'counted', source: 'probe', tasks: 4 });
  served.apply({ type: 'counted', source: 'ray', tasks: 7 });
  expect(accounts(served.store)).toMatchObject({ countedByRay: 3, lost: 0 });
});
