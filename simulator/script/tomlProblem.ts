/** Puts a TOML parser's complaint into words and onto the piece of text that it is about. */
import type { ScriptDiagnostic } from '../model/script';
import { problem, replace } from './diagnostics';
import type { MetadataBlock } from './metadata';

/** A value that TOML cannot read because it lacks quotes: `memory = 2GiB`. */
const bareText = /^([\w."' -]+=[ \t]*)([^\s"'[{#][^#]*?)[ \t]*(#.*)?$/;

/** `index` is where in the block's TOML the parser stopped. */
export function tomlProblem(block: MetadataBlock, index: number, complaint: string): ScriptDiagnostic {
  const { toml } = block;
  const at = Math.min(index, Math.max(0, toml.length - 1));
  const lineStart = toml.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = endOfLine(toml, at);
  const bare = bareText.exec(toml.slice(lineStart, lineEnd));
  if (bare && index >= lineStart + (bare[1] ?? '').length && looksLikeText(bare[2] ?? '')) {
    return unquoted(block, lineStart + (bare[1] ?? '').length, bare[2] ?? '');
  }
  const [from, to] = pieceAt(toml, at, lineStart, lineEnd);
  const piece = toml.slice(from, to);
  const where = /^[\w-]+$/.test(piece) ? ` at \`${piece}\`` : '';
  const words = complaint.charAt(0).toLowerCase() + complaint.slice(1);
  return problem('toml', `This is not valid TOML${where}: ${words}.`, block.range(from, to));
}

function unquoted(block: MetadataBlock, from: number, text: string): ScriptDiagnostic {
  const range = block.range(from, from + text.length);
  const quoted = JSON.stringify(text);
  const boolean = text.toLowerCase();
  const fixes = [replace(`Write ${quoted}`, range, quoted)];
  if (boolean === 'true' || boolean === 'false') fixes.unshift(replace(`Write ${boolean}`, range, boolean));
  return problem('toml', `This is not valid TOML: text stands in quotes, as ${quoted}.`, range, fixes);
}

function looksLikeText(value: string): boolean {
  return /[A-Za-z]/.test(value) && !/[=,\]}]/.test(value);
}

/** The word at a place, else the sign there; at the end of a line, the last sign before it. */
function pieceAt(toml: string, at: number, lineStart: number, lineEnd: number): [number, number] {
  const word = /^[\w-]+/.exec(toml.slice(at, lineEnd))?.[0];
  if (word) return [at, at + word.length];
  if (at < lineEnd) return [at, at + ((toml.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)];
  const line = toml.slice(lineStart, lineEnd).trimEnd();
  return [lineStart + Math.max(0, line.length - 1), lineStart + line.length];
}

function endOfLine(toml: string, from: number): number {
  const end = toml.indexOf('\n', from);
  return end < 0 ? toml.length : end;
}
