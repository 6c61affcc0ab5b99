/**
 * Escape sequences in a line of output. Supports SGR (colours in all three forms, bold, dim, italic, underline,
 * inverse); leaves out everything that moves a cursor: such sequences vanish. Each line starts plain, as Ray's do.
 */

export interface Style {
  /** `fg-0` … `fg-15` are theme colours; anything else is a CSS colour. */
  fg?: string;
  bg?: string;
  bold?: true;
  dim?: true;
  italic?: true;
  underline?: true;
  inverse?: true;
}

export interface Span {
  text: string;
  style: Style;
}

// SGR is captured; other CSI, OSC (ended by BEL or ST) and two-character sequences are dropped.
const SEQUENCE =
  /\x1b\[([\d;:]*)m|\x1b\[[\d;:?<=>]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]/g;

/** The line in pieces of one style each. A carriage return inside overwrites what stood before, as in a terminal. */
export function parseAnsi(line: string): Span[] {
  const text = afterCarriageReturn(line);
  if (!text.includes('\x1b')) return text === '' ? [] : [{ text: stripControls(text), style: {} }];
  const spans: Span[] = [];
  let style: Style = {};
  let from = 0;
  for (const match of text.matchAll(SEQUENCE)) {
    push(spans, text.slice(from, match.index), style);
    from = match.index + match[0].length;
    if (match[1] !== undefined) style = applySgr(style, match[1]);
  }
  push(spans, text.slice(from), style);
  return spans;
}

/** The line's text without any sequence. */
export function plainText(line: string): string {
  const text = afterCarriageReturn(line);
  return text.includes('\x1b') ? text.replace(SEQUENCE, '') : stripControls(text);
}

function afterCarriageReturn(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.slice(text.lastIndexOf('\r') + 1);
}

function stripControls(text: string): string {
  return text.replace(SEQUENCE, '');
}

function push(spans: Span[], text: string, style: Style): void {
  if (text !== '') spans.push({ text, style });
}

function applySgr(before: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let style = { ...before };
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === 38 || code === 48) {
      const [color, used] = extendedColor(codes, i + 1);
      i += used;
      if (color !== null) style[code === 38 ? 'fg' : 'bg'] = color;
    } else {
      style = applyCode(style, code);
    }
  }
  return style;
}

function applyCode(style: Style, code: number): Style {
  if (code >= 30 && code <= 37) return { ...style, fg: `fg-${code - 30}` };
  if (code >= 90 && code <= 97) return { ...style, fg: `fg-${code - 82}` };
  if (code >= 40 && code <= 47) return { ...style, bg: `fg-${code - 40}` };
  if (code >= 100 && code <= 107) return { ...style, bg: `fg-${code - 92}` };
  switch (code) {
    case 0:
      return {};
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 3:
      return { ...style, italic: true };
    case 4:
      return { ...style, underline: true };
    case 7:
      return { ...style, inverse: true };
    case 22:
      return without(style, 'bold', 'dim');
    case 23:
      return without(style, 'italic');
    case 24:
      return without(style, 'underline');
    case 27:
      return without(style, 'inverse');
    case 39:
      return without(style, 'fg');
    case 49:
      return without(style, 'bg');
    default:
      return style;
  }
}

function without(style: Style, ...keys: (keyof Style)[]): Style {
  return Object.fromEntries(Object.entries(style).filter(([key]) => !keys.includes(key as keyof Style)));
}

/** `5;N` or `2;R;G;B` from `at` on: the colour and how many codes it took. */
function extendedColor(codes: readonly number[], at: number): [string | null, number] {
  if (codes[at] === 5) return [indexedColor(codes[at + 1] ?? 0), 2];
  if (codes[at] !== 2) return [null, 1];
  const [r = 0, g = 0, b = 0] = codes.slice(at + 1, at + 4);
  return [`rgb(${clamp(r)} ${clamp(g)} ${clamp(b)})`, 4];
}

function indexedColor(index: number): string {
  if (index < 16) return `fg-${index}`;
  if (index >= 232) {
    const level = 8 + (clamp(index) - 232) * 10;
    return `rgb(${level} ${level} ${level})`;
  }
  const cube = index - 16;
  const level = (part: number): number => (part === 0 ? 0 : 55 + part * 40);
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`;
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, Number.isFinite(value) ? value : 0));
}
