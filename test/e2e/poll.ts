import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions {
  /** Ends the sentence "Waited … for". Asked only when the wait failed. */
  readonly what: string | (() => string);
  readonly timeoutMs: number;
}

/**
 * Asks `probe` again and again until it returns something other than `undefined`, `null` or `false`, and returns
 * that. Throws what the probe throws, and an error that names `what` when the time is over.
 */
export async function pollUntil<T>(
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  { what, timeoutMs }: PollOptions,
): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > deadlineMs) {
      throw new Error(`Waited ${timeoutMs / 1000} s for ${typeof what === 'string' ? what : what()}`);
    }
    await delay(100);
  }
}
