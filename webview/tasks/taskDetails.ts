/** What is known of one task: its time by phases, where it ran, what it took and gave, its error. */
import { html, nothing, type TemplateResult } from 'lit';
import type { CallSite, RunView } from '../../simulator/model/trace';
import type { TaskBrief, TaskDetails, TaskLink } from '../../simulator/model/views';
import * as format from '../../simulator/model/format';
import { icon } from '../icons';
import type { FunctionColors } from '../palette';
import { sourceLink, type SourceActions } from '../sourceLink';
import { styled } from '../styled';
import { settledState, stateWords } from '../taskStates';
import { phasesOf, PHASE_WORDS } from './phases';
import { nodeName, placeOf, taskSentences } from './taskWords';

export interface TaskDetailsModel {
  view: RunView;
  details: TaskDetails;
  colors: FunctionColors;
  nowMs: number;
}

export interface TaskDetailsActions extends SourceActions {
  selectTask(id: string | null): void;
  openTask(details: TaskDetails, anchor: Element): void;
  showNeighbours(task: string): void;
  showInLog(task: TaskBrief): void;
  /** Runs a task again, alone, under the debugger; null where there is none. */
  replay: ((task: string) => void) | null;
}

const LINKS_SHOWN = 12;

export function taskDetailsView(model: TaskDetailsModel, actions: TaskDetailsActions): TemplateResult {
  const { view, details, colors, nowMs } = model;
  const { task } = details;
  const fn = view.functions.find((one) => one.id === task.functionId);
  return html`<section class="details task-details" aria-label="Details of a task of ${task.name}">
    <header>
      <span class="swatch" ${styled({ background: colors.of(fn) })}></span>
      <h3 title=${task.id}>${task.name} <span class="dim">${task.id.slice(0, 8)}</span></h3>
      <button
        class="tool"
        title="Show its neighbours in the graph"
        aria-label="Show its neighbours in the graph"
        @click=${() => actions.showNeighbours(task.id)}
      >
        ${icon('tidy')}
      </button>
      <button class="tool" title="Close (Esc)" aria-label="Close" @click=${() => actions.selectTask(null)}>
        ${icon('cross')}
      </button>
    </header>
    ${phaseBar(task, nowMs)}
    <p class="task-words">${sentence(taskSentences(details, view.nodes, nowMs))}</p>
    <dl>
      ${fact('State', `${stateWords(view.run)[settledState(view.run, task.state)]} on ${placeOf(task, view.nodes)}`)}
      ${source(model, actions)}
      ${task.cpuMs === null ? nothing : fact('CPU time', cpuText(task, details.runDelayMs))}
      ${details.peakMemoryBytes === null ? nothing : fact('Peak memory', format.bytes(details.peakMemoryBytes))}
      ${details.parent === null ? nothing : fact('Submitted by', taskLink(details.parent, view, actions))}
      ${details.submitted === 0 ? nothing : fact('Submitted', format.countOf(details.submitted, 'task'))}
      ${links('Took', details.inputs, details.inputCount, model, actions)}
      ${links('Went to', details.outputs, details.outputCount, model, actions)}
      ${task.pid === null ? nothing : fact('Output', html`<button class="link" @click=${() => actions.showInLog(task)}>Lines of pid ${task.pid} in the log</button>`)}
      ${again(model, actions)}
    </dl>
    ${
      task.error === null
        ? nothing
        : html`<div class="last-error">
            <h4>Error</h4>
            <pre>${task.error}</pre>
          </div>`
    }
  </section>`;
}

function sentence(parts: readonly string[]): string {
  const text = parts.join(', ');
  return text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function phaseBar(task: TaskBrief, nowMs: number): TemplateResult | typeof nothing {
  const phases = phasesOf(task, nowMs);
  if (phases.length === 0) return nothing;
  return html`<div class="phase-bar" aria-hidden="true">
    ${phases.map(
      (phase) =>
        html`<span
          class="phase-${phase.kind}"
          title="${PHASE_WORDS[phase.kind]}: ${format.duration(phase.toMs - phase.fromMs)}"
          ${styled({ 'flex-grow': String(phase.toMs - phase.fromMs) })}
        ></span>`,
    )}
  </div>`;
}

function fact(name: string, value: unknown): TemplateResult {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`;
}

function source({ view, details }: TaskDetailsModel, actions: TaskDetailsActions): unknown {
  const fn = view.functions.find((one) => one.id === details.task.functionId);
  const place = (at: CallSite): TemplateResult => sourceLink(at, view.run.workingDir, actions);
  return html`${fn?.source ? fact('Defined', place(fn.source)) : nothing}
  ${details.site ? fact('Called', place(details.site)) : nothing}`;
}

function cpuText(task: TaskBrief, runDelayMs: number | null): string {
  const parts = [format.duration(task.cpuMs)];
  if (task.startMs !== null && task.endMs !== null && task.endMs > task.startMs) {
    parts.push(`${format.percent((100 * task.cpuMs!) / (task.endMs - task.startMs))} of its time`);
  }
  if (runDelayMs !== null) parts.push(`${format.duration(runDelayMs)} ready but without a CPU`);
  return parts.join(', ');
}

/** The arguments of tasks that failed are kept, so that one can run again alone. */
function again({ view: { run }, details: { task } }: TaskDetailsModel, actions: TaskDetailsActions): unknown {
  if (task.state !== 'failed' || task.kind === 'driver' || !run.keptTasks) return nothing;
  const { replay } = actions;
  return fact(
    'Again',
    replay
      ? html`<button class="link" @click=${() => replay(task.id)}>
          Debug it alone, with the same arguments
        </button>`
      : html`<code>heliostat replay ${run.id} ${task.id.slice(0, 16)}</code>`,
  );
}

function taskLink(task: TaskBrief, view: RunView, actions: TaskDetailsActions): TemplateResult {
  return html`<button class="link neighbour" title=${task.id} @click=${() => actions.selectTask(task.id)}>
      ${task.name}</button
    ><span class="dim"> ${task.kind === 'driver' ? '' : nodeName(view.nodes, task.node)}</span>`;
}

function links(
  title: string,
  all: readonly TaskLink[],
  count: number,
  { view }: TaskDetailsModel,
  actions: TaskDetailsActions,
): TemplateResult | typeof nothing {
  if (count === 0) return nothing;
  const more = count - Math.min(all.length, LINKS_SHOWN);
  return fact(
    title,
    html`<ul class="task-links">
      ${all
        .slice(0, LINKS_SHOWN)
        .map(
          ({ task, bytes, kind }) =>
            html`<li>
              ${taskLink(task, view, actions)}<span class="dim"> ${linkWords(kind, bytes)}</span>
            </li>`,
        )}
      ${more > 0 ? html`<li class="dim">and ${format.count(more)} more</li>` : nothing}
    </ul>`,
  );
}

function linkWords(kind: TaskLink['kind'], bytes: number | null): string {
  const what = {
    argument: '',
    nested: 'inside another value',
    put: 'by ray.put',
    actor: 'its actor',
    parent: '',
  }[kind];
  return [bytes === null ? '' : format.bytes(bytes), what].filter((part) => part !== '').join(', ');
}
