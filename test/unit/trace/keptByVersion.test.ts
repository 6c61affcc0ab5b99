import { expect, it } from 'vitest';
import { KeptByVersion } from '../../../simulator/trace/keptByVersion';
import { TraceStore } from '../../../simulator/trace/traceStore';

const LONG_MS = 60;

function slowly<T>(value: T): T {
  const until = performance.now() + LONG_MS;
  while (performance.now() < until);
  return value;
}

it('what took long is used a little longer while the run goes on, and never after its last change', () => {
  const store = new TraceStore();
  const kept = new KeptByVersion<number>(1);
  const now = (): number => kept.of(store, '', () => slowly(store.version));
  const first = now();
  store.version++;
  expect(now()).toBe(first);
  store.isSettled = true;
  expect(now()).toBe(store.version);
});
