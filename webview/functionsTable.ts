/** All functions as a table: sortable, errors first until the user says otherwise; the selected one in detail below. */
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { isEnded } from '../simulator/model/run';
import type { FunctionSummary, RunView } from '../simulator/model/trace';
import * as format from '../simulator/model/format';
import { functionDetails } from './functionDetails';
import { icon } from './icons';
import type { FunctionColors } from './palette';
import { nextSort } from './sorting';
import type { Sort, SortColumn } from './state';
import { kindWord } from './taskStates';
import { styled } from './styled';

export interface FunctionsModel {
  view: RunView;
  selected: string | null;
  sort: Sort | null;
  colors: FunctionColors;
  /** Stands under the table instead of the selected function's own details. */
  details: TemplateResult | null;
}

export interface FunctionsActions {
  select(id: string | null): void;
  sortBy(sort: Sort | null): void;
  openFunction(fn: FunctionSummary, anchor: Element): void;
}

interface Column {
  id: SortColumn;
  title: string;
  hint: string;
  value(fn: FunctionSummary): number | string;
  text(fn: FunctionSummary): string;
}

const ALL_COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Function', hint: 'Name', value: (fn) => fn.name, text: (fn) => fn.name },
  tasks('total', 'Tasks', 'Tasks submitted'),
  tasks('running', 'Run', 'Running now'),
  tasks('waiting', 'Wait', 'Waiting for resources or inputs'),
  tasks('failed', 'Fail', 'Failed'),
  time('p50', 'p50', 'Median duration', (fn) => fn.p50Ms),
  time('p95', 'p95', '95 % of tasks are quicker than this', (fn) => fn.p95Ms),
  time('time', 'Total', 'Sum of all durations', (fn) => (fn.totalMs > 0 ? fn.totalMs : null)),
];

/** Once a run has ended nothing runs, and what waits never finished. */
function columnsOf(view: RunView): readonly Column[] {
  if (!isEnded(view.run.state)) return ALL_COLUMNS;
  return ALL_COLUMNS.filter((column) => column.id !== 'running').map((column) =>
    column.id === 'waiting' ? { ...column, title: 'Left', hint: 'Never finished' } : column,
  );
}

export function functionsTable(model: FunctionsModel, actions: FunctionsActions): TemplateResult {
  const columns = columnsOf(model.view);
  const functions = sortFunctions(model.view.functions, model.sort);
  const selected = functions.find((fn) => fn.id === model.selected);
  return html`<div class="functions">
    <div class="table-scroll">
      <table class="table" aria-label="Functions" @keydown=${onKey}>
        <thead>
          <tr>
            ${columns.map((column) => headCell(column, model.sort, actions))}
          </tr>
        </thead>
        <tbody>
          ${repeat(
            functions,
            (fn) => fn.id,
            (fn, index) => row(fn, index === (selected ? functions.indexOf(selected) : 0), model, actions),
          )}
        </tbody>
      </table>
    </div>
    ${model.details ?? (selected ? functionDetails(selected, model, actions) : nothing)}
  </div>`;
}

/** Errors first, then as the engine lists them; or by one column, equal values as before. */
export function sortFunctions(functions: readonly FunctionSummary[], sort: Sort | null): FunctionSummary[] {
  const sorted = [...functions];
  if (sort === null) {
    return sorted.sort((a, b) => Number(b.counts.failed > 0) - Number(a.counts.failed > 0));
  }
  const column = ALL_COLUMNS.find((one) => one.id === sort.column)!;
  const sign = sort.descending ? -1 : 1;
  return sorted.sort((a, b) => sign * compare(column.value(a), column.value(b)));
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'string' || typeof b === 'string') return String(a).localeCompare(String(b));
  return a - b;
}

function tasks(id: 'total' | 'running' | 'waiting' | 'failed', title: string, hint: string): Column {
  const value = (fn: FunctionSummary): number => (fn.kind === 'driver' ? 0 : fn.counts[id]);
  return {
    id,
    title,
    hint,
    value,
    text: (fn) => (value(fn) === 0 ? '' : format.shortCount(value(fn))),
  };
}

function time(
  id: 'p50' | 'p95' | 'time',
  title: string,
  hint: string,
  read: (fn: FunctionSummary) => number | null,
): Column {
  return {
    id,
    title,
    hint,
    value: (fn) => read(fn) ?? -1,
    text: (fn) => (read(fn) === null ? '' : format.duration(read(fn))),
  };
}

function headCell(column: Column, sort: Sort | null, actions: FunctionsActions): TemplateResult {
  const active = sort?.column === column.id;
  const order = !active ? 'none' : sort.descending ? 'descending' : 'ascending';
  const arrow = !active ? nothing : icon(sort.descending ? 'down' : 'up');
  return html`<th
    class="${column.id === 'name' ? 'name' : 'number'} col-${column.id}"
    aria-sort=${order}
    scope="col"
  >
    <button
      class="sort"
      title=${column.hint}
      @click=${() => actions.sortBy(nextSort(column.id, column.id !== 'name', sort))}
    >
      ${column.title}${arrow}
    </button>
  </th>`;
}

function row(
  fn: FunctionSummary,
  tabStop: boolean,
  model: FunctionsModel,
  actions: FunctionsActions,
): TemplateResult {
  const selected = fn.id === model.selected;
  const toggle = (): void => actions.select(selected ? null : fn.id);
  const open = (event: Event): void => actions.openFunction(fn, event.currentTarget as Element);
  return html`<tr
    class=${selected ? 'selected' : ''}
    aria-selected=${selected ? 'true' : 'false'}
    tabindex=${tabStop ? '0' : '-1'}
    @click=${toggle}
    @dblclick=${open}
    @focus=${(event: FocusEvent) => {
      if ((event.target as Element).matches(':focus-visible')) actions.select(fn.id);
    }}
    @keydown=${(event: KeyboardEvent) => {
      if (event.key === 'Enter') open(event);
      else if (event.key === ' ') toggle();
      else if (event.key === 'Escape') actions.select(null);
      else return;
      event.preventDefault();
    }}
  >
    ${columnsOf(model.view).map((column) =>
      column.id === 'name'
        ? nameCell(fn, model)
        : html`<td
            class="number col-${column.id} ${column.id === 'failed' && fn.counts.failed > 0 ? 'failed-word' : ''}"
          >
            ${column.text(fn)}
          </td>`,
    )}
  </tr>`;
}

function nameCell(fn: FunctionSummary, model: FunctionsModel): TemplateResult {
  return html`<td class="name" title=${fn.fullName}>
    <span class="swatch" ${styled({ background: model.colors.of(fn) })}></span
    ><span class="name-text">${fn.name}</span>
    <span class="kind">${kindWord(fn.kind)}</span>
  </td>`;
}

/** Arrow keys, Home and End move between rows. */
function onKey(event: KeyboardEvent): void {
  const current = (event.target as Element).closest('tbody tr');
  if (!current) return;
  const rows = [...current.parentElement!.children] as HTMLElement[];
  const at = rows.indexOf(current as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  rows[to]?.focus();
}
