/** Scripts with the expected ranges drawn in: `# «cpu» = 2` expects a diagnostic on exactly `cpu`. */
import { expect } from 'vitest';
import type { QuickFix, ScriptCheck, TextRange } from '../../../simulator/model/script';
import { checkScript } from '../../../simulator/script/check';

export const hostCpus = 4;

export interface Expected {
  code: string;
  /** A part of the message. */
  says?: string | RegExp;
  /** Titles of all quick fixes, in order. */
  fixes?: string[];
}

/**
 * Checks a marked script: one marked range per expected diagnostic, both in the order of the file. Returns the check
 * and the script without its marks.
 */
export function check(
  marked: string,
  ...expected: (string | Expected)[]
): { text: string; result: ScriptCheck } {
  const { text, ranges } = unmark(marked);
  const result = checkScript(text, { hostCpus });
  const wanted = expected.map((one) => (typeof one === 'string' ? { code: one } : one));
  expect(
    result.diagnostics.map(({ code, range }) => ({ code, range, text: pieceOf(text, range) })),
    result.diagnostics.map(({ message }) => message).join('\n'),
  ).toEqual(wanted.map(({ code }, index) => ({ code, ...ranges[index] })));
  wanted.forEach((one, index) => {
    const diagnostic = result.diagnostics[index];
    if (one.says !== undefined) expect(diagnostic?.message).toMatch(one.says);
    if (one.fixes) expect(diagnostic?.fixes.map(({ title }) => title)).toEqual(one.fixes);
  });
  return { text, result };
}

/** The text after a quick fix; edits at one place are inserted in their order, as VS Code does. */
export function applyFix(text: string, fix: QuickFix | undefined): string {
  expect(fix).toBeDefined();
  const edits = (fix?.edits ?? []).map(({ range, newText }) => ({
    from: offset(text, range.startLine, range.startColumn),
    to: offset(text, range.endLine, range.endColumn),
    newText,
  }));
  let fixed = '';
  let done = 0;
  for (const { from, to, newText } of edits.toSorted((a, b) => a.from - b.from)) {
    expect(from).toBeGreaterThanOrEqual(done);
    fixed += text.slice(done, from) + newText;
    done = to;
  }
  return fixed + text.slice(done);
}

/** A script whose metadata block holds these lines of TOML. */
export function block(...toml: string[]): string {
  return ['# /// script', ...toml.map((line) => (line === '' ? '#' : `# ${line}`)), '# ///', ''].join('\n');
}

export function unmark(marked: string): { text: string; ranges: { range: TextRange; text: string }[] } {
  const ranges: { range: TextRange; text: string }[] = [];
  let text = '';
  let start = 0;
  for (const part of marked.split(/([«»])/)) {
    if (part === '«') start = text.length;
    else if (part === '»') ranges.push({ range: rangeOf(text, start, text.length), text: text.slice(start) });
    else text += part;
  }
  return { text, ranges };
}

/** Lines end with `\n` here, whatever stands before it. */
function rangeOf(text: string, from: number, to: number): TextRange {
  const place = (at: number) => {
    const before = text.slice(0, at).split('\n');
    return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
  };
  const [start, end] = [place(from), place(to)];
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

function pieceOf(text: string, range: TextRange): string {
  return text.slice(
    offset(text, range.startLine, range.startColumn),
    offset(text, range.endLine, range.endColumn),
  );
}

function offset(text: string, line: number, column: number): number {
  const lines = text.split('\n').slice(0, line);
  return lines.reduce((sum, one) => sum + one.length + 1, 0) + column;
}
