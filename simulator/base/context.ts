/** What every operation that takes time is given first: a log, a signal that cancels it, and a place to say what it does. */
import { fail, FailureError } from '../model/failure';

export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface Context {
  log: Log;
  signal: AbortSignal;
  /** Says in a few words what happens now, for people. */
  step(text: string): void;
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };

/** Resolves after `ms`; rejects as `cancelled` when the signal fires. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled());
    const onAbort = () => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Never resolves; rejects as `cancelled` when the signal fires. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(cancelled());
    else signal.addEventListener('abort', () => reject(cancelled()), { once: true });
  });
}

/** A probe's answer: the value it waited for, or why it is not there yet. */
export type Probed<T> = { value: T } | { notYet: string };

/**
 * Asks `probe` until it has a value. After `deadlineMs` the last reason goes to `onTimeout`, which must throw.
 */
export async function until<T>(
  signal: AbortSignal,
  options: { deadlineMs: number; everyMs: number; onTimeout(lastReason: string): never },
  probe: () => Promise<Probed<T>>,
): Promise<T> {
  const endMs = performance.now() + options.deadlineMs;
  for (;;) {
    if (signal.aborted) fail({ code: 'cancelled' });
    const probed = await probe();
    if ('value' in probed) return probed.value;
    if (performance.now() > endMs) return options.onTimeout(probed.notYet);
    await sleep(options.everyMs, signal);
  }
}

function cancelled(): Error {
  return new FailureError({ code: 'cancelled' });
}
