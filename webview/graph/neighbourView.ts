/** One task among its ancestors and descendants, laid out exactly: at most 200 tasks. */
import { html, nothing, render, svg, type SVGTemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Graph, layout as dagre } from '@dagrejs/dagre';
import type { RunView } from '../../simulator/model/trace';
import type { Neighbourhood, TaskBrief } from '../../simulator/model/views';
import type { Ask } from '../ask';
import * as format from '../../simulator/model/format';
import { icon } from '../icons';
import type { FunctionColors } from '../palette';
import { styled } from '../styled';
import { settledState, stateWords } from '../taskStates';
import { nodeName } from '../tasks/taskWords';
import { fitText } from '../textMeasure';
import { arrowHead } from './arrowHead';
import { GraphViewport } from './viewport';
import type { Box, Point } from './graphLayout';

export interface NeighbourModel {
  view: RunView;
  /** The task in the middle. */
  centre: string;
  /** The selected task. */
  task: string | null;
  colors: FunctionColors;
}

export interface NeighbourActions {
  selectTask(id: string | null): void;
  closeNeighbours(): void;
  showNeighbours(task: string): void;
}

const MOST = 200;
const WIDTH = 168;
const HEIGHT = 38;

interface Placed {
  nodes: Map<string, Point>;
  edges: { d: string; edge: Neighbourhood['edges'][number] }[];
  box: Box;
}

export class NeighbourView {
  readonly element = document.createElement('div');
  private readonly frame = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  private readonly viewport: GraphViewport;
  private model: NeighbourModel | null = null;
  private shown: { key: string; of: Neighbourhood; placed: Placed } | null = null;
  private asked = '';

  constructor(
    private readonly ask: Ask,
    private readonly actions: NeighbourActions,
  ) {
    this.element.className = 'graph neighbours';
    this.frame.setAttribute('role', 'group');
    this.viewport = new GraphViewport(
      this.frame,
      () => this.frame.querySelector('.stage'),
      () => undefined,
    );
    this.element.addEventListener('keydown', (event) => this.onKey(event));
  }

  update(model: NeighbourModel): void {
    this.model = model;
    const key = `${model.view.run.id}\n${model.centre}`;
    if (key !== this.asked) {
      this.asked = key;
      this.ask('runs.neighbourhood', { id: model.view.run.id, task: model.centre, most: MOST }).then(
        (found) => {
          if (key !== this.asked) return;
          this.shown = { key, of: found, placed: place(found) };
          this.viewport.fit();
          this.draw();
        },
        () => this.actions.closeNeighbours(),
      );
    }
    this.draw();
  }

  private draw(): void {
    const { shown, model } = this;
    if (!model) return;
    const known = shown?.key === this.asked ? shown : null;
    this.frame.setAttribute('aria-label', 'A task with those it depends on and those that depend on it.');
    render(
      html`<div class="neighbours-head">
          <button class="link" @click=${() => this.actions.closeNeighbours()}>All functions</button>
          <span class="dim">${known ? headWords(known.of) : 'Loading …'}</span>
        </div>
        ${this.frame}
        <div class="graph-tools" role="toolbar" aria-label="Graph">
          ${tool('plus', 'Zoom in (+)', () => this.viewport.zoomBy(1.25))}
          ${tool('minus', 'Zoom out (−)', () => this.viewport.zoomBy(0.8))}
          ${tool('fit', 'Show all (F)', () => this.viewport.fit())}
        </div>`,
      this.element,
    );
    render(
      known
        ? svg`${arrowHead()}<g class="stage">${known.placed.edges.map(edgeShape)}${repeat(
            known.of.tasks,
            (task) => task.id,
            (task) => this.node(task, known),
          )}</g>`
        : nothing,
      this.frame,
    );
    if (known) this.viewport.setContent(known.placed.box);
  }

