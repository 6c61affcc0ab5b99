/** A place in the source as a button that opens it. */
import { html, type TemplateResult } from 'lit';
import type { CallSite } from '../simulator/model/trace';
import * as format from '../simulator/model/format';

export interface SourceActions {
  openSource(file: string, line: number, anchor: Element): void;
}

/** `folder`: what paths are shown relative to. */
export function sourceLink({ file, line }: CallSite, folder: string, actions: SourceActions): TemplateResult {
  const open = (event: Event): void => actions.openSource(file, line, event.currentTarget as Element);
  return html`<button class="link" title="Open ${file}" @click=${open}>
    ${format.place(file, line, folder)}
  </button>`;
}
