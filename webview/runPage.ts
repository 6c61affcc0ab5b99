/** One run: header, what went wrong, and four panes, placed by the room there is. */
import { html, nothing, type TemplateResult } from 'lit';
import type { RunView } from '../simulator/model/trace';
import { emptyTexts, neverStarted } from './emptyTexts';
import * as format from './format';
import { functionsTable, type FunctionsActions } from './functionsTable';
import type { GraphView } from './graph/graphView';
import { runHeader, type HeaderActions } from './header';
import type { LogView } from './log/logView';
import type { FunctionColors } from './palette';
import { runProblems, type ProblemActions } from './problems';
import type { ResourceStrip } from './resourceStrip';
import { splitter } from './splitter';
import type { Nav, Tab } from './state';
import { tabList } from './tabs';
import { settled } from './taskStates';
import { ghostGraph } from './ghost';

/** `wide`: four panes side by side. `stack`: three as tabs over the log. */
export type PageLayout = 'wide' | 'stack';

export interface RunPageModel {
  view: RunView;
  nav: Nav;
  nowMs: number;
  connected: boolean;
  canGoBack: boolean;
  layout: PageLayout;
  colors: FunctionColors;
}

/** Views that draw themselves; they are placed here and told of changes here. */
export interface RunPageParts {
  graph: GraphView;
  strip: ResourceStrip;
  log: LogView;
}

export interface RunPageActions extends HeaderActions, FunctionsActions, ProblemActions {
  showTab(tab: Tab): void;
  resize(split: Partial<Nav['split']>): void;
}

export function runPage(model: RunPageModel, parts: RunPageParts, actions: RunPageActions): TemplateResult {
  const view = settled(model.view);
  const words = neverStarted(view);
  if (words !== null) return notStartedPage({ ...model, view }, words, actions);
  return startedPage({ ...model, view }, parts, actions);
}

/** Four empty panes would say nothing: what went wrong has the page to itself. */
function notStartedPage(model: RunPageModel, words: string, actions: RunPageActions): TemplateResult {
  return html`<div class="run" data-layout=${model.layout}>
    ${runHeader(model, actions)} ${runProblems(model.view, actions)} ${emptyText(words)}
  </div>`;
}

function startedPage(model: RunPageModel, parts: RunPageParts, actions: RunPageActions): TemplateResult {
  const { view, nav, layout } = model;
  updateParts(model, parts);
  const empty = emptyTexts(view);
  const noTasks = view.functions.length === 0;
  return html`<div class="run" data-layout=${layout}>
    ${runHeader(model, actions)} ${runProblems(view, actions)}
    <div class="panes">
      ${layout === 'stack' ? tabs(model, actions) : nothing}
      ${pane('graph', 'Task graph', model, [
        parts.graph.element,
        noTasks ? html`<div class="empty-graph">${ghostGraph()}${emptyText(empty.graph)}</div>` : nothing,
      ])}
      ${layout === 'wide' ? verticalSplitter(nav, actions) : nothing}
      ${pane('functions', 'Functions', model, functions(model, actions, empty.functions))}
      ${horizontalSplitter(nav, actions)} ${logPane(parts)}
      ${pane('nodes', 'Nodes', model, [
        parts.strip.element,
        view.nodes.length === 0 ? emptyText(empty.nodes) : nothing,
      ])}
    </div>
  </div>`;
}

function updateParts({ view, nav, colors }: RunPageModel, parts: RunPageParts): void {
  colors.learn(view.functions);
  parts.graph.update({ view, selected: nav.selected, colors });
  parts.strip.update(view);
  parts.log.update({
    runId: view.run.id,
    workingDir: view.run.workingDir,
    sizeBytes: view.logSizeBytes,
    emptyText: emptyTexts(view).log,
  });
}

function functions(model: RunPageModel, actions: RunPageActions, empty: string): TemplateResult {
  const { view, nav, colors } = model;
  if (view.functions.length === 0) return emptyText(empty);
  return functionsTable({ view, selected: nav.selected, sort: nav.sort, colors }, actions);
}

function tabs({ view, nav }: RunPageModel, actions: RunPageActions): TemplateResult {
  const { failed } = view.run.taskCounts;
  return tabList<Tab>(
    'Run',
    [
      { id: 'graph', title: 'Task graph', badge: '' },
      { id: 'functions', title: 'Functions', badge: failed > 0 ? `${format.count(failed)} failed` : '' },
      { id: 'nodes', title: 'Nodes', badge: '' },
    ],
    nav.tab,
    (tab) => actions.showTab(tab),
  );
}

/** In the stack, the tab is the title. */
function pane(id: Tab, title: string, { layout, nav }: RunPageModel, content: unknown): TemplateResult {
  const stacked = layout === 'stack';
  return html`<section
    class="pane ${id}-pane"
    id="pane-${id}"
    role=${stacked ? 'tabpanel' : 'region'}
    aria-label=${title}
    ?hidden=${stacked && nav.tab !== id}
  >
    ${stacked ? nothing : html`<header class="pane-head"><h2>${title}</h2></header>`}
    <div class="pane-body">${content}</div>
  </section>`;
}

function logPane(parts: RunPageParts): TemplateResult {
  return html`<section class="pane log-pane" role="region" aria-label="Log">
    <header class="pane-head">
      <h2>Log</h2>
      ${parts.log.tools()}
    </header>
    <div class="pane-body">${parts.log.element}</div>
  </section>`;
}

function verticalSplitter(nav: Nav, actions: RunPageActions): TemplateResult {
  return splitter({
    orientation: 'vertical',
    label: 'Width of the left panes',
    percent: nav.split.x,
    onMove: (x) => actions.resize({ x }),
  });
}

function horizontalSplitter(nav: Nav, actions: RunPageActions): TemplateResult {
  return splitter({
    orientation: 'horizontal',
    label: 'Height of the upper panes',
    percent: nav.split.y,
    onMove: (y) => actions.resize({ y }),
  });
}

function emptyText(text: string): TemplateResult {
  return html`<p class="empty">${text}</p>`;
}
