/** Sentences with code between backticks, as the engine writes them for terminals too. */
import { html, type TemplateResult } from 'lit';

/** What stands between two backticks is drawn as code; a backtick without another stays what it is. */
export function codeWords(words: string): TemplateResult {
  return html`${words
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
