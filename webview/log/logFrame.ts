/** What stands around the log's lines: how many the filter found, the way back to the end, words for an empty log. */
import { html, nothing, type TemplateResult } from 'lit';
import * as format from '../format';
import { icon } from '../icons';
import { MAX_MATCHES } from './logFilter';

export interface FrameModel {
  /** Where the lines scroll. */
  scroller: HTMLElement;
  totalBytes: number;
  emptyText: string;
  /** Null while nothing is filtered. */
  found: { query: string; count: number; scannedBytes: number } | null;
  /** Whether new lines stay out of sight until asked for. */
  behind: boolean;
}

export interface FrameActions {
  clearFilter(): void;
  jumpToNewest(): void;
}

export function logFrame(model: FrameModel, actions: FrameActions): TemplateResult {
  const { found, totalBytes } = model;
  return html`
    ${found ? foundLine(found, totalBytes, actions) : nothing} ${model.scroller}
    ${totalBytes === 0 ? html`<p class="empty">${model.emptyText}</p>` : nothing}
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
  { query, count, scannedBytes }: NonNullable<FrameModel['found']>,
  totalBytes: number,
  actions: FrameActions,
): TemplateResult {
  const full = count >= MAX_MATCHES;
  const lines = full ? `First ${format.count(MAX_MATCHES)} lines` : format.countOf(count, 'line');
  const read =
    full || scannedBytes >= totalBytes ? '' : ` · ${format.percent((100 * scannedBytes) / totalBytes)} read`;
  return html`<div class="log-found" role="status">
    ${lines} with “${query}”${read}
    <button class="link" @click=${() => actions.clearFilter()}>Show all</button>
  </div>`;
}
