/** All tasks as a table: any number of them, filtered and sorted by the engine, drawn only where one looks. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { RunView } from '../../simulator/model/trace';
import type { TaskBrief, TaskDetails, TaskFilter, TaskListQuery } from '../../simulator/model/views';
import type { Ask } from '../ask';
import * as format from '../../simulator/model/format';
import { icon } from '../icons';
import type { FunctionColors } from '../palette';
import { nextSort } from '../sorting';
import { styled } from '../styled';
import { settledState, stateWords } from '../taskStates';
import { TASK_COLUMNS, type ColumnLook, type ColumnModel } from './taskColumns';
import { TaskPages } from './taskPages';
import type { TaskReader } from './taskReader';
import { isFiltered, taskTools } from './taskTools';

export interface TaskTableModel {
  view: RunView;
  task: string | null;
  filter: TaskFilter;
  sort: TaskListQuery['sort'];
  colors: FunctionColors;
  nowMs: number;
}

export interface TaskTableActions {
  selectTask(id: string | null): void;
  filterTasks(filter: Partial<TaskFilter>): void;
  sortTasks(sort: TaskListQuery['sort']): void;
  openTask(details: TaskDetails, anchor: Element): void;
}

const ROW_HEIGHT = 24;
const HEAD_HEIGHT = 24;
/** Rows drawn above and below the screen, so that a short scroll shows no gap. */
const OVERSCAN = 8;

export class TaskTable {
  readonly element = document.createElement('div');
  private readonly pages: TaskPages;
  private model: TaskTableModel | null = null;
  private frame = 0;
  private top = 0;
  /** Index of the row that has or had the focus. */
  private focused = 0;
  private refocus = false;

  constructor(
    ask: Ask,
    private readonly reader: TaskReader,
    private readonly actions: TaskTableActions,
  ) {
    this.element.className = 'tasks';
    this.pages = new TaskPages(ask, () => this.schedule());
    new ResizeObserver(() => this.schedule()).observe(this.element);
  }

  update(model: TaskTableModel): void {
    const { view, filter, sort } = model;
    const other = JSON.stringify([view.run.id, filter, sort]);
    const same =
      this.model && JSON.stringify([this.model.view.run.id, this.model.filter, this.model.sort]) === other;
    this.model = model;
    if (!same) {
      this.focused = 0;
      this.scroller()?.scrollTo({ top: 0 });
    }
    if (this.element.clientWidth === 0) return;
    this.pages.show(view.run.id, view.version, { filter, sort });
    this.draw();
  }

