/** Names, colours and strength of functions on the timeline, by their ids. */
import type { FunctionSummary } from '../../simulator/model/trace';
import type { FunctionColors } from '../palette';

export class FunctionLooks {
  private readonly byId: Map<string, FunctionSummary>;

  /** `search` is in small letters; empty searches for nothing. */
  constructor(
    functions: readonly FunctionSummary[],
    private readonly colors: FunctionColors,
    private readonly selected: string | null,
    private readonly search: string,
  ) {
    this.byId = new Map(functions.map((fn) => [fn.id, fn]));
  }

  name(id: string): string {
    return this.byId.get(id)?.name ?? id;
  }

  /** A CSS colour. */
  color(id: string): string {
    const fn = this.byId.get(id);
    return this.colors.of(fn);
  }

  /** Found by the search; without one, selected or nothing is. The driver is no part of the choice. */
  isLit(id: string): boolean {
    if (this.search !== '') return this.name(id).toLowerCase().includes(this.search);
    return this.selected === null || this.selected === id || this.selected === 'driver';
  }
}
