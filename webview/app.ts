/** The page: draws what the store holds, once a frame at most, and turns gestures into calls. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { ClusterInfo } from '../simulator/model/cluster';
import { isEnded } from '../simulator/model/run';
import type { FunctionSummary } from '../simulator/model/trace';
import type { TaskDetails } from '../simulator/model/views';
import * as format from '../simulator/model/format';
import { home, skeleton } from './home';
import type { Host } from './host';
import { icon, spinner } from './icons';
import { FunctionColors } from './palette';
import { SourcePopover } from './popover';
import { failureCard } from './problems';
import { makeParts, type RunPageParts } from './parts';
import { runPage, type PageLayout, type RunPageActions } from './runPage';
import { stateLook } from './runState';
import type { Session } from './session';
import type { LowTab, MainTab, Store, Tab } from './state';

const WIDE_PX = 960;
const TICK_MS = 1000;

export class App {
  private readonly parts: RunPageParts;
  private readonly popover: SourcePopover;
  private readonly actions: RunPageActions;
  private colors = new FunctionColors();
  private colorsOf: string | null = null;
  private layout: PageLayout = 'stack';
  private frame = 0;
  private announced = '';

  constructor(
    private readonly root: HTMLElement,
    private readonly store: Store,
    private readonly session: Session,
    private readonly host: Host,
  ) {
    this.popover = new SourcePopover(document.body);
    this.actions = this.makeActions();
    this.parts = makeParts(
      {
        ask: (method, params) => session.ask(method, params),
        changed: () => this.schedule(),
        openSource: (file, line, anchor) => this.openSource(file, line, anchor),
        openRun: (id) => this.session.show(id),
      },
      this.actions,
    );
    store.onChange(() => this.schedule());
    new ResizeObserver(() => this.onResize()).observe(root);
    root.addEventListener('keydown', (event) => this.onKey(event));
    setInterval(() => this.tick(), TICK_MS);
    this.onResize();
  }

  /** Colours in canvases do not follow CSS by themselves. */
  themeChanged(): void {
    this.parts.strip.recolor();
    this.parts.timeline.recolor();
    this.parts.scaling.recolor();
    this.schedule();
  }

  private schedule(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  /** Times that grow are drawn each second, while somebody looks and something is alive. */
  private tick(): void {
    const { view } = this.store.data;
    const idle = this.store.nav.runId !== null && (view === null || isEnded(view.run.state));
    if (!idle && document.visibilityState === 'visible') this.schedule();
  }

  private onKey(event: KeyboardEvent): void {
    const typing = (event.target as Element).matches('input, select, textarea, vscode-textfield');
    if (event.key.toLowerCase() !== 'm' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    this.store.setNav({ full: !this.store.nav.full });
  }

  private onResize(): void {
    this.layout = this.root.clientWidth >= WIDE_PX ? 'wide' : 'stack';
    this.schedule();
  }

  private draw(): void {
    const { split } = this.store.nav;
    this.root.style.setProperty('--split-x', `${split.x}%`);
    this.root.style.setProperty('--split-y', `${split.y}%`);
    render(html`${this.connectionBanner()}${this.actionFailure()}${this.content()}`, this.root);
    this.tellHost();
  }

  private content(): TemplateResult {
    const { data, nav } = this.store;
    const nowMs = Date.now() + data.clockAheadMs;
    const connected = data.connection.kind === 'open';
    if (nav.runId === null) {
      return home({ data, nowMs, connected }, this.homeActions());
    }
    const canGoBack = this.host.kind === 'browser';
    if (data.view === null) return this.withoutView(canGoBack);
    if (this.colorsOf !== nav.runId) {
      this.colorsOf = nav.runId;
      this.colors = new FunctionColors();
    }
    return runPage(
      {
        view: data.view,
        cluster: this.cluster(),
        nav,
        nowMs,
        connected,
        canGoBack,
        layout: this.layout,
        colors: this.colors,
      },
      this.parts,
      this.actions,
    );
  }

  /** Where the run that is shown is alive, and how it can be reached. */
  private cluster(): ClusterInfo | null {
    const { view, clusters, connection } = this.store.data;
    if (view === null || isEnded(view.run.state) || connection.kind !== 'open') return null;
    return clusters?.find(({ id }) => id === view.run.clusterId) ?? null;
  }

  private withoutView(canGoBack: boolean): TemplateResult {
    const failure = this.store.data.viewFailure;
    if (failure === null) return html`<div class="loading">${skeleton(6)}</div>`;
    return html`<div class="no-view">
      ${failureCard(failure, this.actions)}
      ${canGoBack ? html`<button class="link" @click=${this.actions.goBack}>All runs</button>` : nothing}
    </div>`;
  }

  private connectionBanner(): TemplateResult | typeof nothing {
    const { connection, view } = this.store.data;
    if (connection.kind === 'refused') return failureCard(connection.failure, this.actions);
    if (connection.kind !== 'waiting') return nothing;
    const stale = view === null ? '' : ' What you see is as it was.';
    const hint =
      this.host.kind === 'browser' && connection.attempts > 4
        ? html` If the engine was started anew, open this page again with <code>heliostat ui</code>.`
        : nothing;
    return html`<div class="banner" role="status">
      ${spinner()}<span>The engine does not answer. Reconnecting …${stale}${hint}</span>
    </div>`;
  }

  private actionFailure(): TemplateResult | typeof nothing {
    const failure = this.store.data.actionFailure;
    if (failure === null || failure.code === 'cancelled') return nothing;
    return html`<div class="dismissable">
      ${failureCard(failure, this.actions)}
      <button
        class="tool"
        title="Dismiss"
        aria-label="Dismiss"
        @click=${() => this.store.setData({ actionFailure: null })}
      >
        ${icon('cross')}
      </button>
    </div>`;
  }

  private homeActions(): Parameters<typeof home>[1] {
    return {
      openRun: (id) => this.session.show(id),
      stopCluster: (id, force) => this.session.stopCluster(id, force),
      openExternal: (url) => this.host.openExternal(url),
    };
  }

  private makeActions(): RunPageActions {
    const { store, session } = this;
    return {
      hasCommands: this.host.kind === 'vscode',
      cancel: () => {
        if (store.nav.runId !== null) session.cancelRun(store.nav.runId);
      },
      fault: (clusterId, node, kind, deadlineMs) => session.fault(clusterId, node, kind, deadlineMs),
      goBack: () => session.show(null),
      openSource: (file, line, anchor) => this.openSource(file, line, anchor),
      openFunction: (fn, anchor) => this.openFunction(fn, anchor),
      runCommand: (command) => this.host.runCommand(command, store.nav.runId),
      select: (selected) => {
        const { nav } = store;
        if (selected === nav.selected && nav.task === null) return;
        store.setNav({
          selected,
          task: null,
          taskFilter: { ...nav.taskFilter, functionId: taskFunction(selected) },
        });
      },
      selectTask: (id) => void this.selectTask(id),
      openTask: (details, anchor) => this.openTask(details, anchor),
      showNeighbours: (neighbours) => {
        store.setNav({ neighbours, main: 'graph', tab: 'graph' });
        void this.selectTask(neighbours);
      },
      closeNeighbours: () => store.setNav({ neighbours: null }),
      selectRow: (row) => void this.selectTask(row),
      replay:
        this.host.kind === 'vscode'
          ? (task) => this.host.runCommand('heliostat.replayTask', store.nav.runId, task)
          : null,
      showInLog: (task) => this.parts.log.filterBy(`pid=${task.pid}`),
      filterTasks: (filter) => store.setNav({ taskFilter: { ...store.nav.taskFilter, ...filter } }),
      sortTasks: (taskSort) => store.setNav({ taskSort }),
      sortBy: (sort) => store.setNav({ sort }),
      showTab: (tab) =>
        store.setNav({ tab, ...(isMain(tab) ? { main: tab } : isLow(tab) ? { low: tab } : {}) }),
      compareWith: (compareWith) => store.setNav({ compareWith }),
      fill: (full) => store.setNav({ full }),
      resize: (split) => store.setNav({ split: { ...store.nav.split, ...split } }),
    };
  }

  /** Its function is selected with it, so that every view shows the same. At once where its details are known. */
  private async selectTask(task: string | number | null): Promise<void> {
    if (task === null) return this.store.setNav({ task: null });
    const { reader } = this.parts;
    const details = reader.get(task) ?? (await reader.read(task));
    if (details) this.store.setNav({ task: details.task.id, selected: details.task.functionId });
  }

  /** Where it was called, else where its function is defined. */
  private openTask({ site, task }: TaskDetails, anchor: Element): void {
    const fn = this.store.data.view?.functions.find((one) => one.id === task.functionId);
    if (fn?.source) this.openSource(fn.source.file, fn.source.line, anchor);
    else if (site) this.openSource(site.file, site.line, anchor);
  }

  private openFunction(fn: FunctionSummary, anchor: Element): void {
    const script = this.store.data.view?.run.script;
    const source =
      fn.source ?? (fn.kind === 'driver' && script !== undefined ? { file: script, line: 1 } : null);
    if (source) this.openSource(source.file, source.line, anchor);
  }

  private openSource(file: string, line: number, anchor: Element): void {
    if (!this.host.openSource(file, line)) this.popover.show(file, line, anchor);
  }

  /** The panel's title, or the window's and the address. */
  private tellHost(): void {
    const { nav, data } = this.store;
    const run = data.view?.run;
    if (nav.runId !== null && !run) return;
    const title = run ? `${format.fileName(run.script)} · ${stateLook(run.state).word}` : 'Heliostat';
    const said = `${nav.runId ?? ''}\n${title}`;
    if (said === this.announced) return;
    this.announced = said;
    this.host.showing(nav.runId, title);
  }
}

const MAIN_TABS: readonly Tab[] = [
  'graph',
  'timeline',
  'tasks',
  'libraries',
  'scaling',
  'compare',
] satisfies MainTab[];

function isMain(tab: Tab): tab is MainTab {
  return MAIN_TABS.includes(tab);
}

function isLow(tab: Tab): tab is LowTab {
  return tab === 'nodes' || tab === 'actors' || tab === 'findings';
}

/** The driver has no tasks of its own in the table. */
function taskFunction(id: string | null): string | null {
  return id === 'driver' ? null : id;
}