  private schedule(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.model) this.update(this.model);
    });
  }

  private scroller(): HTMLElement | null {
    return this.element.querySelector('.task-scroll');
  }

  private draw(): void {
    const model = this.model!;
    const { matching } = this.pages;
    const height = this.scroller()?.clientHeight ?? this.element.clientHeight;
    const first = Math.max(0, Math.floor(this.top / ROW_HEIGHT) - OVERSCAN);
    const last = Math.min(matching, Math.ceil((this.top + height) / ROW_HEIGHT) + OVERSCAN);
    this.pages.want(first, Math.max(first + 1, last));
    const columns = columnsFor(model.view);
    const look: ColumnModel = {
      nodes: model.view.nodes,
      originMs: model.view.run.startMs ?? model.view.run.createdMs,
      nowMs: model.nowMs,
    };
    const rows = Array.from({ length: Math.max(0, last - first) }, (_, i) =>
      this.row(first + i, columns, look),
    );
    render(
      html`${taskTools(model, this.countText(), this.actions)}
        <div
          class="task-scroll"
          role="grid"
          aria-label="Tasks"
          aria-rowcount=${matching + 1}
          @scroll=${(event: Event) => this.onScroll(event)}
          @keydown=${(event: KeyboardEvent) => this.onKey(event)}
        >
          <div class="task-row task-head" role="row" aria-rowindex="1">
            ${columns.map((column) => this.headCell(column))}
          </div>
          <div class="task-space" role="rowgroup" ${styled({ height: `${matching * ROW_HEIGHT}px` })}>
            <div
              class="task-rows"
              role="presentation"
              ${styled({ transform: `translateY(${first * ROW_HEIGHT}px)` })}
            >
              ${rows}
            </div>
          </div>
          ${this.pages.isKnown && matching === 0 ? html`<p class="empty">${emptyText(model)}</p>` : nothing}
        </div>`,
      this.element,
    );
    if (this.refocus) {
      this.refocus = false;
      this.element
        .querySelector<HTMLElement>(`[data-index="${this.focused}"]`)
        ?.focus({ preventScroll: true });
    }
  }

  private countText(): string {
    const { matching, total, isKnown } = this.pages;
    if (!isKnown) return '';
    const all = format.countOf(total, 'task');
    return isFiltered(this.model!.filter) ? `${format.count(matching)} of ${all}` : all;
  }

  private headCell(column: ColumnLook): TemplateResult {
    const sort = this.model!.sort;
    const active = sort?.column === column.id;
    const order = !active ? 'none' : sort.descending ? 'descending' : 'ascending';
    return html`<span
      class="task-cell col-${column.id} ${column.isNumber ? 'number' : ''}"
      role="columnheader"
      aria-sort=${order}
    >
      <button
        class="sort"
        title=${column.hint}
        @click=${() => this.actions.sortTasks(nextSort(column.id, column.isNumber, sort))}
      >
        ${column.title}${active ? icon(sort.descending ? 'down' : 'up') : nothing}
      </button>
    </span>`;
  }

  private row(index: number, columns: readonly ColumnLook[], look: ColumnModel): TemplateResult {
    const task = this.pages.row(index);
    if (!task)
      return html`<div class="task-row pending" role="row" aria-rowindex=${index + 2}>
        <span class="task-cell" role="gridcell"></span>
      </div>`;
    const selected = task.id === this.model!.task;
    return html`<div
      class="task-row ${selected ? 'selected' : ''}"
      role="row"
      aria-rowindex=${index + 2}
      aria-selected=${selected ? 'true' : 'false'}
      data-index=${index}
      tabindex=${index === this.focused ? '0' : '-1'}
      @click=${() => {
        this.focused = index;
        this.actions.selectTask(selected ? null : task.id);
      }}
      @dblclick=${(event: Event) => this.open(task, event.currentTarget as Element)}
    >
      ${columns.map((column) => this.cell(column, task, look))}
    </div>`;
  }

  private cell(column: ColumnLook, task: TaskBrief, look: ColumnModel): TemplateResult {
    const text = column.text(task, look);
    if (column.id === 'name') {
      return html`<span class="task-cell col-name" role="gridcell" title=${task.error ?? task.id}>
        <span class="swatch" ${styled({ background: this.colorOf(task) })}></span>
        <span class="task-name">${text}</span>
        ${task.error === null ? nothing : html`<span class="task-error">${task.error}</span>`}
      </span>`;
    }
    if (column.id === 'state') {
      const { run } = this.model!.view;
      const state = settledState(run, task.state);
      return html`<span class="task-cell col-state" role="gridcell"
        ><span class="dot bar-${state}"></span
        >${stateWords(run)[state]}${task.retries > 0 ? html`<span class="dim"> ×${task.retries + 1}</span>` : nothing}</span
      >`;
    }
    return html`<span class="task-cell col-${column.id} ${column.isNumber ? 'number' : ''}" role="gridcell"
      >${text}</span
    >`;
  }

  private colorOf(task: TaskBrief): string {
    const fn = this.model!.view.functions.find((one) => one.id === task.functionId);
    return this.model!.colors.of(fn);
  }

  private onScroll(event: Event): void {
    this.top = (event.target as HTMLElement).scrollTop;
    this.schedule();
  }

  private onKey(event: KeyboardEvent): void {
    if (!(event.target as Element).matches('[data-index]')) return;
    const { matching } = this.pages;
    const page = Math.max(1, Math.floor((this.scroller()!.clientHeight - HEAD_HEIGHT) / ROW_HEIGHT) - 1);
    const at = this.focused;
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: matching - 1,
    }[event.key];
    if (to !== undefined) this.focusRow(Math.max(0, Math.min(matching - 1, to)));
    else if (event.key === 'Enter') {
      const task = this.pages.row(at);
      if (task) this.open(task, event.target as Element);
    } else if (event.key === ' ') this.actions.selectTask(this.pages.row(at)?.id ?? null);
    else if (event.key === 'Escape') this.actions.selectTask(null);
    else return;
    event.preventDefault();
  }

  private focusRow(index: number): void {
    this.focused = index;
    this.refocus = true;
    const scroller = this.scroller()!;
    const room = scroller.clientHeight - HEAD_HEIGHT;
    if (index * ROW_HEIGHT < scroller.scrollTop) scroller.scrollTop = index * ROW_HEIGHT;
    else if ((index + 1) * ROW_HEIGHT > scroller.scrollTop + room)
      scroller.scrollTop = (index + 1) * ROW_HEIGHT - room;
    this.top = scroller.scrollTop;
    const task = this.pages.row(index);
    if (task) this.actions.selectTask(task.id);
    this.schedule();
  }

  private open(task: TaskBrief, anchor: Element): void {
    void this.reader.read(task.id).then((details) => {
      if (details) this.actions.openTask(details, anchor);
    });
  }
}

function columnsFor(view: RunView): readonly ColumnLook[] {
  return view.source === 'probe'
    ? TASK_COLUMNS
    : TASK_COLUMNS.filter((column) => !['cpu', 'bytesIn', 'bytesOut'].includes(column.id));
}

function emptyText({ filter }: TaskTableModel): string {
  return isFiltered(filter) ? 'No task passes this filter.' : 'No tasks yet.';
}
