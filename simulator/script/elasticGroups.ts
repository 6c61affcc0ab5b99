/** The keys of a group whose number of nodes changes, and its name. */
import { groupName } from '../model/cluster';
import { problem, replace } from './diagnostics';
import type { WrittenGroup } from './nodeGroups';
import { readString, type Sink } from './tomlRead';
import type { TomlValue } from './tomlTree';

/** What can be typed after `heliostat scale` without quotes. */
export function readGroupName(value: TomlValue, sink: Sink): string | undefined {
  const text = readString('`name`', value, sink);
  if (text === undefined || /^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/.test(text)) return text;
  const message = `"${text}" cannot be the name of a group: a letter, then letters, digits, "-" and "_", at most 40.`;
  const near = text
    .trim()
    .replaceAll(/[^a-zA-Z0-9_-]+/g, '-')
    .replace(/^[^a-zA-Z]+/, '')
    .slice(0, 40);
  const fixes = near === '' ? [] : [replace(`Write "${near}"`, value.range, `"${near}"`)];
  sink.push(problem('value', message, value.range, fixes));
  return undefined;
}

/** `min` ≤ `count` ≤ `max`, keys that need `max`, the head's place, and names that are there twice. */
export function checkElastic(groups: readonly WrittenGroup[], sink: Sink): void {
  const names = new Set<string>();
  groups.forEach(({ group, table }, index) => {
    const rangeOf = (key: string) => table.entries.get(key)?.value.range ?? table.range;
    const { count, min, max } = group;
    const name = groupName(group, index);
    if (names.has(name)) sink.push(problem('value', `Two groups are called "${name}".`, rangeOf('name')));
    names.add(name);
    for (const key of ['min', 'idle-timeout']) {
      if (max === undefined && table.entries.has(key))
        sink.push(
          problem('missing-key', `\`${key}\` means something only together with \`max\`.`, rangeOf(key)),
        );
    }
    if (max !== undefined && min !== undefined && min > max)
      sink.push(problem('value', `\`min\` (${min}) is more than \`max\` (${max}).`, rangeOf('min')));
    else if (max !== undefined && count > max)
      sink.push(problem('value', `\`count\` (${count}) is more than \`max\` (${max}).`, rangeOf('count')));
    else if (min !== undefined && count < min)
      sink.push(problem('value', `\`count\` (${count}) is less than \`min\` (${min}).`, rangeOf('count')));
    if (index === 0 && count === 0) {
      const message = 'The first group has the head: its `min` must be 1 or more.';
      sink.push(problem('value', message, rangeOf('min'), [replace('Write 1', rangeOf('min'), '1')]));
    }
  });
}
