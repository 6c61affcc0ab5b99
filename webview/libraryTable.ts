/** The tables of Ray's libraries: all of one look. */
import { html, type TemplateResult } from 'lit';
import type { LibraryReport } from '../simulator/model/library';
import type { RunView } from '../simulator/model/trace';
import * as format from '../simulator/model/format';

const MOST_METRICS = 4;

/** Of the numbers that have a column. */
export function reportedNames(reports: readonly LibraryReport[]): string[] {
  return [...new Set(reports.flatMap(({ metrics }) => Object.keys(metrics)))].slice(0, MOST_METRICS);
}

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

export function took({ startMs, endMs }: { startMs: number | null; endMs: number | null }): string {
  return startMs === null || endMs === null ? '' : format.duration(endMs - startMs);
}

export function nodeOf(view: RunView, rayNodeId: string | null): string {
  return view.nodes.find((node) => node.rayNodeId !== null && node.rayNodeId === rayNodeId)?.name ?? '';
}
