/** Changes of the run to try out: sliders that answer at once. */
import { html, nothing, type TemplateResult } from 'lit';
import type { FunctionShare } from '../../simulator/model/scaling';
import * as format from '../../simulator/model/format';
import { outcome, type FailureCard } from './scalingWords';
import { NO_CHANGE, type WhatIfQuestion, type WhatIfState } from './whatIfQuestion';

const GBITS = [1, 10, 25, 100];

export interface WhatIfModel {
  functions: readonly FunctionShare[];
  /** Whether nodes without GPUs feed nodes with them. */
  hasGpus: boolean;
  failureCard: FailureCard;
}

export function whatIfPanel(question: WhatIfQuestion, model: WhatIfModel): TemplateResult {
  const { state, change, failure, result } = question;
  const { functions, hasGpus } = model;
  const onChange = (patch: Partial<WhatIfState>) => question.set(patch);
  return html`<section class="what-if-panel" aria-label="What if">
    <header>
      <h3>What if …</h3>
      ${change === null ? nothing : html`<button class="link" @click=${() => onChange(NO_CHANGE)}>Reset</button>`}
    </header>
    ${
      functions.length === 0
        ? nothing
        : html`<label class="choice"
              ><span>Function</span>
              <select
                class="field"
                @change=${(event: Event) => onChange({ fn: (event.target as HTMLSelectElement).value })}
              >
                ${functions.map(
                  ({ name, totalMs }) =>
                    html`<option value=${name} .selected=${name === state.fn}>
                      ${name} (${format.duration(totalMs)} in all)
                    </option>`,
                )}
              </select></label
            >
            ${slider('… is faster by', `${state.fasterPct} %`, { min: 0, max: 90, step: 5, value: state.fasterPct }, (fasterPct) => onChange({ fasterPct }))}
            ${slider('… is split into', state.splitInto === 1 ? 'as it is' : `${state.splitInto} tasks each`, { min: 1, max: 8, step: 1, value: state.splitInto }, (splitInto) => onChange({ splitInto }))}`
    }
    <label class="choice"
      ><span>Network</span>
      <select
        class="field"
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          onChange({ gbit: value === '' ? null : Number(value) });
        }}
      >
        <option value="" .selected=${state.gbit === null}>as assumed</option>
        ${GBITS.map((gbit) => html`<option value=${gbit} .selected=${gbit === state.gbit}>${gbit} Gbit/s</option>`)}
      </select></label
    >
    ${
      hasGpus
        ? slider(
            'Ingest nodes',
            state.moreIngestNodes === 0 ? 'none more' : `${state.moreIngestNodes} more each`,
            { min: 0, max: 8, step: 1, value: state.moreIngestNodes },
            (moreIngestNodes) => onChange({ moreIngestNodes }),
          )
        : nothing
    }
    ${failure && model.failureCard(failure, () => question.askAgain())}
    <p class="outcome" role="status">${change === null || failure !== null ? '' : outcome(result)}</p>
  </section>`;
}

function slider(
  title: string,
  shown: string,
  range: { min: number; max: number; step: number; value: number },
  onInput: (value: number) => void,
): TemplateResult {
  // An <output> would be what the label labels.
  return html`<label class="slider"
    ><span>${title}</span><span class="shown">${shown}</span>
    <input
      type="range"
      min=${range.min}
      max=${range.max}
      step=${range.step}
      .value=${String(range.value)}
      aria-label=${title}
      aria-valuetext=${shown}
      @input=${(event: Event) => onInput(Number((event.target as HTMLInputElement).value))}
  /></label>`;
}
