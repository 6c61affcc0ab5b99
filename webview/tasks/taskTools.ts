/** What narrows the task table: a text, a function, a state, a node. */
import { html, nothing, type TemplateResult } from 'lit';
import type { FunctionSummary, RunView, TaskState } from '../../simulator/model/trace';
import type { TaskFilter } from '../../simulator/model/views';
import { noFilter } from '../state';
import { STATE_ORDER, stateWords } from '../taskStates';

export function isFiltered(filter: TaskFilter): boolean {
  return filter.text !== '' || filter.functionId !== null || filter.state !== null || filter.node !== null;
}

export function taskTools(
  { view, filter }: { view: RunView; filter: TaskFilter },
  countText: string,
  actions: { filterTasks(filter: Partial<TaskFilter>): void },
): TemplateResult {
  const words = stateWords(view.run);
  const functions = view.functions.filter((fn) => fn.kind !== 'driver');
  const changed = (read: (value: string) => Partial<TaskFilter>) => (event: Event) =>
    actions.filterTasks(read((event.target as HTMLInputElement | HTMLSelectElement).value));
  return html`<div class="task-tools" role="search">
    <input
      class="field task-filter"
      type="search"
      aria-label="Filter tasks"
      placeholder="Filter by name, error or id"
      .value=${filter.text}
      @input=${changed((text) => ({ text }))}
    />
    ${select(
      'Function',
      [['', 'All functions'], ...functions.map((fn): [string, string] => [fn.id, fnLabel(fn)])],
      filter.functionId ?? '',
      changed((id) => ({ functionId: id === '' ? null : id })),
    )}
    ${select(
      'State',
      [['', 'Any state'], ...STATE_ORDER.map((state): [string, string] => [state, words[state]])],
      filter.state ?? '',
      changed((state) => ({ state: state === '' ? null : (state as TaskState) })),
    )}
    ${select(
      'Node',
      [['', 'Any node'], ...view.nodes.map((node): [string, string] => [String(node.nodeIndex), node.name])],
      filter.node === null ? '' : String(filter.node),
      changed((node) => ({ node: node === '' ? null : Number(node) })),
    )}
    <span class="dim task-count" role="status">${countText}</span>
    ${
      isFiltered(filter)
        ? html`<button class="link" @click=${() => actions.filterTasks(noFilter)}>Clear</button>`
        : nothing
    }
  </div>`;
}

function select(
  label: string,
  options: [value: string, text: string][],
  value: string,
  onChange: (event: Event) => void,
): TemplateResult {
  return html`<select class="field" aria-label=${label} @change=${onChange}>
    ${options.map(([id, text]) => html`<option value=${id} ?selected=${id === value}>${text}</option>`)}
  </select>`;
}

function fnLabel(fn: FunctionSummary): string {
  return fn.kind === 'actor-creation' ? `${fn.name} (actor)` : fn.name;
}
