/** A text by lines, and the way from offsets to the ranges that an editor understands. */
import type { TextRange } from '../model/script';

export class TextLines {
  /** Without their line ends. */
  readonly lines: string[] = [];
  /** The line end that this file uses, for text that we insert. */
  readonly eol: string;
  private readonly starts: number[] = [];

  constructor(readonly text: string) {
    const lineEnd = /\r\n|\n|\r/g;
    let start = 0;
    for (let match = lineEnd.exec(text); match; match = lineEnd.exec(text)) {
      this.add(start, match.index);
      start = match.index + match[0].length;
    }
    this.add(start, text.length);
    this.eol = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  }

  line(index: number): string {
    return this.lines[index] ?? '';
  }

  /** Offsets count UTF-16 units from the start of the text; `to` is exclusive. */
  range(from: number, to: number): TextRange {
    const startLine = lineAt(this.starts, from);
    const endLine = lineAt(this.starts, to);
    return {
      startLine,
      startColumn: from - (this.starts[startLine] ?? 0),
      endLine,
      endColumn: to - (this.starts[endLine] ?? 0),
    };
  }

  wholeLine(index: number): TextRange {
    return { startLine: index, startColumn: 0, endLine: index, endColumn: this.line(index).length };
  }

  /** The empty range at a place, for insertions. */
  at(line: number, column: number): TextRange {
    return { startLine: line, startColumn: column, endLine: line, endColumn: column };
  }

  private add(start: number, end: number): void {
    this.starts.push(start);
    this.lines.push(this.text.slice(start, end));
  }
}

/** Index of the last start that is not after `offset`; starts ascend and begin with 0. */
export function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
