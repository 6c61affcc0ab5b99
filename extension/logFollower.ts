/** Follows a run's log by bytes and makes it plain text for an output channel, with bounded size. Pure. */
import type { LogPiece } from '../simulator/protocol';
import { bytes } from '../simulator/model/format';

/** One read; also how much of the newest output is shown after a gap. */
export const PIECE_BYTES = 256 * 1024;
/** Farther behind than this, what lies between is left out. */
const MAX_BEHIND_BYTES = 2 * 1024 * 1024;
/** A channel is emptied after so much. */
const MAX_SHOWN_CHARS = 8 * 1024 * 1024;

/** What an output channel must do with one piece of a log. */
export interface LogStep {
  /** Whether to empty the channel first. */
  clear: boolean;
  text: string;
  /** Whether there is more to read already. */
  more: boolean;
}

/** Knows which byte to ask for next. */
export class LogFollower {
  /** `from` for the next read. */
  nextByte = 0;
  private shownChars = 0;
  private readonly plain = new PlainText();

  accept(piece: LogPiece): LogStep {
    let text = this.plain.push(piece.text);
    this.nextByte = piece.nextByte;
    if (piece.totalBytes - piece.nextByte > MAX_BEHIND_BYTES) {
      this.nextByte = piece.totalBytes - PIECE_BYTES;
      text += leftOut(this.nextByte - piece.nextByte);
    }
    const clear = this.shownChars > 0 && this.shownChars + text.length > MAX_SHOWN_CHARS;
    if (clear) {
      this.shownChars = 0;
      text = leftOut(this.nextByte) + text;
    }
    this.shownChars += text.length;
    return { clear, text, more: this.nextByte < piece.totalBytes && piece.nextByte > piece.fromByte };
  }
}

/**
 * Removes terminal control sequences, also ones that are cut between two pieces, and turns a carriage return (a
 * progress bar that writes over itself) into a new line.
 */
export class PlainText {
  private held = '';

  push(piece: string): string {
    const text = this.held + piece;
    const cut = unfinishedAt(text);
    this.held = text.slice(cut);
    return text.slice(0, cut).replace(SEQUENCE, '').replace(/\r+\n/g, '\n').replace(/\r+/g, '\n');
  }
}

/** CSI sequences, OSC sequences (links, titles) and two-character escapes. */
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>])/g;
const UNFINISHED = /(?:\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,512}\x1b?)?|\r+)$/;

function unfinishedAt(text: string): number {
  return UNFINISHED.exec(text)?.index ?? text.length;
}

function leftOut(sizeBytes: number): string {
  return `\n… ${bytes(sizeBytes)} of output left out here. The run view has all of it.\n\n`;
}
