/** Sizes of memory as people write them in an annotation: a number and a unit, `2GiB` or `512 MB`. */

export const unitBytes: Readonly<Record<string, number>> = {
  kB: 1e3,
  KiB: 2 ** 10,
  MB: 1e6,
  MiB: 2 ** 20,
  GB: 1e9,
  GiB: 2 ** 30,
  TB: 1e12,
  TiB: 2 ** 40,
};

export type ParsedSize = { sizeBytes: number } | { suggestions: string[] };

/** Bytes, or the ways in which it was probably meant (none when there is no number). */
export function parseMemorySize(text: string): ParsedSize {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([^\d\s].*?)?\s*$/.exec(text);
  const number = match?.[1];
  if (number === undefined) return { suggestions: [] };
  const unit = match?.[2] ?? '';
  if (Object.hasOwn(unitBytes, unit))
    return { sizeBytes: Math.round(Number(number) * (unitBytes[unit] ?? 0)) };
  const near = unit === '' ? bareUnits(Number(number)) : nearestUnits(unit);
  return { suggestions: near.map((one) => number + one) };
}

/** The shortest exact form in binary units from MiB on, rounded up to whole MiB: `2GiB`, `1536MiB`. */
export function formatMemorySize(sizeBytes: number): string {
  const mebibytes = Math.max(1, Math.ceil(sizeBytes / 2 ** 20));
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}GiB` : `${mebibytes}MiB`;
}

/** Docker's `g` and Kubernetes' `Gi` mean GiB; a bare `G` may mean either. */
function nearestUnits(unit: string): string[] {
  const letter = unit.charAt(0).toUpperCase();
  if (!'KMGT'.includes(letter)) return ['GiB'];
  const binary = `${letter}iB`;
  const decimal = letter === 'K' ? 'kB' : `${letter}B`;
  if (unit.toLowerCase().includes('i')) return [binary];
  return unit.length > 1 ? [decimal, binary] : [binary, decimal];
}

/** No machine has 1024 GiB lying around, and no node gets by with 4 MiB. */
function bareUnits(number: number): string[] {
  return number < 128 ? ['GiB'] : ['MiB', 'GiB'];
}
