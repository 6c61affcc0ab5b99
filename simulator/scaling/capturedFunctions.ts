/** The functions of a run: by what name and from which line they are known, and which are Ray's libraries' own. */
import { libraryOf } from '../model/library';
import { shortName } from '../trace/summary';
import { NONE } from '../trace/taskTable';
import type { TraceStore } from '../trace/traceStore';
import { siteWords } from './capturedPrograms';
import type { GraphFunction } from './taskGraph';

/** By their numbers in the trace. */
export function capturedFunctions(store: TraceStore, rows: readonly number[]): GraphFunction[] {
  const called = firstSites(store, rows);
  return store.tasks.functions.values.map((fullName, fn) => {
    const library = libraryOf(fullName);
    return {
      name: shortName(fullName),
      where: called[fn] === undefined ? null : siteWords(store, called[fn]),
      ...(library && { library }),
    };
  });
}

/** By function, the site where it is called first. */
function firstSites({ tasks }: TraceStore, rows: readonly number[]): number[] {
  const sites: number[] = [];
  for (const row of rows)
    if (tasks.site[row] !== NONE && tasks.fn[row] !== NONE) sites[tasks.fn[row]!] ??= tasks.site[row]!;
  return sites;
}
