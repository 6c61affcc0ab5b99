/** What the lines of the chart are. */
import { html, nothing, type TemplateResult } from 'lit';
import { BOUND_WORDS, type BoundName } from './curves';

export function chartLegend(
  bounds: readonly BoundName[],
  shown: { whatIf: boolean; measured: boolean },
): TemplateResult {
  return html`<figcaption class="scaling-legend">
    <span><i class="key curve"></i>Predicted time</span>
    <span title="Nine of ten runs are expected within"><i class="key band"></i>90 %</span>
    ${shown.measured ? html`<span><i class="key ring"></i>Measured</span>` : nothing}
    ${bounds.map((name) => html`<span title=${BOUND_WORDS[name].hint}><i class="key bound ${name}"></i>${BOUND_WORDS[name].title}</span>`)}
    ${shown.whatIf ? html`<span><i class="key what-if"></i>What if</span>` : nothing}
  </figcaption>`;
}
