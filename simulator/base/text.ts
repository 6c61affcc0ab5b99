/** Text as programs print it. */

/** Without the colours that terminals understand. */
export function stripColours(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}
