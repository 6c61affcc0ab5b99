/** What went wrong and what to know: the run's failure, uncaught errors with their tracebacks, notices. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Failure } from '../simulator/model/failure';
import { failureWords, type FailureAction } from '../simulator/model/failureWords';
import type { RunInfo, RunProblem, TraceFrame } from '../simulator/model/run';
import type { RunView } from '../simulator/model/trace';
import * as format from '../simulator/model/format';
import { codeWords } from './codeWords';
import { icon } from './icons';
import { sourceLink, type SourceActions } from './sourceLink';

export interface ProblemActions extends SourceActions {
  runCommand(command: string): void;
  /** Whether commands of the extension can be run from here. */
  hasCommands: boolean;
}

const SHOWN_PROBLEMS = 3;

export function runProblems(view: RunView, actions: ProblemActions): TemplateResult | typeof nothing {
  const { run } = view;
  const failure = run.state.kind === 'failed' ? run.state.failure : null;
  // The error that ended the script is its last one, and reads better with its place and its traceback.
  const told = failure?.code === 'run-failed' && run.problems.length > 0;
  const notices = [...run.notices, ...lossNotices(view)];
  const hidden = run.problems.length - SHOWN_PROBLEMS;
  if (failure === null && run.problems.length === 0 && notices.length === 0) return nothing;
  return html`<div class="problems">
    ${failure && !told ? failureCard(failure, actions) : nothing}
    ${[...run.problems]
      .reverse()
      .slice(0, SHOWN_PROBLEMS)
      .map((problem) => problemCard(problem, run, actions))}
    ${hidden > 0 ? html`<p class="more">and ${format.countOf(hidden, 'earlier error')}; the log has all.</p>` : nothing}
    ${notices.map((notice) => html`<p class="notice">${icon('warning')}<span>${codeWords(notice)}</span></p>`)}
  </div>`;
}

/** A failure in words with its ways out: buttons in VS Code, commands to type elsewhere; and trying it again. */
export function failureCard(
  failure: Failure,
  actions: ProblemActions,
  tryAgain: (() => void) | null = null,
): TemplateResult {
  const { title, detail, actions: ways } = failureWords(failure);
  return html`<section class="card bad" role="alert">
    ${icon('error')}
    <div class="card-body">
      <h2>${title}</h2>
      ${detailTemplate(detail)}
      ${
        ways.length === 0 && tryAgain === null
          ? nothing
          : html`<p class="card-actions">
              ${tryAgain && html`<vscode-button secondary @click=${tryAgain}>Try again</vscode-button>`}
              ${ways.map((way) => wayOut(way, actions))}
            </p>`
      }
    </div>
  </section>`;
}

/** A command with its output stays as it was printed; all else is sentences, with code between backticks. */
export function detailTemplate(detail: string): TemplateResult | typeof nothing {
  if (detail === '') return nothing;
  if (/^(?:\$ | {2}|Traceback)/m.test(detail)) return html`<pre class="card-detail">${detail}</pre>`;
  return html`${detail.split('\n').map((line) => html`<p>${codeWords(line)}</p>`)}`;
}

function wayOut(way: FailureAction, actions: ProblemActions): TemplateResult | typeof nothing {
  if (actions.hasCommands) {
    return html`<vscode-button secondary @click=${() => actions.runCommand(way.command)}
      >${way.label}</vscode-button
    >`;
  }
  return way.shell === undefined
    ? nothing
    : html`<span class="shell">${way.label}: <code>${way.shell}</code></span>`;
}

function problemCard(problem: RunProblem, run: RunInfo, actions: ProblemActions): TemplateResult {
  return html`<section class="card bad" role="alert">
    ${icon('error')}
    <div class="card-body">
      <h2 class="error-message">${problem.message}</h2>
      ${problem.at ? html`<p class="at">${frameLink(problem.at, run, actions)}</p>` : nothing}
      ${
        problem.frames.length === 0
          ? nothing
          : html`<details>
              <summary>Traceback, ${format.countOf(problem.frames.length, 'frame')}</summary>
              <ol class="frames">
                ${problem.frames.map(
                  (frame) =>
                    html`<li class=${frame.inWorkspace ? '' : 'foreign'}>
                      ${frameLink(frame, run, actions)}
                    </li>`,
                )}
              </ol>
            </details>`
      }
    </div>
  </section>`;
}

function frameLink(frame: TraceFrame, run: RunInfo, actions: ProblemActions): TemplateResult {
  return html`${sourceLink(frame, run.workingDir, actions)}<span class="dim"> in ${frame.function}</span>`;
}

function lossNotices(view: RunView): string[] {
  const losses = view.lost.map(
    ({ source, count, reason }) => `${format.countOf(count, 'record')} of the ${source} lost: ${reason}`,
  );
  return [...losses, ...view.notes];
}
