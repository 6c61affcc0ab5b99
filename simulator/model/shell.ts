/** Words as a POSIX shell takes them. */

/** One word, quoted where it must be. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command as one would type it. */
export function shellCommand(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}
