import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pace } from '../../../webview/graph/pace';

const PAUSE_MS = 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('asks once for a version, waits between versions, and never misses the last', () => {
  const due = vi.fn();
  const pace = new Pace(PAUSE_MS, due);
  expect(pace.isDue('a', 1)).toBe(true);
  expect(pace.isDue('a', 1)).toBe(false);
  expect(pace.isDue('a', 2)).toBe(false);
  vi.advanceTimersByTime(PAUSE_MS - 1);
  expect(due).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(due).toHaveBeenCalledOnce();
  expect(pace.isDue('a', 2)).toBe(true);
});

it('asks at once about something else, and about the same after an answer that did not come', () => {
  const pace = new Pace(PAUSE_MS, () => undefined);
  expect(pace.isDue('a', 1)).toBe(true);
  expect(pace.isDue('b', 1)).toBe(true);
  pace.forget();
  expect(pace.isDue('b', 1)).toBe(true);
});
