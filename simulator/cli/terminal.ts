/** What the command line writes where: results on standard output, everything for people on standard error. */
import { failureWords } from '../model/failureWords';
import { toFailure, type Failure } from '../model/failure';

const isFancy = process.stderr.isTTY === true && !process.env['NO_COLOR'];

export function style(text: string, code: 'bold' | 'dim' | 'red' | 'green' | 'yellow'): string {
  const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };
  return isFancy ? `\u001b[${codes[code]}m${text}\u001b[0m` : text;
}

export function say(text: string): void {
  status(null);
  process.stderr.write(`${text}\n`);
}

let shown = '';

/** One line that replaces itself on a terminal; elsewhere each new text is a line. Null clears it. */
export function status(text: string | null): void {
  if (text === shown) return;
  if (isFancy)
    process.stderr.write(
      `\r\u001b[K${text ? style(text, 'dim').slice(0, 4 * (process.stderr.columns ?? 80)) : ''}`,
    );
  else if (text) process.stderr.write(`${text}\n`);
  shown = text ?? '';
}

/** Ends the program when whoever reads it has heard enough, as `head` has: a run goes on in the engine. */
export function leaveWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
}

/** Writes all of it before the program ends, however large. */
export function print(text: string): Promise<void> {
  status(null);
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

export const EXIT = { ok: 0, failure: 1, usage: 2, cancelled: 130 } as const;

/** Words, details and what to type next. Returns the exit code. */
export function explain(thrown: unknown): number {
  const failure = toFailure(thrown);
  if (failure.code === 'cancelled') {
    say('Cancelled.');
    return EXIT.cancelled;
  }
  explainFailure(failure);
  return EXIT.failure;
}

export function explainFailure(failure: Failure): void {
  const { title, detail, actions } = failureWords(failure);
  say(style(title, 'red'));
  if (detail) say(detail);
  for (const { shell } of actions) if (shell) say(style(`→ ${shell}`, 'dim'));
}
