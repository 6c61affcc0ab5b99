/** What stands around the log's lines: how many the filter found, the way back to the end, words for an empty log. */
import { html, nothing, type TemplateResult } from 'lit';
import * as format from '../../simulator/model/format';
import { icon } from '../icons';
import { MAX_MATCHES } from './logFilter';

export interface FrameModel {
  /** Where the lines scroll. */
  scroller: HTMLElement;
  /** Whether the log has no text at all. */
  empty: boolean;
  emptyText: string;
  /** Null while nothing is filtered. */
  found: { query: string; count: number; readPct: number } | null;
  /** Whether new lines stay out of sight until asked for. */
  behind: boolean;
}

export interface FrameActions {
  clearFilter(): void;
  jumpToNewest(): void;
}

/** Where the lines go. What is added to it is not read out: a script may print faster than anyone can listen. */
export function makeScroller(): HTMLElement {
  const scroller = document.createElement('div');
  scroller.className = 'log-scroll';
  scroller.tabIndex = 0;
  scroller.setAttribute('role', 'log');
  scroller.setAttribute('aria-label', 'Output of the script');
  scroller.setAttribute('aria-live', 'off');
  return scroller;
}

export function logFrame(model: FrameModel, actions: FrameActions): TemplateResult {
  const { found } = model;
  return html`
    ${found ? foundLine(found, actions) : nothing} ${model.scroller}
    ${model.empty ? html`<p class="empty">${model.emptyText}</p>` : nothing}
    ${
      model.behind
        ? html`<button class="jump" @click=${() => actions.jumpToNewest()}>
            ${icon('down')} Jump to newest
          </button>`
        : nothing
    }
  `;
}

function foundLine(
  { query, count, readPct }: NonNullable<FrameModel['found']>,
  actions: FrameActions,
): TemplateResult {
  const full = count >= MAX_MATCHES;
  const lines = full ? `First ${format.count(MAX_MATCHES)} lines` : format.countOf(count, 'line');
  const read = full || readPct >= 100 ? '' : ` · ${format.percent(readPct)} read`;
  return html`<div class="log-found" role="status">
    ${lines} with “${query}”${read}
    <button class="link" @click=${() => actions.clearFilter()}>Show all</button>
  </div>`;
}
