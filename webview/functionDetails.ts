/** What is known of one function. */
import { html, nothing, type TemplateResult } from 'lit';
import { functionEdges, type TaskEdge } from '../simulator/model/runGraph';
import type { FunctionSummary, RunView } from '../simulator/model/trace';
import * as format from '../simulator/model/format';
import type { FunctionsActions, FunctionsModel } from './functionsTable';
import { icon } from './icons';
import { countsSentence, gpuLabel, kindWord, stateWords } from './taskStates';
import { styled } from './styled';

export function functionDetails(
  fn: FunctionSummary,
  model: FunctionsModel,
  actions: FunctionsActions,
): TemplateResult {
  const { view, colors } = model;
  const { edges, dataEdges } = functionEdges(view.graph);
  return html`<section class="details" aria-label="Details of ${fn.name}">
    <header>
      <span class="swatch" ${styled({ background: colors.of(fn) })}></span>
      <h3 title=${fn.fullName}>${fn.fullName}</h3>
      <button class="tool" title="Close (Esc)" aria-label="Close" @click=${() => actions.select(null)}>
        ${icon('cross')}
      </button>
    </header>
    <dl>
      ${fact('Source', sourceLink(fn, view, actions))}
      ${fact(fn.kind === 'driver' ? 'State' : 'Tasks', countsSentence(fn.counts, stateWords(view.run)))}
      ${fn.kind === 'driver' ? nothing : fact('Duration', durations(fn))}
      ${fact('Total', format.duration(fn.totalMs))}
      ${fn.gpus > 0 ? fact('Each asks for', gpuLabel(fn, view.nodes)) : nothing}
      ${neighbours(
        'Submitted by',
        edges.filter((edge) => edge.to === fn.id),
        'from',
        model,
        actions,
      )}
      ${neighbours(
        'Takes from',
        dataEdges.filter((edge) => edge.to === fn.id),
        'from',
        model,
        actions,
      )}
      ${neighbours(
        'Gives to',
        dataEdges.filter((edge) => edge.from === fn.id),
        'to',
        model,
        actions,
      )}
      ${neighbours(
        'Submits',
        edges.filter((edge) => edge.from === fn.id),
        'to',
        model,
        actions,
      )}
    </dl>
    ${
      fn.lastError === null
        ? nothing
        : html`<div class="last-error">
            <h4>Last error</h4>
            <pre>${fn.lastError}</pre>
          </div>`
    }
  </section>`;
}

function fact(name: string, value: unknown): TemplateResult {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`;
}

function sourceLink(fn: FunctionSummary, view: RunView, actions: FunctionsActions): unknown {
  if (!fn.source) return html`<span class="dim">${kindWord(fn.kind)} outside of your folder</span>`;
  const open = (event: Event): void => actions.openFunction(fn, event.currentTarget as Element);
  return html`<button class="link" title="Open ${fn.source.file}" @click=${open}>
    ${format.place(fn.source.file, fn.source.line, view.run.workingDir)}
  </button>`;
}

function durations(fn: FunctionSummary): string {
  if (fn.p50Ms === null) return 'none has ended yet';
  return `p50 ${format.duration(fn.p50Ms)}, p95 ${format.duration(fn.p95Ms)}`;
}

function neighbours(
  title: string,
  edges: readonly TaskEdge[],
  end: 'from' | 'to',
  model: FunctionsModel,
  actions: FunctionsActions,
): TemplateResult | typeof nothing {
  if (edges.length === 0) return nothing;
  const links = edges.map((edge) => {
    const other = model.view.functions.find((fn) => fn.id === edge[end]);
    if (!other) return nothing;
    return html`<button class="link neighbour" @click=${() => actions.select(other.id)}>${other.name}</button
      ><span class="dim"> ×${format.shortCount(edge.count)}</span> `;
  });
  return fact(title, links);
}
