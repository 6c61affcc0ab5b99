/** Turns a line that pip or uv prints into what happens now, in words for people. */

const RULES: [RegExp, (...groups: string[]) => string][] = [
  [
    /^\s*Downloading (?:\S*\/)?([A-Za-z0-9_.-]+?)-\d\S*\.(?:whl|tar\.gz|zip) \(([\d.]+) ?([kKMG]i?B)\)/,
    downloading,
  ],
  [/^\s*Downloading ([A-Za-z0-9_.-]+) \(([\d.]+) ?([kKMG]i?B)\)/, downloading],
  [/^\s*Building wheels? for ([A-Za-z0-9_.-]+)/, (name) => `Building ${name}`],
  [/^\s*Building ([A-Za-z0-9_.-]+)==/, (name) => `Building ${name}`],
  [/^Installing collected packages: (.*)/, (names) => installing(names.split(',').length)],
  [/^(?:Resolved|Prepared) (\d+) packages?/, (count) => installing(Number(count))],
  [/^\s*Collecting ([A-Za-z0-9_.-]+)/, (name) => `Looking up ${name}`],
];

/** Null when the line says nothing new. */
export function stepOfLine(line: string): string | null {
  for (const [pattern, words] of RULES) {
    const [, ...groups] = pattern.exec(line) ?? [];
    if (groups.length > 0) return words(...groups);
  }
  return null;
}

function downloading(name: string, size: string, unit: string): string {
  return `Downloading ${name} ${Number(size) < 10 ? size : Math.round(Number(size))} ${unit.replace(/^K/, 'k')}`;
}

function installing(count: number): string {
  return `Installing ${count} package${count === 1 ? '' : 's'}`;
}
