/** The task graph: one node per group of tasks, edges by whose results went into what. */
import { html, nothing, render, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { FunctionSummary, RunView } from '../../simulator/model/trace';
import type { Ask } from '../ask';
import * as format from '../../simulator/model/format';
import { icon, type IconName } from '../icons';
import type { FunctionColors } from '../palette';
import { gpuLabel, stateWords } from '../taskStates';
import { arrangeGraph } from './arrange';
import { arrowHead } from './arrowHead';
import { CriticalLight } from './criticalLight';
import { edgeCurve, selfCurve } from './edgePath';
import { edgeLabel, edgesNote, edgeWidth, edgeWords, graphEdges, type GraphEdge } from './graphEdges';
import { groupsShown, type GroupShown } from './graphGroups';
import {
  boundsOf,
  edgeKey,
  neighbour,
  NODE_HEIGHT,
  NODE_WIDTH,
  shapeKey,
  type GraphLayout,
  type GraphShape,
  type Heading,
} from './graphLayout';
import { graphNode } from './graphNode';
import { TilesPanel } from './tilesPanel';
import { GraphViewport } from './viewport';

export interface GraphModel {
  view: RunView;
  /** Id of a function. */
  selected: string | null;
  colors: FunctionColors;
}

interface GraphActions {
  select(id: string | null): void;
  openFunction(fn: FunctionSummary, anchor: Element): void;
  selectRow(row: number): void;
}

/** Layered layout is for tens of nodes; the table has all of them. */
const MAX_NODES = 150;
/** Labels on all edges of a large graph hide it; beyond this only those of the selected function are shown. */
const MAX_LABELLED_EDGES = 24;
/** Below the first, nodes show only what can be read from far; above the second, all again. */
const FAR_SCALE = 0.62;
const NEAR_SCALE = 0.67;
const RESIZE_PAUSE_MS = 150;
const HEADINGS: Record<string, Heading> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

export class GraphView {
  readonly element = document.createElement('div');
  private readonly frame = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  private readonly viewport: GraphViewport;
  private model: GraphModel | null = null;
  private layout: GraphLayout | null = null;
  private key = '';
  private shape: GraphShape = { nodes: [], edges: [] };
  private edgeList: GraphEdge[] = [];
  private groups = new Map<string, GroupShown>();
  private readonly critical: CriticalLight;
  private readonly tiles: TilesPanel;
  private compact = false;
  private resizeTimer: ReturnType<typeof setTimeout> | undefined;
  /** Where Tab comes back to. */
  private focused: string | null = null;

  constructor(
    ask: Ask,
    private readonly actions: GraphActions,
  ) {
    this.critical = new CriticalLight(ask, () => this.redraw());
    this.tiles = new TilesPanel(ask, actions, () => this.redraw());
    this.element.className = 'graph';
    this.frame.setAttribute('role', 'group');
    this.frame.setAttribute(
      'aria-label',
      'Task graph. Arrow keys move between functions, Enter opens the source.',
    );
    this.viewport = new GraphViewport(
      this.frame,
      () => this.frame.querySelector('.stage'),
      (scale) => this.onScale(scale),
    );
    this.frame.addEventListener('click', (event) => this.onClick(event));
    this.frame.addEventListener('dblclick', (event) => this.onDoubleClick(event));
    this.frame.addEventListener('focusin', (event) => this.onFocus(event));
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    new ResizeObserver(() => this.onResize()).observe(this.element);
  }

  update(model: GraphModel): void {
    const otherRun = this.model?.view.run.id !== model.view.run.id;
    this.model = model;
    if (otherRun) this.startOver();
    this.groups = groupsShown(model.view);
    this.edgeList = graphEdges(model.view.graph);
    this.shape = shapeOf(this.groups, this.edgeList);
    const key = shapeKey(this.shape);
    if (key !== this.key) this.arrange();
    this.key = key;
    this.draw();
  }

  /** Lays everything out anew and shows all of it. */
  private tidy(): void {
    if (!this.model) return;
    this.layout = null;
    this.arrange();
    this.draw();
    this.viewport.fit();
  }

  private startOver(): void {
    this.layout = null;
    this.key = '';
    this.focused = null;
    this.tiles.group = null;
    this.viewport.fit();
  }

  private arrange(): void {
    const room = { width: this.element.clientWidth, height: this.element.clientHeight };
    this.layout = this.shape.nodes.length === 0 ? null : arrangeGraph(this.layout, this.shape, room);
    if (this.layout) this.viewport.setContent(boundsOf(this.layout));
  }

  private onResize(): void {
    clearTimeout(this.resizeTimer);
    this.resizeTimer = setTimeout(() => {
      if (!this.layout) return;
      this.arrange();
      this.draw();
    }, RESIZE_PAUSE_MS);
  }

  private onScale(scale: number): void {
    const compact = scale < (this.compact ? NEAR_SCALE : FAR_SCALE);
    if (compact === this.compact) return;
    this.compact = compact;
    queueMicrotask(() => this.draw());
  }

  private redraw(): void {
    if (this.model) this.draw();
  }

  // Drawing

  private draw(): void {
    const { layout } = this;
    const model = this.model!;
    this.critical.show(model.view.run.id, model.view.version);
    this.tiles.update(model.view, this.groups, model.colors);
    const hidden = this.groups.size - (layout?.nodes.size ?? 0);
    render(
      html`${this.frame}${
        layout
          ? html`<div class="graph-tools" role="toolbar" aria-label="Graph">
                ${tool('plus', 'Zoom in (+)', () => this.viewport.zoomBy(1.25))}
                ${tool('minus', 'Zoom out (−)', () => this.viewport.zoomBy(0.8))}
                ${tool('fit', 'Show all (F)', () => this.viewport.fit())}
                ${tool('tidy', 'Arrange anew (T)', () => this.tidy())}
                ${tool('path', 'Critical path (C)', () => this.critical.toggle(), this.critical.isOn)}
                ${tool('tiles', 'Tasks of the selected function (E)', () => this.tiles.toggle(this.selectedGroup()), this.tiles.group !== null)}
              </div>
              <div class="graph-notes" role="status">
                ${this.notes(hidden).map((note) => html`<p>${note}</p>`)}
              </div>
              ${this.tiles.element}`
          : nothing
      }`,
      this.element,
    );
    render(
      svg`${arrowHead()}
        <g class="stage ${this.compact ? 'compact' : ''}">${layout ? [this.edges(layout, model), this.nodes(layout, model)] : nothing}</g>`,
      this.frame,
    );
    // The first drawing made the stage that the viewport moves.
    if (layout) this.viewport.setContent(boundsOf(layout));
  }

  private notes(hidden: number): string[] {
    return [
      this.critical.isOn ? this.critical.words() : '',
      edgesNote(this.model!.view),
      hidden > 0
        ? `${format.countOf(hidden, 'small group')} of tasks not drawn; the table has all functions.`
        : '',
    ].filter((note) => note !== '');
  }

  private edges(layout: GraphLayout, model: GraphModel): SVGTemplateResult[] {
    const drawn = this.edgeList.filter((edge) => layout.nodes.has(edge.from) && layout.nodes.has(edge.to));
    return drawn.map((edge) => {
      const from = layout.nodes.get(edge.from)!;
      const to = layout.nodes.get(edge.to)!;
      const curve =
        edge.from === edge.to
          ? selfCurve(from)
          : edgeCurve(from, to, layout.bends.get(edgeKey(edge)) ?? [], layout.direction);
      const joined = this.isSelected(edge.from) || this.isSelected(edge.to);
      const label =
        !this.compact && (joined || (model.selected === null && drawn.length <= MAX_LABELLED_EDGES));
      const lit = this.critical.isOn && this.critical.hasEdge(edge.from, edge.to);
      const state = lit
        ? 'critical'
        : joined
          ? 'joined'
          : model.selected === null && !this.critical.isOn
            ? ''
            : 'faded';
      return svg`<g class="edge ${edge.kind} ${state}">
        <title>${edgeWords(edge, (id) => this.groups.get(id)?.fn.name ?? id)}</title>
        <path d=${curve.d} stroke-width=${edgeWidth(edge)} marker-end="url(#arrow)"></path>
        ${label && edgeLabel(edge) !== '' ? svg`<text x=${curve.label.x} y=${curve.label.y} text-anchor=${curve.label.anchor}>${edgeLabel(edge)}</text>` : nothing}
      </g>`;
    });
  }

  private nodes(layout: GraphLayout, { view, colors }: GraphModel): unknown {
    const joined = new Set(
      this.edgeList.flatMap(({ from, to }) => [
        ...(this.isSelected(from) ? [to] : []),
        ...(this.isSelected(to) ? [from] : []),
      ]),
    );
    const hasSelected = this.selectedGroup() !== null;
    const words = stateWords(view.run);
    const drawn = [...this.groups.values()].filter(({ group }) => layout.nodes.has(group.id));
    const tabStop =
      this.focused !== null && layout.nodes.has(this.focused) ? this.focused : drawn[0]?.group.id;
    return repeat(
      drawn,
      ({ group }) => group.id,
      ({ group: { id }, fn, submitter }) =>
        graphNode({
          id,
          fn,
          submitter,
          at: layout.nodes.get(id)!,
          color: colors.of(fn),
          gpu: gpuLabel(fn, view.nodes),
          words,
          compact: this.compact,
          selected: this.isSelected(id),
          critical: this.critical.isOn && this.critical.hasNode(id),
          faded: this.isFaded(id, hasSelected, joined),
          tabStop: id === tabStop,
        }),
    );
  }

  private isSelected(group: string): boolean {
    const { selected } = this.model!;
    return selected !== null && this.groups.get(group)?.fn.id === selected;
  }

  private isFaded(id: string, hasSelected: boolean, joined: ReadonlySet<string>): boolean {
    if (this.critical.isOn && this.critical.path) return !this.critical.hasNode(id);
    return hasSelected && !this.isSelected(id) && !joined.has(id);
  }

  /** Of the selected function: the one that the keyboard is on, else its first that is drawn. */
  private selectedGroup(): string | null {
    if (this.focused !== null && this.isSelected(this.focused)) return this.focused;
    return [...(this.layout?.nodes.keys() ?? [])].find((id) => this.isSelected(id)) ?? null;
  }

  private select(group: string | null): void {
    this.actions.select(group === null ? null : (this.groups.get(group)?.fn.id ?? null));
  }

  // Input

  private onClick(event: MouseEvent): void {
    if (this.viewport.dragged) return;
    const id = nodeIdOf(event.target);
    if (id !== null) this.focus(id);
    this.select(id);
  }

  private onDoubleClick(event: MouseEvent): void {
    const id = nodeIdOf(event.target);
    if (id !== null) this.open(id);
  }

  private onFocus(event: FocusEvent): void {
    const id = nodeIdOf(event.target);
    const at = id === null ? undefined : this.layout?.nodes.get(id);
    if (id === null || !at) return;
    this.focused = id;
    if ((event.target as Element).matches(':focus-visible')) {
      this.viewport.reveal({
        x: at.x - NODE_WIDTH / 2,
        y: at.y - NODE_HEIGHT / 2,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
      });
    }
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.runKey(event.key, nodeIdOf(event.target))) event.preventDefault();
  }

  /** True when the key means something here. */
  private runKey(key: string, id: string | null): boolean {
    const heading = HEADINGS[key];
    if (heading && id !== null && this.layout) {
      const next = neighbour(this.layout, id, heading);
      if (next !== null) this.focus(next);
      if (next !== null) this.select(next);
      return true;
    }
    if (id !== null && (key === 'Enter' || key === ' ')) {
      if (key === 'Enter') this.open(id);
      else this.select(this.isSelected(id) ? null : id);
      return true;
    }
    if (key === 'f' || key === 'F') this.viewport.fit();
    else if (key === 't' || key === 'T') this.tidy();
    else if (key === 'c' || key === 'C') this.critical.toggle();
    else if (key === 'e' || key === 'E') this.tiles.toggle(id ?? this.selectedGroup());
    else if (key === '+' || key === '=') this.viewport.zoomBy(1.25);
    else if (key === '-') this.viewport.zoomBy(0.8);
    else if (key === 'Escape') this.actions.select(null);
    else return false;
    return true;
  }

  private focus(id: string): void {
    this.focused = id;
    this.frame.querySelector<SVGGElement>(`[data-id="${CSS.escape(id)}"]`)?.focus();
  }

  private open(id: string): void {
    const shown = this.groups.get(id);
    const anchor = this.frame.querySelector(`[data-id="${CSS.escape(id)}"]`);
    this.select(id);
    if (shown && anchor) this.actions.openFunction(shown.fn, anchor);
  }
}

function shapeOf(groups: ReadonlyMap<string, GroupShown>, edges: readonly GraphEdge[]): GraphShape {
  const all = [...groups.values()];
  const byCount = [...all].sort(
    (a, b) =>
      Number(b.fn.kind === 'driver') - Number(a.fn.kind === 'driver') ||
      b.fn.counts.total - a.fn.counts.total,
  );
  const kept = new Set(byCount.slice(0, MAX_NODES).map(({ group }) => group.id));
  return {
    nodes: all.map(({ group }) => group.id).filter((id) => kept.has(id)),
    edges: edges.filter((edge) => kept.has(edge.from) && kept.has(edge.to)),
  };
}

function tool(name: IconName, title: string, run: () => void, on?: boolean): TemplateResult {
  return html`<button
    class="tool"
    title=${title}
    aria-label=${title}
    aria-pressed=${on === undefined ? nothing : on ? 'true' : 'false'}
    @click=${run}
  >
    ${icon(name)}
  </button>`;
}

function nodeIdOf(target: EventTarget | null): string | null {
  const node = target instanceof Element ? target.closest<SVGGElement>('.node') : null;
  return node?.dataset['id'] ?? null;
}
