/** One group opened into its tasks: a tile each, coloured by state; so many that several share one where they must. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { RunView, TaskState } from '../../simulator/model/trace';
import type { TaskTiles } from '../../simulator/model/views';
import type { Ask } from '../ask';
import * as format from '../../simulator/model/format';
import { icon } from '../icons';
import type { FunctionColors } from '../palette';
import { styled } from '../styled';
import { countsSentence, settledState, stateWords } from '../taskStates';
import type { GroupShown } from './graphGroups';
import { Pace } from './pace';

export interface TilesActions {
  /** A row of the task table. */
  selectRow(row: number): void;
}

const MOST = 800;
const FRESH_MS = 700;

export class TilesPanel {
  readonly element = document.createElement('section');
  /** Id of the group that is open. */
  group: string | null = null;
  private tiles: TaskTiles | null = null;
  private readonly pace = new Pace(FRESH_MS, () => this.onChanged());

  constructor(
    private readonly ask: Ask,
    private readonly actions: TilesActions,
    private readonly onChanged: () => void,
  ) {
    this.element.className = 'tiles-panel';
    this.element.hidden = true;
  }

  toggle(id: string | null): void {
    this.group = id === this.group ? null : id;
    this.tiles = null;
    this.pace.forget();
    this.onChanged();
  }

  update(view: RunView, groups: ReadonlyMap<string, GroupShown>, colors: FunctionColors): void {
    const shown = this.group === null ? undefined : groups.get(this.group);
    this.element.hidden = !shown;
    if (!shown) {
      render(nothing, this.element);
      return;
    }
    this.pull(view, shown.group.id);
    this.element.setAttribute('aria-label', `Tasks of ${shown.fn.name}`);
    render(this.content(view, shown, colors), this.element);
  }

  private pull(view: RunView, id: string): void {
    if (!this.pace.isDue(`${view.run.id}\n${id}`, view.version)) return;
    this.ask('runs.taskTiles', { id: view.run.id, group: id, most: MOST }).then(
      (tiles) => {
        if (this.group === id) this.tiles = tiles;
        this.onChanged();
      },
      () => this.pace.forget(),
    );
  }

  private content(view: RunView, { fn, submitter }: GroupShown, colors: FunctionColors): TemplateResult {
    const { tiles } = this;
    const words = stateWords(view.run);
    const look = (state: TaskState): TaskState => settledState(view.run, state);
    return html`<header>
        <span class="swatch" ${styled({ background: colors.of(fn) })}></span>
        <h2>${fn.name}</h2>
        ${submitter === '' ? nothing : html`<span class="dim">by ${submitter}</span>`}
        <span class="dim">${countsSentence(fn.counts, words)}</span>
        <button
          class="tool"
          title="Close (E)"
          aria-label="Close the tasks of ${fn.name}"
          @click=${() => this.toggle(null)}
        >
          ${icon('cross')}
        </button>
      </header>
      ${
        tiles === null
          ? html`<p class="dim">Loading …</p>`
          : html`<div
                class="tiles"
                role="group"
                aria-label="A tile for ${tiles.perTile === 1 ? 'each task' : `every ${tiles.perTile} tasks`}"
              >
                ${tiles.state.map(
                  (state, i) =>
                    html`<button
                      class="tile bar-${look(state)}"
                      tabindex=${i === 0 ? '0' : '-1'}
                      title=${words[look(state)]}
                      aria-label="Task ${format.count(i * tiles.perTile + 1)}, ${words[look(state)]}"
                      @click=${() => this.actions.selectRow(tiles.row[i]!)}
                      @keydown=${onTileKey}
                    ></button>`,
                )}
              </div>
              ${tiles.perTile > 1 ? html`<p class="dim">A tile is ${format.count(tiles.perTile)} tasks; it shows the worst state of them.</p>` : nothing}`
      }`;
  }
}

/** Arrow keys move between tiles. */
function onTileKey(event: KeyboardEvent): void {
  const tile = event.currentTarget as HTMLElement;
  const next = { ArrowRight: tile.nextElementSibling, ArrowLeft: tile.previousElementSibling }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  (next as HTMLElement | null)?.focus();
}
