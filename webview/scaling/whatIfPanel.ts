/** Changes of the run to try out: sliders that answer at once. */
import { html, nothing, type TemplateResult } from 'lit';
import type { FunctionShare, WhatIf } from '../../simulator/model/scaling';
import * as format from '../../simulator/model/format';

/** Where the sliders stand. */
export interface WhatIfState {
  fn: string;
  fasterPct: number;
  splitInto: number;
  /** Null leaves the network as it was predicted with. */
  gbit: number | null;
  moreIngestNodes: number;
}

export const NO_CHANGE: Omit<WhatIfState, 'fn'> = {
  fasterPct: 0,
  splitInto: 1,
  gbit: null,
  moreIngestNodes: 0,
};

const GBITS = [1, 10, 25, 100];

export interface WhatIfModel {
  state: WhatIfState;
  functions: readonly FunctionShare[];
  /** Whether nodes without GPUs feed nodes with them. */
  hasGpus: boolean;
  /** What came of it, in words; null without a change. */
  outcome: string | null;
}

/** Null where nothing is changed. */
export function changeOf({ fn, fasterPct, splitInto, gbit, moreIngestNodes }: WhatIfState): WhatIf | null {
  const change: WhatIf = {
    ...(fasterPct > 0 ? { faster: [{ name: fn, pct: fasterPct }] } : {}),
    ...(splitInto > 1 ? { split: { name: fn, into: splitInto } } : {}),
    ...(gbit !== null ? { gbit } : {}),
    ...(moreIngestNodes > 0 ? { moreIngestNodes } : {}),
  };
  return Object.keys(change).length === 0 ? null : change;
}

export function whatIfPanel(
  model: WhatIfModel,
  onChange: (patch: Partial<WhatIfState>) => void,
): TemplateResult {
  const { state, functions, hasGpus, outcome } = model;
  return html`<section class="what-if-panel" aria-label="What if">
    <header>
      <h3>What if …</h3>
      ${outcome === null ? nothing : html`<button class="link" @click=${() => onChange(NO_CHANGE)}>Reset</button>`}
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
                    html`<option value=${name} ?selected=${name === state.fn}>
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
        <option value="" ?selected=${state.gbit === null}>as assumed</option>
        ${GBITS.map((gbit) => html`<option value=${gbit} ?selected=${gbit === state.gbit}>${gbit} Gbit/s</option>`)}
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
    <p class="outcome" role="status">${outcome ?? ''}</p>
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
