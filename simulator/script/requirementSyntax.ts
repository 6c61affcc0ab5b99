/**
 * A look at Python's version specifiers (PEP 440) and requirements (PEP 508) that catches slips; installers have the
 * last word.
 */

const version =
  'v?(?:\\d+!)?\\d+(?:\\.\\d+)*(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview)[-_.]?\\d*)?' +
  '(?:-\\d+|[-_.]?(?:post|rev|r)[-_.]?\\d*)?(?:[-_.]?dev[-_.]?\\d*)?(?:\\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?';
const clause = `(?:(?:~=|<=|>=|<|>)\\s*${version}|(?:==|!=)\\s*${version}(?:\\.\\*)?|===\\s*[^\\s,;)]+)`;
const clauses = `${clause}(?:\\s*,\\s*${clause})*\\s*,?`;
const specifiers = new RegExp(`^\\s*${clauses}\\s*$`, 'i');
const bareVersion = new RegExp(`^\\s*(${version})(\\.\\*)?\\s*$`, 'i');
const name = '[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?';
const extras = `\\[\\s*(?:${name}(?:\\s*,\\s*${name})*)?\\s*\\]`;
const requirement = new RegExp(
  `^\\s*${name}\\s*(?:${extras})?\\s*(?:@\\s*\\S+|\\(\\s*${clauses}\\s*\\)|${clauses})?\\s*(?:;.+)?$`,
  'i',
);

export type Verdict = { ok: true } | { ok: false; suggestion: string | null };

export function checkSpecifiers(text: string): Verdict {
  if (text.trim() === '' || specifiers.test(text)) return { ok: true };
  const bare = bareVersion.exec(text);
  if (bare) return { ok: false, suggestion: bare[2] ? `==${text.trim()}` : `>=${text.trim()}` };
  return suggest(text, specifiers);
}

export function checkRequirement(text: string): Verdict {
  return requirement.test(text) ? { ok: true } : suggest(text, requirement);
}

/** Operators that other languages' tools use: `=1.2`, `=>1.2`, `^1.2`. */
function suggest(text: string, good: RegExp): Verdict {
  const repaired = text
    .replace(/=>/g, '>=')
    .replace(/=</g, '<=')
    .replace(/\^/g, '>=')
    .replace(/(?<![=<>!~])=(?!=)/g, '==');
  return { ok: false, suggestion: good.test(repaired) ? repaired : null };
}
