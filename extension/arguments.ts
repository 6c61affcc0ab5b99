/** A script's arguments as one line of text, as a shell would read it. Pure. */
import { shellCommand } from '../simulator/model/shell';

/** Splits at spaces; quotes and backslashes work as in a shell, nothing is expanded. Null when a quote is left open. */
export function splitArguments(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (quote !== null) {
      if (char === quote) quote = null;
      else if (char === '\\' && quote === '"' && /["\\]/.test(line[at + 1] ?? ''))
        word += line[(at += 1)] ?? '';
      else word += char;
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word ??= '';
      if (char === '"' || char === "'") quote = char;
      else if (char === '\\') word += line[(at += 1)] ?? '';
      else word += char;
    }
  }
  if (quote !== null) return null;
  if (word !== null) words.push(word);
  return words;
}

/** The line that `splitArguments` reads as `words`. */
export function joinArguments(words: readonly string[]): string {
  return shellCommand(words);
}
