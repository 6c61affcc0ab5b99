/** The known name that a mistyped one most likely stands for. */

/** Null when nothing is near enough. `aliases` are wrong names that people know from elsewhere. */
export function didYouMean(
  written: string,
  known: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string | null {
  const normal = normalise(written);
  if (Object.hasOwn(aliases, normal)) return aliases[normal] ?? null;
  const limit = normal.length < 5 ? 1 : 2;
  let best: string | null = null;
  let bestDistance = limit + 1;
  if (normal.length > 1) best = known.find((name) => name.startsWith(normal)) ?? null;
  for (const name of known) {
    const distance = editDistance(normal, normalise(name));
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

function normalise(name: string): string {
  return name.toLowerCase().replaceAll('_', '-').slice(0, 40);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
