/** The run in two lines: what, how it goes and how long; and its tasks as one bar. */
import { html, nothing, type TemplateResult } from 'lit';
import { isEnded, type RunInfo } from '../simulator/model/run';
import type { RunView } from '../simulator/model/trace';
import * as format from '../simulator/model/format';
import { icon } from './icons';
import { PREDICTED, runDurationMs, stateLook } from './runState';
import { countsSentence, segments, STATE_ORDER, stateWords } from './taskStates';
import { styled } from './styled';
import { shellCommand } from '../simulator/model/shell';

export interface HeaderModel {
  view: RunView;
  /** By the engine's clock. */
  nowMs: number;
  /** Whether actions can reach the engine. */
  connected: boolean;
  /** Whether there is a list to go back to. */
  canGoBack: boolean;
}

export interface HeaderActions {
  cancel(): void;
  goBack(): void;
  openSource(file: string, line: number, anchor: Element): void;
}

export function runHeader(model: HeaderModel, actions: HeaderActions): TemplateResult {
  const { run, source } = model.view;
  const look = source === 'simulation' ? PREDICTED : stateLook(run.state);
  const openScript = (event: Event): void =>
    actions.openSource(run.script, 1, event.currentTarget as Element);
  return html`<header class="run-header">
    <div class="run-line">
      ${
        model.canGoBack
          ? html`<button class="tool" title="All runs" aria-label="All runs" @click=${actions.goBack}>
              ${icon('back')}
            </button>`
          : nothing
      }
      <h1>
        <button class="link plain" title="Open ${run.script}" @click=${openScript}>
          ${format.fileName(run.script)}
        </button>
      </h1>
      <span class="run-args" title=${shellCommand(run.args)}>${shellCommand(run.args)}</span>
      <span class="state ${look.tone}" role="status">${look.icon}<span>${look.word}</span></span>
      <span class="elapsed">${elapsedText(run, model.nowMs)}</span>
      <span class="where">${whereText(model.view)}</span>
      ${
        isEnded(run.state)
          ? nothing
          : html`<vscode-button
              class="cancel"
              secondary
              ?disabled=${!model.connected || run.state.kind === 'stopping'}
              @click=${actions.cancel}
              >Cancel</vscode-button
            >`
      }
    </div>
    ${run.state.kind === 'preparing' ? preparing(run.state.step) : taskLine(run)}
  </header>`;
}

/** The time while it grows in seconds, in the end exactly; with the exit code where that says something. */
function elapsedText(run: RunInfo, nowMs: number): string {
  const ms = runDurationMs(run, nowMs);
  if (!isEnded(run.state)) return format.elapsed(ms);
  const exit = run.exitCode !== null && run.exitCode !== 0 ? ` · exit code ${run.exitCode}` : '';
  return `${format.duration(Math.max(0, ms))}${exit}`;
}

function whereText({ run, nodes, source }: RunView): TemplateResult {
  if (source === 'simulation')
    return html`<span class="dim">on ${format.countOf(nodes.length, 'node')}</span>`;
  if (run.clusterName === null)
    return html`<span class="dim">${isEnded(run.state) ? 'no cluster' : 'no cluster yet'}</span>`;
  const parts = [run.backend ?? '', nodes.length > 0 ? format.countOf(nodes.length, 'node') : ''];
  return html`on ${run.clusterName}
    <span class="dim">${parts.filter((part) => part !== '').map((part) => ` · ${part}`)}</span>`;
}

function preparing(step: string): TemplateResult {
  return html`<p class="task-line dim" aria-live="polite">${step}</p>
    <vscode-progress-bar class="header-progress" aria-label="Preparing"></vscode-progress-bar>`;
}

/** Has its height also before the first task, so that the panes below stay where they are. */
function taskLine(run: RunInfo): TemplateResult | typeof nothing {
  const counts = run.taskCounts;
  if (counts.total === 0) {
    return isEnded(run.state) ? nothing : html`<p class="task-line dim">No tasks yet</p>`;
  }
  const names = stateWords(run);
  return html`<div class="task-line">
    <div class="task-bar" role="img" aria-label="Tasks: ${countsSentence(counts, names)}">
      ${segments(counts).map(
        ({ state, size }) =>
          html`<span class="bar-${state}" ${styled({ 'flex-grow': String(size) })}></span>`,
      )}
    </div>
    <ul class="task-legend" aria-hidden="true">
      <li class="total">${format.countOf(counts.total, 'task')}</li>
      ${STATE_ORDER.map((state) =>
        counts[state] === 0
          ? nothing
          : html`<li class=${state}>
              <span class="swatch bar-${state}"></span>${format.count(counts[state])} ${names[state]}
            </li>`,
      )}
    </ul>
  </div>`;
}