  private node(task: TaskBrief, { placed, of }: { placed: Placed; of: Neighbourhood }): SVGTemplateResult {
    const { view, colors, task: selected } = this.model!;
    const at = placed.nodes.get(task.id)!;
    const fn = view.functions.find((one) => one.id === task.functionId);
    const words = stateWords(view.run);
    const state = settledState(view.run, task.state);
    const took =
      task.startMs !== null && task.endMs !== null
        ? format.duration(task.endMs - task.startMs)
        : words[state];
    const where = task.node === null ? '' : ` · ${nodeName(view.nodes, task.node)}`;
    const classes = ['node', 'task-node'];
    if (task.id === of.centre) classes.push('centre');
    if (task.id === selected) classes.push('selected');
    if (task.state === 'failed') classes.push('has-failed');
    return svg`<g class=${classes.join(' ')} data-task=${task.id} role="button" tabindex="0"
      aria-pressed=${task.id === selected ? 'true' : 'false'} aria-label="${task.name}, ${words[state]}, ${took}${where}"
      ${styled({ transform: `translate(${at.x - WIDTH / 2}px, ${at.y - HEIGHT / 2}px)` })}
      @click=${() => this.select(task.id)} @dblclick=${() => this.actions.showNeighbours(task.id)}>
      <title>${task.name} ${task.id}</title>
      <rect class="node-box" width=${WIDTH} height=${HEIGHT} rx="4"></rect>
      <rect width="5" height=${HEIGHT} rx="2" ${styled({ fill: colors.of(fn) })}></rect>
      <text class="node-name" x="13" y="16">${fitText(task.name, '600 12px', WIDTH - 34)}</text>
      <text class="node-small" x="13" y="30">${fitText(`${took}${where}`, '11px', WIDTH - 22)}</text>
      <circle class="bar-${state}" cx=${WIDTH - 12} cy="12" r="4"></circle>
    </g>`;
  }

  private select(id: string): void {
    if (!this.viewport.dragged) this.actions.selectTask(id);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const id = (event.target as Element).closest<SVGElement>('[data-task]')?.dataset['task'];
    if (event.key === 'Enter' && id) this.actions.showNeighbours(id);
    else if (event.key === ' ' && id) this.actions.selectTask(id);
    else if (event.key === 'Escape') this.actions.closeNeighbours();
    else if (event.key === 'f') this.viewport.fit();
    else if (event.key === '+') this.viewport.zoomBy(1.25);
    else if (event.key === '-') this.viewport.zoomBy(0.8);
    else return;
    event.preventDefault();
  }
}

function place(found: Neighbourhood): Placed {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', ranksep: 60, nodesep: 12, edgesep: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const task of found.tasks) graph.setNode(task.id, { width: WIDTH, height: HEIGHT });
  for (const edge of found.edges) if (edge.from !== edge.to) graph.setEdge(edge.from, edge.to);
  dagre(graph);
  const nodes = new Map(found.tasks.map((task) => [task.id, graph.node(task.id) as Point]));
  const points = [...nodes.values()];
  const x = Math.min(...points.map((point) => point.x)) - WIDTH / 2;
  const y = Math.min(...points.map((point) => point.y)) - HEIGHT / 2;
  const width = Math.max(...points.map((point) => point.x)) + WIDTH / 2 - x;
  const height = Math.max(...points.map((point) => point.y)) + HEIGHT / 2 - y;
  const edges = found.edges
    .filter((edge) => edge.from !== edge.to)
    .map((edge) => ({ edge, d: curve(nodes.get(edge.from)!, nodes.get(edge.to)!) }));
  return { nodes, edges, box: { x, y, width, height } };
}

function curve(from: Point, to: Point): string {
  const x0 = from.x + WIDTH / 2;
  const x1 = to.x - WIDTH / 2 - 7;
  const bend = Math.max(20, Math.abs(x1 - x0) / 2);
  return `M${x0} ${from.y}C${x0 + bend} ${from.y} ${x1 - bend} ${to.y} ${x1} ${to.y}`;
}

function edgeShape({ d, edge }: Placed['edges'][number]): SVGTemplateResult {
  const width = edge.bytes === null ? 1.25 : Math.min(6, 1.25 + Math.log10(1 + edge.bytes / 65_536));
  return svg`<g class="edge ${edge.kind === 'parent' ? 'parent' : 'data'}"><path d=${d} stroke-width=${width} marker-end="url(#arrow)"></path></g>`;
}

function headWords({ tasks, cut, centre }: Neighbourhood): string {
  const name = tasks.find((task) => task.id === centre)?.name ?? '';
  const more = cut ? ', the nearest; there are more' : '';
  return `${name} with ${format.countOf(tasks.length - 1, 'task')} that it depends on or that depend on it${more}`;
}

function tool(name: 'plus' | 'minus' | 'fit', title: string, run: () => void): unknown {
  return html`<button class="tool" title=${title} aria-label=${title} @click=${run}>${icon(name)}</button>`;
}
