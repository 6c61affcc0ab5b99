/** Versions of Python and of Ray, compared by their numbers. */

/** The oldest Ray that Heliostat works with. */
export const OLDEST_RAY = '2.49';

/** The oldest Python that this Ray runs on. */
export const OLDEST_PYTHON = '3.9';

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`. Marks such as `rc1` do not count. */
export function compareVersions(a: string, b: string): number {
  const left = releaseOf(a);
  const right = releaseOf(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Whether a Python of `version` is one that `requires-python` allows (PEP 440: `>=3.10,<4`, `==3.12.*`, `~=3.11`).
 * A specifier that cannot be read allows nothing.
 */
export function allowsPython(requiresPython: string | undefined, version: string): boolean {
  const clauses = (requiresPython ?? '').split(',').map((clause) => clause.trim());
  return clauses.every((clause) => clause === '' || allows(clause, version));
}

/** `3.12` of `3.12.1`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

const CLAUSE = /^(~=|===?|!=|<=|>=|<|>)\s*v?(\d+(?:\.\d+)*)(\.\*)?[a-z0-9.+-]*$/i;

function allows(clause: string, version: string): boolean {
  const [, operator, wanted, wildcard] = CLAUSE.exec(clause) ?? [];
  if (!operator || !wanted) return false;
  const order = compareVersions(version, wanted);
  const equal = wildcard ? startsWith(version, wanted) : order === 0;
  switch (operator) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '!=':
      return !equal;
    case '~=':
      return order >= 0 && startsWith(version, wanted.split('.').slice(0, -1).join('.'));
    default:
      return equal;
  }
}

function startsWith(version: string, prefix: string): boolean {
  const release = releaseOf(version);
  return releaseOf(prefix).every((part, i) => part === (release[i] ?? 0));
}

function releaseOf(version: string): number[] {
  return (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}
