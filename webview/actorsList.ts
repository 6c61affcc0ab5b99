/** The actors of the run: how each is, and why one is no more. */
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { ActorSummary, FunctionSummary, RunView } from '../simulator/model/trace';
import * as format from '../simulator/model/format';
import type { FunctionColors } from './palette';
import { styled } from './styled';

export interface ActorsActions {
  select(id: string | null): void;
}

const MAX_ROWS = 500;
const ORDER: readonly ActorSummary['state'][] = ['dead', 'restarting', 'pending', 'alive'];
const TONES: Record<ActorSummary['state'], string> = {
  alive: 'good',
  pending: 'quiet',
  restarting: 'busy',
  dead: 'quiet',
};

export function actorsList(
  { view, colors }: { view: RunView; colors: FunctionColors },
  actions: ActorsActions,
): TemplateResult {
  // Those that need a look first; an actor that ended with its run is like all others.
  const actors = [...view.actors].sort(
    (a, b) =>
      Number(b.reason !== null) - Number(a.reason !== null) ||
      ORDER.indexOf(a.state) - ORDER.indexOf(b.state),
  );
  const rows = new Rows(view);
  return html`<div class="table-scroll">
    <table class="table actors-table" aria-label="Actors">
      <thead>
        <tr>
          <th scope="col" class="name">Actor</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Calls</th>
          <th scope="col" class="number">Waiting</th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          actors.slice(0, MAX_ROWS),
          (actor) => actor.id,
          (actor) => row(actor, rows, colors, actions),
        )}
      </tbody>
    </table>
    ${
      actors.length > MAX_ROWS
        ? html`<p class="dim actors">and ${format.count(actors.length - MAX_ROWS)} more</p>`
        : nothing
    }
  </div>`;
}

function row(
  actor: ActorSummary,
  rows: Rows,
  colors: FunctionColors,
  actions: ActorsActions,
): TemplateResult {
  const name = shortClass(actor.className);
  const creation = rows.creations.get(name);
  const alone = rows.actors.get(actor.className) === 1;
  const methods = alone ? (rows.methods.get(name) ?? []) : [];
  const sum = (read: (fn: FunctionSummary) => number): number =>
    methods.reduce((all, fn) => all + read(fn), 0);
  return html`<tr
    tabindex="0"
    @click=${() => actions.select(creation?.id ?? null)}
    @keydown=${(event: KeyboardEvent) => {
      if (event.key === 'Enter' || event.key === ' ') actions.select(creation?.id ?? null);
    }}
  >
    <td class="name" title=${actor.id}>
      <span class="swatch" ${styled({ background: colors.of(creation) })}></span>${name}
      <span class="dim">${actor.id.slice(0, 8)}</span>
      ${actor.reason === null ? nothing : html`<span class="actor-reason" title=${actor.reason}>${actor.reason}</span>`}
    </td>
    <td><span class="state ${actor.reason === null ? TONES[actor.state] : 'bad'}">${actor.state}</span></td>
    <td class="number">${alone ? format.shortCount(sum((fn) => fn.counts.total)) : ''}</td>
    <td class="number">${alone ? format.shortCount(sum((fn) => fn.counts.waiting)) : ''}</td>
  </tr>`;
}

/** What rows need of the run, by class, looked up once for all of them. */
class Rows {
  /** How many actors a class has. */
  readonly actors = new Map<string, number>();
  readonly creations = new Map<string, FunctionSummary>();
  readonly methods = new Map<string, FunctionSummary[]>();

  constructor(view: RunView) {
    for (const { className } of view.actors)
      this.actors.set(className, (this.actors.get(className) ?? 0) + 1);
    for (const fn of view.functions) {
      if (fn.kind === 'actor-creation' && !this.creations.has(fn.name)) this.creations.set(fn.name, fn);
      if (fn.kind !== 'actor-task') continue;
      const name = fn.name.slice(0, fn.name.lastIndexOf('.'));
      this.methods.set(name, [...(this.methods.get(name) ?? []), fn]);
    }
  }
}

function shortClass(className: string): string {
  return className.split('.').at(-1)!;
}
