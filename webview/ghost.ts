/** The faint outline of a graph, where one will be. */
import { html, type TemplateResult } from 'lit';

export function ghostGraph(): TemplateResult {
  return html`<svg class="ghost" viewBox="0 0 300 128" aria-hidden="true">
    <rect x="1" y="44" width="110" height="40" rx="4"></rect>
    <rect x="189" y="1" width="110" height="40" rx="4"></rect>
    <rect x="189" y="87" width="110" height="40" rx="4"></rect>
    <path d="M111 64C150 64 150 21 185 21M111 64C150 64 150 107 185 107"></path>
    <path d="M14 58h48M14 71h84M202 15h40M202 28h84M202 101h56M202 114h84"></path>
  </svg>`;
}
