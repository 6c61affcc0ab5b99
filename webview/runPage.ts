/** One run: header, what went wrong, and panes, placed by the room there is. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ClusterInfo } from '../simulator/model/cluster';
import type { RunView } from '../simulator/model/trace';
import { actorsList } from './actorsList';
import type { CompareActions } from './comparePane';
import { emptyTexts, neverStarted } from './emptyTexts';
import * as format from '../simulator/model/format';
import { findingsView } from './findingsView';
import { functionsTable, type FunctionsActions } from './functionsTable';
import { ghostGraph } from './ghost';
import { runHeader, type HeaderActions } from './header';
import { icon } from './icons';
import { librariesView } from './librariesView';
import type { FunctionColors } from './palette';
import type { NodeActions } from './nodeMenu';
import type { RunPageParts } from './parts';
import { runProblems, type ProblemActions } from './problems';
import { splitter } from './splitter';
import type { LowTab, MainTab, Nav, Tab } from './state';
import { tabList, type TabItem } from './tabs';
import { taskDetailsView, type TaskDetailsActions } from './tasks/taskDetails';
import type { TaskTableActions } from './tasks/taskTable';
import { settled } from './taskStates';

/** `wide`: four panes, two of them with tabs. `stack`: all as tabs over the log. */
export type PageLayout = 'wide' | 'stack';

export interface RunPageModel {
  view: RunView;
  cluster: ClusterInfo | null;
  nav: Nav;
  nowMs: number;
  connected: boolean;
  canGoBack: boolean;
  layout: PageLayout;
  colors: FunctionColors;
}

export interface RunPageActions
  extends
    HeaderActions,
    FunctionsActions,
    NodeActions,
    ProblemActions,
    TaskTableActions,
    TaskDetailsActions,
    CompareActions {
  showTab(tab: Tab): void;
  fill(full: boolean): void;
  closeNeighbours(): void;
  /** A row of the trace's table. */
  selectRow(row: number): void;
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
  const { log, reader } = parts;
  model.colors.learn(view.functions);
  reader.show(view.run.id, view.version);
  log.update({
    runId: view.run.id,
    workingDir: view.run.workingDir,
    sizeBytes: view.logSizeBytes,
    emptyText: emptyTexts(view).log,
  });
  const wide = layout === 'wide';
  const full = wide && nav.full;
  return html`<div
    class="run"
    data-layout=${layout}
    data-full=${full ? 'yes' : 'no'}
    data-details=${nav.selected === null ? 'no' : 'yes'}
  >
    ${runHeader(model, actions)} ${runProblems(view, actions)}
    <div class="panes">
      ${
        wide
          ? html`${mainPane(model, parts, actions)} ${verticalSplitter(nav, actions)}
            ${pane('functions', 'Functions', functionsPane(model, parts, actions))}
            ${horizontalSplitter(nav, actions)} ${logPane(parts)} ${lowPane(model, parts, actions)}`
          : html`${stackTabs(model, actions)} ${stackPane(model, parts, actions)}
            ${horizontalSplitter(nav, actions)} ${logPane(parts)}`
      }
    </div>
  </div>`;
}

// What a tab shows

/** Parts are told of what is new when they are shown, and only then. */
function content(tab: Tab, model: RunPageModel, parts: RunPageParts, actions: RunPageActions): unknown {
  const { view, nav, colors } = model;
  const { selected, task } = nav;
  const empty = emptyTexts(view);
  const noTasks = view.functions.length === 0;
  switch (tab) {
    case 'graph':
      if (nav.neighbours !== null) {
        parts.neighbours.update({ view, centre: nav.neighbours, task, colors });
        return parts.neighbours.element;
      }
      parts.graph.update({ view, selected, colors });
      return [
        parts.graph.element,
        noTasks ? html`<div class="empty-graph">${ghostGraph()}${emptyText(empty.graph)}</div>` : nothing,
      ];
    case 'timeline':
      if (noTasks) return emptyText(empty.timeline);
      parts.timeline.update({ view, selected, task, colors, nowMs: endOf(model) });
      return parts.timeline.element;
    case 'tasks':
      if (noTasks) return emptyText(empty.functions);
      parts.tasks.update({
        ...{ view, task, colors, nowMs: endOf(model) },
        ...{ filter: nav.taskFilter, sort: nav.taskSort },
      });
      return parts.tasks.element;
    case 'compare':
      parts.compare.update({ view, colors, nowMs: model.nowMs, other: nav.compareWith });
      return parts.compare.element;
    case 'scaling':
      parts.scaling.update(view);
      return parts.scaling.element;
    case 'functions':
      return functionsPane(model, parts, actions);
    case 'nodes':
      parts.strip.update(model);
      return [parts.strip.element, view.nodes.length === 0 ? emptyText(empty.nodes) : nothing];
    case 'actors':
      return view.actors.length === 0 ? emptyText(empty.actors) : actorsList(model, actions);
    case 'libraries':
      return view.libraries.length === 0 ? emptyText(empty.libraries) : librariesView(view);
    case 'findings':
      return view.findings.length === 0 ? emptyText(empty.findings) : findingsView(view, actions);
  }
}

