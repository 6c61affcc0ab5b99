/** The head of every edge, in the edge's own colour. */
import { svg, type SVGTemplateResult } from 'lit';

export function arrowHead(): SVGTemplateResult {
  return svg`<defs>
    <marker id="arrow" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7"
      markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" class="arrow-head"></path></marker>
  </defs>`;
}
