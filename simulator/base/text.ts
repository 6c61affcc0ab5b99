/** Text as programs print it, and names as people write them. */

/** Without the colours that terminals understand. */
export function stripColours(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}

/** Whether a function's whole name is what somebody calls it, who may leave out what it is in. */
export function isCalled(fullName: string, name: string): boolean {
  return fullName === name || fullName.endsWith(`.${name}`);
}