/** What still ran when the run ended has not run since. */
function endOf({ view, nowMs }: RunPageModel): number {
  return view.run.endMs ?? nowMs;
}

function functionsPane(model: RunPageModel, parts: RunPageParts, actions: RunPageActions): TemplateResult {
  const { view, nav, colors } = model;
  const nowMs = endOf(model);
  if (view.functions.length === 0) return emptyText(emptyTexts(view).functions);
  const details = nav.task === null ? null : parts.reader.get(nav.task);
  return functionsTable(
    {
      view,
      selected: nav.selected,
      sort: nav.sort,
      colors,
      details: details && taskDetailsView({ view, details, colors, nowMs }, actions),
    },
    actions,
  );
}

// Tabs

/** Most runs use no library: the tab is there when there is something to show. */
function mainItems({ view }: RunPageModel): TabItem<MainTab>[] {
  const items: TabItem<MainTab>[] = [
    { id: 'graph', title: 'Task graph', badge: '' },
    { id: 'timeline', title: 'Timeline', badge: '' },
    { id: 'tasks', title: 'Tasks', badge: '' },
    { id: 'scaling', title: 'Scaling', badge: '' },
    { id: 'compare', title: 'Compare', badge: '' },
  ];
  if (view.libraries.length > 0) items.push({ id: 'libraries', title: 'Libraries', badge: '' });
  return items;
}

function lowItems({ view }: RunPageModel): TabItem<LowTab>[] {
  const dead = view.actors.filter((actor) => actor.reason !== null).length;
  return [
    { id: 'nodes', title: 'Nodes', badge: '' },
    { id: 'actors', title: 'Actors', badge: dead > 0 ? `${format.count(dead)} dead` : '' },
    {
      id: 'findings',
      title: 'What stands out',
      badge: view.findings.length > 0 ? format.count(view.findings.length) : '',
    },
  ];
}

function stackTabs(model: RunPageModel, actions: RunPageActions): TemplateResult {
  const { failed } = model.view.run.taskCounts;
  const items: TabItem<Tab>[] = [
    ...mainItems(model),
    { id: 'functions', title: 'Functions', badge: failed > 0 ? `${format.count(failed)} failed` : '' },
    ...lowItems(model),
  ];
  return tabList('Run', items, model.nav.tab, (tab) => actions.showTab(tab));
}

// Panes

function stackPane(model: RunPageModel, parts: RunPageParts, actions: RunPageActions): TemplateResult {
  const { tab } = model.nav;
  return html`<section
    class="pane ${tab}-pane top-pane"
    id="pane-${tab}"
    role="tabpanel"
    aria-labelledby="tab-${tab}"
  >
    <div class="pane-body">${content(tab, model, parts, actions)}</div>
  </section>`;
}

function mainPane(model: RunPageModel, parts: RunPageParts, actions: RunPageActions): TemplateResult {
  const { main, full } = model.nav;
  const title = full ? 'Show all panes (M)' : 'Fill the page (M)';
  return tabbedPane('graph-pane', 'Views', mainItems(model), main, actions, [
    html`<button class="tool" title=${title} aria-label=${title} @click=${() => actions.fill(!full)}>
      ${icon(full ? 'shrink' : 'fill')}
    </button>`,
    content(main, model, parts, actions),
  ]);
}

function lowPane(model: RunPageModel, parts: RunPageParts, actions: RunPageActions): TemplateResult {
  const { low } = model.nav;
  return tabbedPane('nodes-pane', 'Cluster', lowItems(model), low, actions, [
    nothing,
    content(low, model, parts, actions),
  ]);
}

function tabbedPane<T extends Tab>(
  area: string,
  label: string,
  items: readonly TabItem<T>[],
  active: T,
  actions: RunPageActions,
  [tools, body]: [tools: unknown, body: unknown],
): TemplateResult {
  return html`<section class="pane ${area}" aria-label=${label}>
    <header class="pane-head">${tabList(label, items, active, (tab) => actions.showTab(tab))}${tools}</header>
    <div class="pane-body" id="pane-${active}" role="tabpanel" aria-labelledby="tab-${active}">${body}</div>
  </section>`;
}

function pane(id: string, title: string, body: unknown): TemplateResult {
  return html`<section class="pane ${id}-pane" role="region" aria-label=${title}>
    <header class="pane-head"><h2>${title}</h2></header>
    <div class="pane-body">${body}</div>
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
