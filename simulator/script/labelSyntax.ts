/** Ray's rules for node labels and label selectors (`ray._private.label_utils`), which are those of Kubernetes. */

const name = '[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9])?';
const wholeName = new RegExp(`^${name}$`);
const prefixPart = /^[a-zA-Z0-9](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?$/;
const list = new RegExp(`^(!?)in\\((${name}(?:, ?${name})*)\\)$`);
const single = new RegExp(`^(!?)(${name})$`);

export function isLabelKey(key: string): boolean {
  const slash = key.lastIndexOf('/');
  if (slash < 0) return wholeName.test(key);
  const prefix = key.slice(0, slash);
  return (
    prefix.length <= 253 &&
    prefix.split('.').every((part) => prefixPart.test(part)) &&
    wholeName.test(key.slice(slash + 1))
  );
}

export function isLabelValue(value: string): boolean {
  return value === '' || wholeName.test(value);
}

/** Keys that tell Ray and us which node is which; a node has them without being asked. */
export function isReservedLabel(key: string): boolean {
  return key.startsWith('ray.io/') || key === 'heliostat-node';
}

/** What a selector's value accepts: labels with one of `values`, or (`negated`) everything else, no label included. */
export interface LabelCondition {
  values: string[];
  negated: boolean;
}

/** Null for a selector that Ray refuses, and for the empty one. */
export function parseSelector(text: string): LabelCondition | null {
  const match = list.exec(text) ?? single.exec(text);
  return match && { values: (match[2] ?? '').split(/, ?/), negated: match[1] === '!' };
}

export function fits(condition: LabelCondition, label: string | undefined): boolean {
  return condition.negated !== (label !== undefined && condition.values.includes(label));
}
