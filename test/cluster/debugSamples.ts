/** What tests say about lines of samples. */
import { readFileSync } from 'node:fs';

/** Line (from 1) of the first line that has the text. */
export function lineOf(file: string, text: string): number {
  const at = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text));
  if (at === -1) throw new Error(`${file} has no line with ${text}`);
  return at + 1;
}
