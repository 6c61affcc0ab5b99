/** Widths of texts in the page's font, for drawings that must cut text themselves. */

let context: CanvasRenderingContext2D | null = null;
const widths = new Map<string, number>();

/** `font` is a CSS font without its family, for instance `600 13px`. */
export function textWidth(text: string, font: string): number {
  const key = `${font}\n${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * 7;
  context.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  const width = context.measureText(text).width;
  if (widths.size > 5000) widths.clear();
  widths.set(key, width);
  return width;
}

/** The text, or its beginning with an ellipsis, such that it fits. */
export function fitText(text: string, font: string, widthPx: number): string {
  if (textWidth(text, font) <= widthPx) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(`${text.slice(0, middle)}…`, font) <= widthPx) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

/** As many of the texts, in order, as fit side by side with a separator. */
export function fitWords(
  words: readonly string[],
  separator: string,
  font: string,
  widthPx: number,
): string[] {
  const fitting: string[] = [];
  for (const word of words) {
    if (textWidth([...fitting, word].join(separator), font) > widthPx) break;
    fitting.push(word);
  }
  return fitting;
}
