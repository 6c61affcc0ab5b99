import { expect, it } from 'vitest';
import { slowestTask } from '../../../simulator/trace/slowestTask';
import { Program } from './build';

it('the slowest task of a function is told by its place among those that began', () => {
  const program = new Program();
  program.ran({ fn: 'works', at: [0, 30, 35] });
  program.ran({ fn: 'works', at: [0, 10, 90] });
  program.ran({ fn: 'other', at: [0, 5, 500] });
  program.ran({ fn: 'works', at: [0, 1, 20] });
  expect(slowestTask(program.store, 'works')).toBe(2);
  expect(slowestTask(program.store, 'm.works')).toBe(2);
  expect(slowestTask(program.store, 'orks')).toBe(null);
});
