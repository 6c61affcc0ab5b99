/** The tables of Ray's libraries: all of one look. */
import { html, type TemplateResult } from 'lit';

export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): TemplateResult {
  return html`<table class="table library-table">
    <thead>
      <tr>
        ${head.map((title) => html`<th scope="col">${title}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${row.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export function stateWord(state: string): TemplateResult {
  return html`<span class="state ${stateTone(state)}">${state.toLowerCase()}</span>`;
}

export function stateTone(state: string): string {
  if (/fail|error|unhealthy|abort/i.test(state)) return 'bad';
  if (/finish|success|healthy|completed|stopped|dead/i.test(state)) return 'quiet';
  return 'busy';
}
