/** How tables are sorted by their heads. */

export interface SortOf<C extends string> {
  column: C;
  descending: boolean;
}

/** A first press sorts in the column's own direction, a second in the other, a third by the standing order (null). */
export function nextSort<C extends string>(
  column: C,
  descendingFirst: boolean,
  sort: SortOf<C> | null,
): SortOf<C> | null {
  if (sort?.column !== column) return { column, descending: descendingFirst };
  return sort.descending === descendingFirst ? { column, descending: !descendingFirst } : null;
}
