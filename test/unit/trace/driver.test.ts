import { expect, it } from 'vitest';
import type { TraceEvent } from '../../../simulator/model/trace';
import { driverOf } from '../../../simulator/trace/taskIds';
import { TraceStore } from '../../../simulator/trace/traceStore';

const task = driverOf('02000000');
/** As its own process tells it, and as whoever follows the job does: without a process, a little later. */
const byProcess: TraceEvent = {
  type: 'ended',
  task,
  node: '0',
  worker: 'a1',
  pid: 42,
  startMs: 1000,
  timeMs: 3000,
  cpuMs: 250,
  error: null,
  function: '__main__',
};
const byFollower: TraceEvent = {
  type: 'ended',
  task,
  node: '0',
  worker: '',
  pid: 0,
  startMs: 990,
  timeMs: 3100,
  cpuMs: null,
  error: 'exit code 3',
};

it.each([
  { who: 'the process first', events: [byProcess, byFollower], tookMs: 2000 },
  { who: 'the follower first', events: [byFollower, byProcess], tookMs: 2110 },
])('a driver that two tell the end of ended once, whoever comes first: $who', ({ events, tookMs }) => {
  const store = new TraceStore();
  for (const event of events) store.apply(event);
  const [stats] = store.stats.all();
  expect(store.tasks.attempts[0]).toBe(1);
  expect(stats!.durations.sum).toBe(tookMs);
  expect(store.tasks.cpuMs[0]).toBe(250);
  expect(store.tasks.pid[0]).toBe(42);
  expect(store.tasks.errorOf(0)).toBe('exit code 3');
  expect(store.tasks.errors.values[stats!.lastError]).toBe('exit code 3');
  expect(stats!.counts).toEqual([0, 0, 0, 1]);
});
