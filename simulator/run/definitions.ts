/** Where a script defines its remote functions, for views that lead to the source. */
import { readFileSync } from 'node:fs';
import { remoteDefinitions } from '../script/remoteFunctions';
import type { Definitions } from '../trace/summary';

/** Empty when the script cannot be read any more. */
export function readDefinitions(script: string): Definitions {
  try {
    const found = remoteDefinitions(readFileSync(script, 'utf8'));
    return new Map(found.map(({ name, line }) => [name, { file: script, line }]));
  } catch {
    return new Map();
  }
}
