/**
 * Finds the inline script metadata of PEP 723: a run of comment lines from `# /// script` to `# ///`.
 * As the PEP wants it, the last `# ///` of the run closes the block, and blocks of other types are skipped.
 * An unclosed block is no block; since tools then ignore it in silence, each such mistake is an error here.
 */
import type { ScriptDiagnostic, TextRange } from '../model/script';
import { problem, replace } from './diagnostics';
import { lineAt, type TextLines } from './textLines';

const opening = /^# \/\/\/ ([a-zA-Z0-9-]+)$/;
const nearlyOpening = /^\s*#\s*\/{3,}\s*script\s*$/i;
const nearlyClosing = /^\s*#\s*\/{3,}\s*$/;
const content = /^#( .*)?$/;

export const openingLine = '# /// script';
export const closingLine = '# ///';

/** The one `script` block of a file, with its TOML freed of the comment signs. */
export class MetadataBlock {
  readonly toml: string;
  private readonly starts: number[] = [];
  private readonly prefixes: number[] = [];

  constructor(
    readonly lines: TextLines,
    readonly openLine: number,
    readonly closeLine: number,
  ) {
    let toml = '';
    for (let line = openLine + 1; line < closeLine; line++) {
      const text = lines.line(line);
      const prefix = text.startsWith('# ') ? 2 : 1;
      this.starts.push(toml.length);
      this.prefixes.push(prefix);
      toml += text.slice(prefix) + '\n';
    }
    this.toml = toml;
  }

  /** Where a piece of the TOML (offsets, `to` exclusive) stands in the file. */
  range(from: number, to: number): TextRange {
    const start = this.position(from);
    const end = this.position(to);
    return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
  }

  private position(offset: number): { line: number; column: number } {
    const index = lineAt(this.starts, offset);
    const line = this.openLine + 1 + index;
    const column = offset - (this.starts[index] ?? 0) + (this.prefixes[index] ?? 0);
    return { line, column: Math.min(column, this.lines.line(line).length) };
  }
}

export interface FoundMetadata {
  block: MetadataBlock | null;
  diagnostics: ScriptDiagnostic[];
}

/** Looks through the whole file. With two blocks the first one counts and the second is an error. */
export function findMetadata(lines: TextLines): FoundMetadata {
  let block: MetadataBlock | null = null;
  const diagnostics: ScriptDiagnostic[] = [];
  for (let line = 0; line < lines.lines.length; line++) {
    const text = lines.line(line);
    if (!text.includes('///')) continue;
    const type = opening.exec(text)?.[1];
    if (type !== 'script' && nearlyOpening.test(text)) diagnostics.push(wrongOpening(lines, line));
    if (type === undefined) continue;
    const closeLine = findClosing(lines, line);
    if (type === 'script' && closeLine === null) {
      diagnostics.push(block ? openedTwice(lines, line, block.openLine) : unclosed(lines, line));
    } else if (type === 'script' && closeLine !== null) {
      if (block) diagnostics.push(openedTwice(lines, line, block.openLine));
      else block = new MetadataBlock(lines, line, closeLine);
    }
    if (closeLine !== null) line = closeLine;
  }
  return { block, diagnostics };
}

/**
 * The last closing line of the run. A second opening of a `script` block in its run is taken for a mistake, since no
 * TOML looks like that; in a block of another type it is text.
 */
function findClosing(lines: TextLines, openLine: number): number | null {
  const isScript = lines.line(openLine) === openingLine;
  let closing: number | null = null;
  for (let line = openLine + 1; content.test(lines.line(line)); line++) {
    if (isScript && lines.line(line) === openingLine) break;
    if (lines.line(line) === closingLine) closing = line;
  }
  return closing;
}

function wrongOpening(lines: TextLines, line: number): ScriptDiagnostic {
  const range = lines.wholeLine(line);
  return problem(
    'block-opening',
    `The block is not read: its first line must be exactly \`${openingLine}\`.`,
    range,
    [replace(`Write \`${openingLine}\``, range, openingLine)],
  );
}

function openedTwice(lines: TextLines, line: number, firstLine: number): ScriptDiagnostic {
  const message = `A script has one \`${openingLine}\` block; the first one opens on line ${firstLine + 1}.`;
  return problem('block-twice', message, lines.wholeLine(line));
}

/** Says why a block does not close: at the line that interrupts it, at a closing line that is not quite one, or at its start. */
function unclosed(lines: TextLines, openLine: number): ScriptDiagnostic {
  let end = openLine + 1;
  for (; content.test(lines.line(end)); end++) {
    if (lines.line(end) === openingLine) return openedTwice(lines, end, openLine);
    if (nearlyClosing.test(lines.line(end))) return wrongClosing(lines, end);
  }
  if (closesLater(lines, end))
    return nearlyClosing.test(lines.line(end)) ? wrongClosing(lines, end) : interrupted(lines, end);
  while (end > openLine + 1 && lines.line(end - 1).trim() === '#') end--;
  const before = lines.at(end - 1, lines.line(end - 1).length);
  return problem(
    'block-unclosed',
    `This block is not closed: it needs a last line \`${closingLine}\`.`,
    lines.wholeLine(openLine),
    [replace(`Add \`${closingLine}\``, before, lines.eol + closingLine)],
  );
}

/** Whether only comments and empty lines stand between here and a closing line. */
function closesLater(lines: TextLines, from: number): boolean {
  for (let line = from; line < lines.lines.length; line++) {
    const text = lines.line(line);
    if (nearlyClosing.test(text)) return true;
    if (nearlyOpening.test(text) || (text.trim() !== '' && !text.trimStart().startsWith('#'))) return false;
  }
  return false;
}

function wrongClosing(lines: TextLines, line: number): ScriptDiagnostic {
  const range = lines.wholeLine(line);
  return problem(
    'block-closing',
    `This block is not closed: its last line must be exactly \`${closingLine}\`.`,
    range,
    [replace(`Write \`${closingLine}\``, range, closingLine)],
  );
}

function interrupted(lines: TextLines, line: number): ScriptDiagnostic {
  const range = lines.wholeLine(line);
  const rest = lines.line(line).trim().replace(/^#/, '');
  const repaired = rest === '' ? '#' : `# ${rest}`;
  return problem(
    'block-line',
    'This line ends the block: each line of it must be `#`, or `# ` and text.',
    range,
    [replace(`Write \`${repaired}\``, range, repaired)],
  );
}
