/** What a sample says of itself, and names for its copies. Pure. */

/** The first sentence of the script's docstring; empty without one. */
export function sampleTitle(source: string): string {
  const docstring = /^\s*(?:"""|''')\s*([\s\S]*?)(?:"""|''')/m.exec(source)?.[1] ?? '';
  const paragraph = docstring.split(/\n\s*\n/, 1)[0] ?? '';
  return /^[\s\S]*?[.!?](?=\s|$)|^[\s\S]*$/.exec(paragraph.trim())?.[0].replace(/\s+/g, ' ') ?? '';
}

/** `pipeline.py`, or `pipeline-2.py` and so on where that is taken. */
export function unusedName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  const dot = name.lastIndexOf('.');
  for (let number = 2; ; number += 1) {
    const candidate = `${name.slice(0, dot)}-${number}${name.slice(dot)}`;
    if (!taken.includes(candidate)) return candidate;
  }
}
